import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Recordings } from '../../devkit/camera/recordings';
import { FeatureModule, failed } from '../store/support/feature-module';
import { createTestHost, tick, until } from '../support/component-host';
import type { TestComponent, TestHost } from '../support/component-host';
import { CAMERA, found } from './support/player-host';

const PLAYBACK = 'components/iot-p2p-playback/iot-p2p-playback';
const START_S = new Date(2026, 2, 9, 10).getTime() / 1000;
const WIDTH_PX = 360;

function clipAt(startS: number) {
  const file = { byteCount: 1, etag: '"x"', open: () => assert.fail('the list reads no file') };
  const flvIndex = () => assert.fail('the list reads no index');
  return { fileName: `${startS}.flv`, startS, endS: startS + 600, type: 0, file, flvIndex };
}

/** A canvas that notes what is drawn; frames come when the test says so. */
class FakeCanvas {
  width = 0;
  height = 0;
  rects: { x: number; width: number; color: string }[] = [];
  labels: string[] = [];
  private frames: (() => void)[] = [];

  getContext() {
    const context = {
      fillStyle: '',
      font: '',
      textAlign: '',
      scale: () => {},
      clearRect: () => {
        this.rects = [];
        this.labels = [];
      },
      fillRect: (x: number, _y: number, width: number) =>
        this.rects.push({ x, width, color: context.fillStyle }),
      fillText: (text: string) => this.labels.push(text),
    };
    return context;
  }

  requestAnimationFrame(draw: () => void): number {
    return this.frames.push(draw);
  }

  cancelAnimationFrame(): void {
    this.frames = [];
  }

  /** False when nothing moves any more. */
  frame(): boolean {
    const { frames } = this;
    this.frames = [];
    for (const draw of frames) draw();
    return frames.length > 0;
  }
}

let host: TestHost;
let module: FeatureModule;
let canvas: FakeCanvas;
let player: string[];

beforeEach(() => {
  module = new FeatureModule({ recordings: new Recordings([clipAt(START_S), clipAt(START_S + 3600)]) });
  canvas = new FakeCanvas();
  player = [];
  const query = {
    in: () => query,
    select: () => query,
    fields(_wanted: object, done: (field: object) => void) {
      setTimeout(() => done({ node: canvas, left: 20, width: WIDTH_PX, height: 72 }), 0);
      return query;
    },
    exec() {},
  };
  host = createTestHost({
    components: [PLAYBACK],
    plugins: { 'wechat-p2p-player': { components: { 'p2p-player': { wxml: '' } } } },
    wx: {
      onNetworkStatusChange: () => {},
      offNetworkStatusChange: () => {},
      createSelectorQuery: () => query,
    },
  });
  host
    .require<{ configureP2P(config: object): void }>('store/index.js')
    .configureP2P({ module, appParams: {} });
});
afterEach(() => host.dispose());

async function shown(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const component = host.render(PLAYBACK, { ...CAMERA, date: '2026-03-09', ...properties });
  await tick(20);
  canvas.frame();
  return component;
}

const touch = (component: TestComponent, type: string, ...clientX: number[]): void => {
  const instance = component.instance as unknown as { onStripTouch(event: object): void };
  instance.onStripTouch({ type, touches: clientX.map((x) => ({ clientX: x })) });
};
const tap = (component: TestComponent, selector: string): void => found(component, selector).trigger('tap');

describe('iot-p2p-playback', () => {
  test('shows the recordings of the day on the strip, around the first of them', async () => {
    const component = await shown();
    assert.match(component.text(), /2026-03-09/);
    assert.match(component.text(), /Choose a time/);
    const clips = canvas.rects.filter(({ color }) => color === '#3d8bff');
    assert.deepEqual(
      clips.map(({ x, width }) => [Math.round(x), Math.round(width)]),
      [
        [180, 30],
        [360, 1],
      ].slice(0, clips.length),
    );
    assert.ok(canvas.labels.includes('10:00'));
  });

  test('a tap on a recording mounts the player with that moment; another one changes its stream', async () => {
    const component = await shown();
    assert.equal(component.find('.picture'), null);
    touch(component, 'touchstart', 200 + 15);
    touch(component, 'touchend');
    await tick(20);
    const startS = START_S + 300;
    assert.match(
      String(found(component, '.picture').data['flvUrl']),
      new RegExp(`action=playback&channel=0&start_time=${startS}&end_time=${START_S + 600}$`),
    );
    assert.match(component.text(), /10:05:00/);
    assert.equal(found(component, '.toggle').element.getAttribute('aria-label'), 'Pause');
    (component.instance as unknown as { playStream: unknown }).playStream = (params: string) =>
      player.push(params);
    component.find('.picture')!.trigger('streamStateChange', { streamState: 'StreamDataReceived' });
    component.find('.picture')!.trigger('playEnd');
    await tick(5);
    assert.match(player[0]!, new RegExp(`start_time=${START_S + 3600}`));
  });

  test('a drag looks at other moments without a setData per frame, and plays where it is let go', async () => {
    const component = await shown();
    touch(component, 'touchstart', 200);
    for (let px = 195; px >= 170; px -= 5) touch(component, 'touchmove', px);
    await tick(5);
    // The first pixels tell a drag from a tap: 25 of 30 move the strip, by 20 s each.
    assert.equal(found(component, '.time').element.textContent, '10:08:20');
    await tick(120);
    touch(component, 'touchend');
    canvas.frame();
    await tick(20);
    assert.match(String(found(component, '.picture').data['flvUrl']), /start_time=\d+/);
  });

  test('what the camera says of its progress does not move the strip under a finger', async () => {
    const component = await shown();
    touch(component, 'touchstart', 200);
    touch(component, 'touchend');
    await tick(20);
    (component.instance as unknown as { playStream: unknown }).playStream = () => {};
    component.find('.picture')!.trigger('streamStateChange', { streamState: 'StreamDataReceived' });
    module.answerWith = () => ({ ...failed(0), type: 'success', data: '{"status":"0","progress":"400000"}' });
    const progress = component.record('playbackProgress');
    touch(component, 'touchstart', 200);
    for (let px = 195; px >= 170; px -= 5) touch(component, 'touchmove', px);
    canvas.frame();
    const before = canvas.rects;
    await until(() => progress.length > 0, 'it plays on');
    canvas.frame();
    assert.deepEqual(canvas.rects, before);
    touch(component, 'touchcancel');
    await until(() => {
      canvas.frame();
      return JSON.stringify(canvas.rects) !== JSON.stringify(before);
    }, 'without the finger it follows');
  });

  test('a date that is no day changes nothing, and no command has a time that is no number', async () => {
    const component = await shown();
    const before = module.commands.length;
    const { selectDay } = component.instance as unknown as { selectDay(text: string): void };
    for (const text of ['', 'today', '2026-02-30', '2026-13-01', 'NaN-NaN-NaN']) {
      await component.setProperties({ date: text });
      if (selectDay) selectDay.call(component.instance, text);
    }
    await tick(20);
    assert.match(component.text(), /2026-03-09/);
    assert.equal(module.commands.length, before);
    assert.ok(module.commands.every((command) => !/NaN|Invalid/.test(command)));
  });

  test('a drag that the system takes away leaves no moment behind, and neither does one that another day ends', async () => {
    const component = await shown();
    const drag = async (): Promise<void> => {
      touch(component, 'touchstart', 200);
      for (let px = 195; px >= 170; px -= 5) touch(component, 'touchmove', px);
      await tick(5);
      assert.equal(found(component, '.time').element.textContent, '10:08:20');
    };
    await drag();
    touch(component, 'touchcancel');
    await tick(5);
    assert.equal(found(component, '.time').element.textContent, '');
    await component.setProperties({ date: '2026-03-10' });
    await component.setProperties({ date: '2026-03-09' });
    await tick(20);
    await drag();
    await component.setProperties({ date: '2026-03-10' });
    await tick(20);
    assert.equal(found(component, '.time').element.textContent, '');
  });

  test('two fingers zoom about their middle', async () => {
    const component = await shown();
    touch(component, 'touchstart', 150, 250);
    touch(component, 'touchmove', 100, 300);
    canvas.frame();
    const clips = canvas.rects.filter(({ color }) => color === '#3d8bff');
    assert.equal(Math.round(clips[0]!.width), 60);
    touch(component, 'touchcancel');
    assert.equal(component.find('.picture'), null, 'nothing was chosen');
  });

  test('the calendar marks days with recordings, and a tap shows one', async () => {
    const component = await shown();
    const days = found(component, '.picker');
    found(days, '.day').trigger('tap');
    await tick(20);
    assert.equal(days.findAll('.date').length, 31);
    assert.equal(days.findAll('.dot').length, 1);
    const other = days.findAll('.date')[19]!;
    other.trigger('tap');
    await tick(20);
    assert.equal(days.find('.calendar'), null);
    assert.match(component.text(), /Nothing was recorded/);
  });

  test('a list that cannot be read says so, with a button', async () => {
    module.answerWith = () => failed(-2806);
    const component = await shown({ language: 'zh-CN' });
    assert.match(component.text(), /读取录像列表失败/);
    module.answerWith = null;
    tap(component, '.retry');
    await tick(20);
    assert.match(component.text(), /在时间轴上选择时间/);
  });

  test('has a speed button only where the app names speeds', async () => {
    const component = await shown();
    assert.equal(component.find('.speed'), null);
    await component.setProperties({ speeds: [1, 2] });
    tap(component, '.speed');
    await tick(5);
    assert.equal(found(component, '.speed').element.textContent, '2×');
  });

  test('leaves nothing when it is removed in the middle of a drag', async () => {
    const component = await shown();
    touch(component, 'touchstart', 200);
    touch(component, 'touchmove', 100);
    component.detach();
    await tick(20);
    assert.equal(module.services.size, 0);
    assert.equal(canvas.frame(), false);
  });
});
