import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { Recordings } from '../../devkit/camera/recordings';
import type { LocalDownloadCallbacks, LocalDownloadOptions } from '../../p2p-core/index';
import { FeatureModule } from '../store/support/feature-module';
import { ROOT, builtFile, configure, loadClassicEngine, until } from './support/classic-engine';
import type { Rendered, Simulate } from './support/classic-engine';

const CAMERA = { targetId: 'cam', xp2pInfo: 'ticket', language: 'en', date: '2026-03-09' };
const START_S = new Date(2026, 2, 9, 10).getTime() / 1000;
const FILE_BYTES = 1000;

/** Sends a file at once. */
class FileModule extends FeatureModule {
  override startLocalDownload(
    _id: string,
    _options: LocalDownloadOptions,
    callbacks?: LocalDownloadCallbacks,
  ): Promise<number> {
    const headers = { etag: '"1"', 'content-length': String(FILE_BYTES) };
    callbacks!.onHeadersReceived!({ status: 200, headers });
    callbacks!.onChunkReceived(new ArrayBuffer(FILE_BYTES));
    callbacks!.onComplete();
    return Promise.resolve(0);
  }
}

interface Answers {
  success(result: object): void;
}

let simulate: Simulate;
let module: FileModule;
let written: number;

describe('features on the classic engine', () => {
  before(() => {
    simulate = loadClassicEngine();
    const query = { in: () => query, select: () => query, fields: () => query, exec: () => {} };
    Object.assign((globalThis as unknown as { wx: object }).wx, {
      getRecorderManager: () => ({ onFrameRecorded: () => {} }),
      getSetting: ({ success }: Answers) => success({ authSetting: { 'scope.record': true } }),
      createSelectorQuery: () => query,
      getStorageSync: () => '',
      setStorageSync: () => {},
      env: { USER_DATA_PATH: 'usr' },
      getFileSystemManager: () => ({
        statSync: (_path: string, isRecursive = false) => (isRecursive ? [] : { size: written }),
        accessSync: () => {
          throw new Error('no such file');
        },
        openSync: () => 'fd',
        writeSync: ({ length }: { length: number }) => ({ bytesWritten: (written = length) }),
        closeSync: () => {},
      }),
    });
  });

  beforeEach(() => {
    written = 0;
    const file = {
      byteCount: FILE_BYTES,
      etag: '"1"',
      open: () => assert.fail('the list reads no file'),
    };
    const clip = { fileName: 'a.flv', startS: START_S, endS: START_S + 120, type: 0, file };
    const flvIndex = () => assert.fail('the list reads no index');
    module = new FileModule({ recordings: new Recordings([{ ...clip, flvIndex }]) });
    configure({ module });
  });

  function render(name: string, properties: object = {}, usingComponents: object = {}): Rendered {
    const rendered = simulate.render(simulate.load(builtFile(name), { rootPath: ROOT, usingComponents }), {
      ...CAMERA,
      ...properties,
    });
    // For a component that is not there (yet) this engine throws, where WeChat gives null.
    rendered.instance['selectComponent'] = () => null;
    rendered.attach(document.body);
    return rendered;
  }

  async function leave(rendered: Rendered): Promise<void> {
    rendered.detach();
    await until('the service is stopped', () => module.services.size === 0);
  }

  const has = (rendered: Rendered, pattern: RegExp) => (): boolean =>
    pattern.test(rendered.dom.textContent ?? '');

  test('iot-p2p-ptz turns the camera while a button is held, and stops it when it goes', async () => {
    const rendered = render('iot-p2p-ptz');
    await until('the link is up', () => rendered.querySelector('.off') === undefined);
    rendered.querySelector('.left')!.dispatchEvent('touchstart');
    await until('it turns', () => module.commands.includes('ptz_left_press'));
    assert.ok(!module.commands.includes('ptz_release'));
    await leave(rendered);
    assert.match(module.commands.at(-1)!, /release/);
  });

  test('iot-p2p-voice talks from a tap to the next, and ends with its page', async () => {
    const pusher = simulate.load({ template: '<view></view>' });
    const rendered = render('iot-p2p-voice', { trigger: 'toggle' }, { 'p2p-pusher': pusher });
    await until('it says what the button does', has(rendered, /Tap to talk/));
    rendered.querySelector('.button')!.dispatchEvent('tap');
    await until('it talks', has(rendered, /Tap again to end/));
    rendered.querySelector('.button')!.dispatchEvent('tap');
    await until('it has ended', has(rendered, /Tap to talk/));
    rendered.querySelector('.button')!.dispatchEvent('tap');
    await until('it talks again', has(rendered, /Tap again to end/));
    await leave(rendered);
    assert.equal(module.count('stopVoice'), 2);
  });

  test('iot-p2p-playback lists the day, and its calendar shows another one', async () => {
    const player = simulate.load({ template: '<view></view>', properties: { flvUrl: String } });
    const rendered = render('iot-p2p-playback', {}, { 'iot-p2p-common-player': player });
    await until('the list is there', has(rendered, /Choose a time[\s\S]*2026-03-09/));
    const days = rendered.querySelector('.picker')!;
    days.querySelector('.day')!.dispatchEvent('tap');
    await until('the calendar is open', has(rendered, /2026-03[^-][\s\S]*31/));
    await until('the day is marked', () => days.querySelector('.dot') !== undefined);
    days.querySelector('.next')!.dispatchEvent('tap');
    await until('the next day is shown', has(rendered, /Nothing was recorded[\s\S]*2026-03-10/));
    await leave(rendered);
  });

  test('iot-p2p-download fetches a file of the day', async () => {
    const rendered = render('iot-p2p-download');
    await until('the list is there', has(rendered, /10:00 – 10:02/));
    rendered.querySelector('.action')!.dispatchEvent('tap');
    await until('it is there', has(rendered, /Downloaded/));
    assert.equal(written, FILE_BYTES);
    await leave(rendered);
  });
});
