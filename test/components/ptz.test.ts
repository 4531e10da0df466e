import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { FeatureModule } from '../store/support/feature-module';
import { press, release, tick } from '../support/component-host';
import type { TestComponent, TestHost } from '../support/component-host';
import { createFeatureHost } from './support/feature-host';
import { CAMERA, found } from './support/player-host';

const PTZ = 'components/iot-p2p-ptz/iot-p2p-ptz';
const RELEASE_MS = 500;

let host: TestHost;
let module: FeatureModule;
let vibrations: unknown[];
let keys: Record<string, Set<(event: { key: string }) => void>>;

beforeEach(() => {
  vibrations = [];
  keys = { onKeyDown: new Set(), onKeyUp: new Set() };
  const listen = (name: string) => (listener: (event: { key: string }) => void) => keys[name]!.add(listener);
  const forget = (name: string) => (listener: (event: { key: string }) => void) =>
    keys[name]!.delete(listener);
  ({ host, module } = createFeatureHost([PTZ], {
    vibrateShort: ({ type }: { type: string }) => vibrations.push(type),
    onKeyDown: listen('onKeyDown'),
    onKeyUp: listen('onKeyUp'),
    offKeyDown: forget('onKeyDown'),
    offKeyUp: forget('onKeyUp'),
  }));
});
afterEach(() => host.dispose());

async function pad(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const component = host.render(PTZ, { ...CAMERA, ...properties });
  await tick(5);
  return component;
}

describe('iot-p2p-ptz', () => {
  test('turns the camera while a button is held, and stops it half a second after', async () => {
    const component = await pad();
    const answers = component.record('ptzAnswer');
    press(found(component, '.left'));
    await tick(5);
    assert.notEqual(component.find('.left.active'), null);
    assert.deepEqual(module.commands, ['ptz_left_press']);
    release(found(component, '.left'));
    await tick(5);
    assert.equal(component.find('.left.active'), null);
    await tick(RELEASE_MS + 50);
    assert.deepEqual(module.commands, ['ptz_left_press', 'ptz_release_pre']);
    assert.deepEqual(vibrations, ['light']);
    assert.equal(answers.length, 2);
  });

  test('a touch that the system takes away counts as lifted', async () => {
    const component = await pad();
    press(found(component, '.zoomIn'));
    await tick(5);
    found(component, '.zoomIn').trigger('touchcancel');
    await tick(RELEASE_MS + 50);
    assert.deepEqual(module.commands, ['ptz_zoom_in_press', 'ptz_release_pre']);
  });

  test('shows that an axis has ended', async () => {
    const component = await pad();
    const button = found(component, '.down');
    for (let i = 0; i < 3; i++) {
      press(button);
      await tick(5);
      release(button);
      await tick();
    }
    assert.notEqual(component.find('.down.end'), null);
    assert.match(component.text(), /It turns no further/);
    assert.equal(vibrations.at(-1), 'heavy');
  });

  test('has eight directions or four, zoom or none, and says what each button does', async () => {
    const component = await pad();
    assert.equal(component.findAll('.key').length, 8);
    assert.equal(component.findAll('.zoom-key').length, 2);
    assert.equal(found(component, '.upLeft').element.getAttribute('aria-label'), 'Up left');
    await component.setProperties({ directions: 4, zoom: false, language: 'zh-CN' });
    assert.equal(component.findAll('.key').length, 4);
    assert.equal(component.find('.zoom'), null);
    assert.equal(found(component, '.up').element.getAttribute('aria-label'), '向上');
  });

  test('goes to presets and saves them', async () => {
    const component = await pad({ presets: [{ index: 2, name: 'Door' }] });
    found(component, '.preset').trigger('longpress');
    await tick(5);
    assert.match(component.text(), /Preset saved/);
    found(component, '.preset').trigger('tap');
    await tick(5);
    assert.deepEqual(module.commands, ['ptz_preset_set 2', 'ptz_preset_goto 2']);
  });

  test('follows the arrow keys where it was asked to, and forgets them with the component', async () => {
    const component = await pad();
    assert.equal(keys['onKeyDown']!.size, 0);
    await component.setProperties({ keyboard: true });
    for (const listener of keys['onKeyDown']!) {
      listener({ key: 'ArrowUp' });
      listener({ key: 'ArrowUp' });
      listener({ key: 'q' });
    }
    for (const listener of keys['onKeyUp']!) listener({ key: 'ArrowUp' });
    await tick(RELEASE_MS + 50);
    assert.deepEqual(module.commands, ['ptz_up_press', 'ptz_release_pre']);
    component.detach();
    assert.deepEqual([keys['onKeyDown']!.size, keys['onKeyUp']!.size], [0, 0]);
  });

  test('leaves the keys to the page that is seen', async () => {
    const component = await pad({ keyboard: true });
    const page = component.component as unknown as { triggerPageLifetime(name: string, args: []): void };
    page.triggerPageLifetime('hide', []);
    assert.deepEqual([keys['onKeyDown']!.size, keys['onKeyUp']!.size], [0, 0]);
    page.triggerPageLifetime('show', []);
    assert.deepEqual([keys['onKeyDown']!.size, keys['onKeyUp']!.size], [1, 1]);
  });

  test('stops the camera and leaves when it is removed while a button is held', async () => {
    const component = await pad();
    press(found(component, '.right'));
    await tick(5);
    component.detach();
    await tick(5);
    assert.deepEqual(module.commands, ['ptz_right_press', 'ptz_release_pre']);
    assert.equal(module.services.size, 0);
  });

  test('another camera gets a link of its own, and the one before is stopped first', async () => {
    const component = await pad();
    press(found(component, '.right'));
    await tick(5);
    await component.setProperties({ targetId: 'other' });
    await tick(5);
    assert.deepEqual(module.commands, ['ptz_right_press', 'ptz_release_pre']);
    assert.deepEqual([...module.services.keys()], ['other']);
  });
});
