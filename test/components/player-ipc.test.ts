import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { click, tick } from '../support/component-host';
import type { TestComponent, TestNode } from '../support/component-host';
import { CAMERA, IPC, PlayerHost, exportOf, found, nativePlayer } from './support/player-host';

let world: PlayerHost;
beforeEach(() => {
  world = new PlayerHost([IPC]);
});
afterEach(() => world.dispose());

const common = (player: TestComponent): TestNode => found(player, '.picture');

async function playing(properties: Record<string, unknown> = CAMERA): Promise<TestComponent> {
  const player = world.render(IPC, properties);
  await world.picture(common(player));
  await tick();
  return player;
}

describe('iot-p2p-player-ipc', () => {
  test('plays a camera from four properties and shows that it is live', async () => {
    const player = await playing();
    assert.notEqual(player.find('.live'), null);
    assert.match(player.text(), /LIVE/);
    assert.equal(nativePlayer(common(player)).data['minCache'], 0.2);
  });

  test('the button stops and plays, and keeps the link between', async () => {
    const player = await playing();
    assert.notEqual(player.find('.icon-stop'), null);
    click(found(player, '.toggle'));
    await tick();
    assert.equal(world.module.streams.size, 0);
    assert.equal(world.module.services.size, 1);
    assert.notEqual(player.find('.icon-play'), null);
    click(found(player, '.toggle'));
    await tick();
    await world.pull(common(player));
    assert.equal(world.module.streams.size, 1);
    assert.equal(world.module.count('startP2PService'), 1);
  });

  test('the menu changes the quality of the running stream', async () => {
    const player = await playing();
    const changes = player.record('qualityChange');
    assert.equal(player.find('.menu'), null);
    click(found(player, '.quality'));
    await tick();
    assert.equal(player.findAll('.menu-item').length, 3);
    click(player.findAll('.menu-item')[2]!);
    await tick(5);
    await world.drawn(common(player));
    await world.pull(common(player));
    assert.equal(player.find('.menu'), null);
    assert.deepEqual(changes, [{ quality: 'super' }]);
    assert.equal(world.module.calls.at(-1), 'startStream cam ipc.flv?action=live&channel=0&quality=super');
  });

  test('the picker changes the channel over the same link, and keeps the last picture till the next', async () => {
    const player = await playing({ ...CAMERA, channels: [{ channel: 0, name: 'Door' }, { channel: 2 }] });
    const changes = player.record('channelChange');
    click(found(player, '.channel'));
    await tick();
    assert.match(found(player, '.channels').element.textContent ?? '', /Door.*Channel 3/);
    click(player.findAll('.menu-item')[1]!);
    await tick(5);
    assert.equal(found(common(player), '.poster').data['src'], 'wxfile://tmp.jpg');
    assert.ok(!world.native.calls.includes('stop'), 'the player goes on until its last picture is drawn');
    await world.drawn(common(player));
    assert.ok(world.native.calls.includes('stop'));
    await world.pull(common(player));
    assert.equal(common(player).find('.poster'), null);
    assert.deepEqual(changes, [{ channel: 2 }]);
    assert.equal(world.module.calls.at(-1), 'startStream cam ipc.flv?action=live&channel=2&quality=high');
    assert.equal(world.module.count('startP2PService'), 1);
    assert.equal(world.module.count('stopP2PService'), 0);
    assert.match(found(player, '.channel').element.textContent ?? '', /Channel 3/);
  });

  test('a channel that fails can be left for another', async () => {
    const player = await playing({ ...CAMERA, autoReplay: false, channels: 2 });
    world.module.notify('cam', 'parsed', { status: 404 });
    world.module.notify('cam', 'fail', { errcode: -2811, errmsg: 'no such channel' });
    await tick();
    assert.notEqual(common(player).find('.card'), null);
    (player.instance as unknown as { changeChannel(channel: number): void }).changeChannel(1);
    await tick(5);
    assert.equal(common(player).find('.card'), null);
  });

  test('mutes the native player', async () => {
    const player = await playing();
    click(found(player, '.mute'));
    await tick();
    assert.equal(nativePlayer(common(player)).data['muted'], true);
    await player.setProperties({ muted: false });
    assert.equal(nativePlayer(common(player)).data['muted'], false);
  });

  test('fills the screen and goes back', async () => {
    const player = await playing();
    const changes = player.record('fullViewChange');
    click(found(player, '.full'));
    await tick();
    assert.notEqual(player.find('.frame-full'), null);
    click(found(player, '.full'));
    await tick();
    assert.equal(player.find('.frame-full'), null);
    assert.deepEqual(changes, [
      { isFullView: true, isLandscape: false },
      { isFullView: false, isLandscape: false },
    ]);
  });

  test('passes the events of the player on, each once', async () => {
    const player = world.render(IPC);
    const names = [
      'p2pStateChange',
      'streamStateChange',
      'playerStateChange',
      'playStart',
      'playError',
      'playEnd',
    ];
    const recorded = new Map(names.map((name) => [name, player.record(name)]));
    await world.picture(common(player));
    world.module.notify('cam', 'eof');
    await tick();
    assert.equal(recorded.get('playStart')?.length, 1);
    assert.equal(recorded.get('playEnd')?.length, 1);
    assert.equal(recorded.get('playError')?.length, 0);
    assert.deepEqual(recorded.get('streamStateChange')?.at(-1), { streamState: 'StreamDataEnd' });
    assert.deepEqual(recorded.get('p2pStateChange')?.at(-1), { p2pState: 'ServiceStarted' });
  });

  test('a player that is created late is used as soon as it is there', async () => {
    const player = await playing();
    const instance = player.instance as unknown as { selectComponent(selector: string): unknown };
    const select = instance.selectComponent.bind(instance);
    instance.selectComponent = () => null;
    click(found(player, '.toggle'));
    await tick();
    assert.equal(world.module.streams.size, 1, 'there is nobody yet to stop');
    instance.selectComponent = select;
    click(found(player, '.toggle'));
    await tick();
    assert.equal(world.module.streams.size, 0);
  });

  test('no exported method throws when it is called without arguments', async () => {
    const player = world.render(IPC);
    await world.picture(common(player));
    const exported = exportOf(player);
    for (const name of Object.keys(exported)) {
      const result = (exported[name] as (...none: unknown[]) => unknown)();
      if (result instanceof Promise) await result.catch(() => {});
    }
    player.detach();
    for (const name of Object.keys(exported)) {
      const result = (exported[name] as (...none: unknown[]) => unknown)();
      if (result instanceof Promise) await result.catch(() => {});
    }
    await tick(5);
    assert.equal(world.module.services.size, 0);
  });

  test('pause and resume tell by callbacks, and success only when it is so', async () => {
    const player = world.render(IPC);
    const { pause, resume, stopAll } = exportOf(player) as Record<string, (options?: object) => void>;
    const told: string[] = [];
    const options = {
      success: () => told.push('success'),
      fail: ({ errMsg }: { errMsg: string }) => told.push(`fail ${errMsg}`),
      complete: () => told.push('complete'),
    };
    const take = async (): Promise<string[]> => {
      await tick(5);
      return told.splice(0);
    };
    await world.picture(common(player));
    pause!(options);
    assert.deepEqual(await take(), ['success', 'complete']);
    assert.equal(world.module.streams.size, 0);
    assert.equal(world.module.services.size, 1);
    resume!(options);
    assert.deepEqual(await take(), ['success', 'complete']);
    await world.pull(common(player));
    assert.equal(world.module.streams.size, 1);
    pause!();
    resume!();
    stopAll!();
    await player.setProperties({ xp2pInfo: '' });
    resume!(options);
    assert.deepEqual(await take(), ['fail No camera selected', 'complete']);
    player.detach();
    pause!(options);
    assert.deepEqual(await take(), ['fail the player is detached', 'complete']);
  });

  test('getState() in the handler of an event is not the old state', async () => {
    const player = world.render(IPC);
    await tick();
    const { getState } = exportOf(player) as { getState(): Record<string, string> };
    const pairs: unknown[][] = [];
    for (const [event, key] of [
      ['p2pStateChange', 'p2pState'],
      ['streamStateChange', 'streamState'],
      ['playerStateChange', 'playerState'],
    ] as const) {
      player.component.addListener(event, ({ detail }: { detail: unknown }) => {
        pairs.push([(detail as Record<string, string>)[key], getState()[key]]);
      });
    }
    await world.picture(common(player));
    assert.ok(pairs.length > 5);
    // Several moves of one step are told after it, so an axis may be ahead of its event, never behind.
    assert.deepEqual(pairs.at(-1)?.[0], pairs.at(-1)?.[1]);
    const order = ['P2PIdle', 'P2PIniting', 'P2PInited', 'ServicePreparing', 'ServiceStarted'];
    for (const [told, got] of pairs) {
      if (order.includes(String(told))) assert.ok(order.indexOf(String(got)) >= order.indexOf(String(told)));
    }
  });

  test('lets go of everything when it is removed', async () => {
    const player = await playing();
    player.detach();
    await tick(5);
    assert.equal(world.module.services.size, 0);
    assert.equal(world.module.streams.size, 0);
  });
});
