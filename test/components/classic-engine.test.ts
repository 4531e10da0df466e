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

const file = (name: string): string => path.join(root, 'components', name, name);

describe('on the classic engine', () => {
  before(() => {
    const { document } = installDom();
    const globals = globalThis as Record<string, unknown>;
    // The engine looks for these at load, in a browser's global object.
    const window = globals['window'] as Record<string, unknown>;
    for (const name of ['TouchEvent', 'MutationObserver']) globals[name] ??= window[name];
    assert.ok(document);
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
    rendered.attach(document.body);
    await simulate.sleep(20);
    assert.deepEqual(module.calls, ['init', 'startP2PService cam']);
    assert.match(rendered.dom.textContent ?? '', /Getting ready…/);
    assert.notEqual(rendered.querySelector('.stub'), null);
    module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    await simulate.sleep(20);
    assert.match(rendered.dom.textContent ?? '', /The camera is offline/);
    rendered.detach();
    await simulate.sleep(20);
    assert.equal(module.services.size, 0);
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
    rendered.attach(document.body);
    await simulate.sleep(20);
    assert.match(rendered.dom.textContent ?? '', /HD/);
    rendered.querySelector('.quality')?.dispatchEvent('tap');
    await simulate.sleep(20);
    assert.match(rendered.dom.textContent ?? '', /SD.*HD.*FHD/);
    rendered.detach();
  });
});
