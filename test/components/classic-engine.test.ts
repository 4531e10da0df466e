import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { FakeModule } from '../store/support/fake-module';
import {
  ROOT as root,
  builtFile as file,
  configure,
  loadClassicEngine,
  until,
} from './support/classic-engine';
import type { Simulate } from './support/classic-engine';

const CAMERA = { targetId: 'cam', xp2pInfo: 'ticket', language: 'en' };
const STUB_PLAYER = { template: '<view class="stub">{{autoplay}}</view>', properties: { autoplay: Boolean } };

let simulate: Simulate;
let module: FakeModule;

describe('on the classic engine', () => {
  before(() => {
    simulate = loadClassicEngine();
  });

  beforeEach(() => {
    module = new FakeModule();
    configure({ module });
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

  test('iot-p2p-player-server starts the stream of its server, and lets go', async () => {
    const player = simulate.load(STUB_PLAYER);
    const id = simulate.load(file('iot-p2p-player-server'), {
      rootPath: root,
      usingComponents: { 'p2p-player': player },
    });
    const room = { targetId: 'room', flvUrl: 'https://live.example/room.flv', language: 'en' };
    const rendered = simulate.render(id, room);
    rendered.attach(document.body);
    await until('the service is started', () => module.count('startP2PService room') === 1);
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
    const rendered = simulate.render(id, { ...CAMERA, channels: 2 });
    const text = (): string => rendered.dom.textContent ?? '';
    rendered.attach(document.body);
    await until('the quality is shown', () => /HD/.test(text()));
    assert.match(text(), /Channel 1/);
    rendered.querySelector('.channel')?.dispatchEvent('tap');
    await until('the picker is open', () => /Channel 2/.test(text()));
    rendered.querySelector('.quality')?.dispatchEvent('tap');
    await until('the menu is open', () => /SD.*HD.*FHD/.test(text()));
    rendered.detach();
  });

  test('iot-p2p-multi-view renders a tile for each picture, and a tap moves the sound', async () => {
    const player = simulate.load({
      template: '<view class="inner">{{muted}}<slot/></view>',
      properties: { muted: Boolean, flvUrl: String },
    });
    const id = simulate.load(file('iot-p2p-multi-view'), {
      rootPath: root,
      usingComponents: { 'iot-p2p-common-player': player },
    });
    const tiles = [0, 1].map((channel) => ({ ...CAMERA, channel, name: `Lens ${channel}` }));
    const rendered = simulate.render(id, { tiles, language: 'en' });
    const text = (): string => (rendered.dom.textContent ?? '').replace(/\s/g, '');
    rendered.attach(document.body);
    await until('both are shown', () => /^falseLens0.*trueLens1/.test(text()));
    (rendered.instance['onTileTap'] as (event: object) => void).call(rendered.instance, {
      currentTarget: { dataset: { index: 1 } },
    });
    await until('the second one is heard', () => /^trueLens0.*falseLens1/.test(text()));
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
