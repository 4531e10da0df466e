import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { installDom } from '../support/dom';
import { FakeModule } from '../store/support/fake-module';

/** A second opinion: WeChat's classic engine with the official WXML compiler. It knows no generics. */
interface Simulate {
  load(file: string, options: object): string;
  load(definition: object): string;
  render(id: string, properties?: object): Rendered;
  sleep(ms: number): Promise<void>;
}

interface Rendered {
  dom: HTMLElement;
  instance: Record<string, unknown>;
  attach(parent: unknown): void;
  detach(): void;
  querySelector(
    selector: string,
  ): { dispatchEvent(name: string, options?: object): void; dom: HTMLElement } | undefined;
}

const root = path.resolve('miniprogram_dist');
const load = createRequire(path.join(process.cwd(), 'package.json'));
const CAMERA = { targetId: 'cam', xp2pInfo: 'ticket', language: 'en' };
const STUB_PLAYER = { template: '<view class="stub">{{autoplay}}</view>', properties: { autoplay: Boolean } };

let simulate: Simulate;
let module: FakeModule;

/** This engine flushes by timers, so a condition is waited for instead of a time. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await simulate.sleep(10);
  assert.ok(holds(), what);
}

const file = (name: string): string => path.join(root, 'components', name, name);

describe('on the classic engine', () => {
  before(() => {
    const window = installDom() as unknown as Record<string, unknown>;
    const globals = globalThis as Record<string, unknown>;
    // The engine looks for these at load, in a browser's global object.
    for (const name of ['TouchEvent', 'MutationObserver']) globals[name] ??= window[name];
    simulate = load('miniprogram-simulate') as Simulate;
  });

  beforeEach(() => {
    module = new FakeModule();
    const store = load(path.join(root, 'store/index.js')) as { configureP2P(config: object): void };
    store.configureP2P({ module, appParams: {} });
  });

  test('iot-p2p-common-player renders its message, starts, and lets go', async () => {
    const player = simulate.load(STUB_PLAYER);
    const id = simulate.load(file('iot-p2p-common-player'), {
      rootPath: root,
      usingComponents: { 'p2p-player': player },
    });
    const rendered = simulate.render(id, CAMERA);
    const text = (): string => rendered.dom.textContent ?? '';
    rendered.attach(document.body);
    await until('the service is started', () => module.count('startP2PService cam') === 1);
    await until('the message is shown', () => /Getting ready…/.test(text()));
    assert.notEqual(rendered.querySelector('.stub'), null);
    module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    await until('the failure is shown', () => /The camera is offline/.test(text()));
    rendered.detach();
    await until('the service is stopped', () => module.services.size === 0);
  });

  test('iot-p2p-common-player that is detached at any moment leaves no service', async () => {
    const player = simulate.load(STUB_PLAYER);
    const id = simulate.load(file('iot-p2p-common-player'), {
      rootPath: root,
      usingComponents: { 'p2p-player': player },
    });
    const moments: (() => unknown)[] = [
      () => {},
      () => simulate.sleep(0),
      () => until('the service is started', () => module.services.size === 1),
      () => module.notify('cam', 'connected', { pathKind: 'host' }),
      () => module.notify('cam', 'disconnect', {}),
    ];
    for (let last = 0; last < moments.length; last++) {
      const rendered = simulate.render(id, { ...CAMERA, autoReplay: true });
      rendered.attach(document.body);
      for (const moment of moments.slice(0, last + 1)) await moment();
      rendered.detach();
      await simulate.sleep(20);
      assert.equal(module.services.size, 0, `after moment ${last}`);
    }
  });

  test('iot-p2p-player-ipc renders its controls and opens its menu', async () => {
    const player = simulate.load({
      template: '<view class="inner"><slot/></view>',
      properties: { muted: Boolean },
    });
    const id = simulate.load(file('iot-p2p-player-ipc'), {
      rootPath: root,
      usingComponents: { 'iot-p2p-common-player': player },
    });
    const rendered = simulate.render(id, CAMERA);
    const text = (): string => rendered.dom.textContent ?? '';
    rendered.attach(document.body);
    await until('the quality is shown', () => /HD/.test(text()));
    rendered.querySelector('.quality')?.dispatchEvent('tap');
    await until('the menu is open', () => /SD.*HD.*FHD/.test(text()));
    rendered.detach();
  });

  test('iot-p2p-mjpg-player renders its message, draws nothing by itself, and lets go', async () => {
    const screen = simulate.load({
      template: '<view class="stub">{{autoplay}}</view>',
      properties: { autoplay: Boolean },
    });
    const id = simulate.load(file('iot-p2p-mjpg-player'), {
      rootPath: root,
      usingComponents: { 'p2p-mjpg': screen },
    });
    const rendered = simulate.render(id, { ...CAMERA, controls: true });
    const text = (): string => rendered.dom.textContent ?? '';
    rendered.attach(document.body);
    await until('the service is started', () => module.count('startP2PService cam') === 1);
    await until('the message is shown', () => /Getting ready…/.test(text()));
    assert.notEqual(rendered.querySelector('.stub'), null);
    module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    await until('the failure is shown', () => /The camera is offline/.test(text()));
    rendered.detach();
    await until('the service is stopped', () => module.services.size === 0);
  });
});
