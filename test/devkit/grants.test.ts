import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createCameraAgent } from '../../devkit/camera/camera-agent';
import type { CameraAgent } from '../../devkit/camera/camera-agent';
import { ACTIONS, OWNER_GRANT, refusal } from '../../devkit/camera/grants';
import type { Action, Grant } from '../../devkit/camera/grants';
import { loadOrCreateIdentities, newIdentity, rotateIdentity, ticketOf } from '../../devkit/camera/identity';
import { openChannels } from '../../devkit/camera/sources';
import { discardTalk } from '../../devkit/camera/talk-sink';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { ErrCode } from '../../p2p-core/errors';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { userCommand } from './fake-camera';
import { until } from './until';

const grantOf = (...actions: Action[]): Grant => ({ name: 'guest', actions: new Set(actions) });

describe('what an xp2pInfo allows', () => {
  const inner = (cmd: string): string => `/command?action=inner_define&channel=0&cmd=${cmd}`;

  test('is asked for every request: each needs one action, or tells nothing', () => {
    const rows: [target: string, needed: Action[]][] = [
      ['/ipc.flv?action=live', ['view']],
      ['/ipc.flv?action=live-mjpg', ['view']],
      ['/ipc.flv?action=live-audio', ['view']],
      ['/ipc.flv?action=live-mjpg', ['view']],
      ['/ipc.flv?action=live-audio', ['view']],
      ['/ipc.flv?action=something_of_tomorrow', ['command']],
      ['/ipc.flv', []],
      ['/ipc.flv?action=playback&start_time=1&end_time=9', ['playback']],
      ['/ipc.flv?action=download&file_name=a.flv', ['download']],
      ['/voice?channel=0', ['talk']],
      [inner('get_device_st&type=live'), ['view']],
      [inner('get_device_st&type=LIVE'), ['view']],
      [inner('get_device_st&type=voice'), ['talk']],
      [inner('get_device_st&type=playback'), ['playback']],
      [inner('get_device_st&type=constructor'), []],
      [inner('get_nvr_list'), []],
      [inner('get_month_record&time=202601'), ['playback']],
      [inner('get_record_index'), ['playback']],
      [inner('get_file_list'), ['playback', 'download']],
      [inner('playback_seek'), ['playback']],
      [inner('something_of_tomorrow'), ['command']],
      [userCommand({ topic: 'ptz', data: { cmd: 'ptz_left_press' } }), ['ptz']],
      ['/command?action=user_define&cmd=ptz_left', ['ptz']],
      [userCommand({ topic: 'intercom', data: { status: 'using' } }), ['talk']],
      [userCommand({ topic: 'get_status' }), []],
      [userCommand({ topic: 'version' }), []],
      [userCommand({ topic: 'set_status', data: { status: 'standby' } }), ['command']],
      [userCommand({ topic: 'sd_format' }), ['command']],
      [userCommand({ topic: 'something_of_tomorrow' }), ['command']],
      ['/command?action=user_define&cmd={"topic"', ['command']],
      ['/command?action=user_define&cmd={"topic":"ptz","topic":"sd_format"}', ['command']],
    ];
    for (const [target, needed] of rows) {
      const [targetPath = '', query = ''] = target.split(/\?(.*)/s);
      for (const action of ACTIONS) {
        const isRefused = refusal(grantOf(action), { path: targetPath, query }) !== null;
        assert.equal(isRefused, needed.length > 0 && !needed.includes(action), `${target} with ${action}`);
      }
      assert.equal(refusal(OWNER_GRANT, { path: targetPath, query }), null, target);
    }
  });
});

describe('the xp2pInfos of one camera', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-grants-'));
  after(() => fs.rmSync(folder, { recursive: true }));

  test('are kept in one file, and taken back one by one or all at once', () => {
    const file = path.join(folder, 'door.json');
    const old = loadOrCreateIdentities(file, []);
    const made = loadOrCreateIdentities(file, ['guest', 'family']);
    assert.deepEqual([...made.keys()], ['owner', 'guest', 'family']);
    assert.deepEqual(made.get('owner'), old.get('owner'), 'a new grant changes nothing for the owner');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    rotateIdentity(file, 'guest');
    const rotated = loadOrCreateIdentities(file, ['guest', 'family']);
    for (const name of ['owner', 'family']) assert.deepEqual(rotated.get(name), made.get(name));
    const [before, now] = [made.get('guest')!, rotated.get('guest')!];
    assert.notDeepEqual(now.peerName, before.peerName);
    assert.notDeepEqual(now.secret, before.secret);
    assert.notDeepEqual(now.keyPair.publicKey, before.keyPair.publicKey);
    assert.throws(() => rotateIdentity(file, 'nobody'), /knows no nobody, only owner, guest, family/);
    rotateIdentity(file);
    for (const [name, { secret }] of loadOrCreateIdentities(file, [])) {
      assert.notDeepEqual(secret, rotated.get(name)!.secret, name);
    }
    fs.writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), grants: { guest: {} } }),
    );
    assert.throws(() => loadOrCreateIdentities(file, ['guest']), /not a camera's identity/);
  });
});

describe('a camera with an owner and a guest who may only look', () => {
  const cameraPort = createCountingPort(createNodePort({ includeLoopback: true }));
  const modules: P2PModule[] = [];
  let servers: Servers;
  let camera: CameraAgent;
  const infos = new Map<string, string>();

  before(async () => {
    servers = await startServers();
    const entrances = [OWNER_GRANT, grantOf('view')].map((grant) => {
      const identity = newIdentity();
      const ticket = ticketOf(identity, {
        signalingUrl: servers.signalingUrl,
        stunServers: [servers.stunServer],
      });
      infos.set(grant.name, formatXp2pInfo(ticket));
      return { grant, ticket, staticKeyPair: identity.keyPair };
    });
    const online = new Set<string>();
    camera = createCameraAgent({
      ...{ port: cameraPort, entrances, openTalkSink: discardTalk, maxViewers: 2 },
      channels: openChannels(cameraPort.clock, { sourceName: 'test:' }),
      onStateChange: (grant, state) => state === 'online' && online.add(grant),
    });
    await camera.start();
    await until(() => online.size === 2, 'both can be called');
  });
  after(async () => {
    for (const module of modules) module.destroy();
    camera.stop();
    await servers.close();
    await until(() => Object.values(cameraPort.use()).every((count) => count === 0), 'nothing is left');
  });

  interface Viewer {
    module: P2PModule;
    fails: { errcode: number; errmsg: string }[];
    statuses: number[];
  }

  async function call(name: string): Promise<Viewer> {
    const module = createP2PModule(createNodePort({ includeLoopback: true }));
    modules.push(module);
    const fails: Viewer['fails'] = [];
    const statuses: number[] = [];
    assert.equal(await module.init({ appParams: {} }), 0);
    const stream = {
      url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live',
      xp2pInfo: infos.get(name)!,
    };
    const msgCallback = (event: string, subtype: string, detail: unknown): void => {
      if (event !== 'notify') return;
      if (subtype === 'parsed') statuses.push((detail as { status: number }).status);
      if (subtype === 'fail' || subtype === 'disconnect') fails.push(detail as Viewer['fails'][0]);
    };
    assert.equal(await module.startP2PService('id', stream, { msgCallback }), 0);
    return { module, fails, statuses };
  }

  test('lets each do what their xp2pInfo allows, says 403 to the rest, and counts both against one limit', async () => {
    const [owner, guest] = [await call('owner'), await call('guest')];
    const press = 'action=user_define&channel=0&cmd={"topic":"ptz","data":{"cmd":"ptz_left_press"}}';
    const turned = await owner.module.sendCommand('id', press);
    assert.deepEqual([turned.type, turned.status], ['success', 200]);
    const refused = await guest.module.sendCommand('id', press);
    assert.deepEqual([refused.type, refused.status], ['failure', 403]);
    assert.deepEqual(JSON.parse(refused.data as string), { error: 'this xp2pInfo does not allow ptz' });
    const format = 'action=user_define&channel=0&cmd={"topic":"sd_format"}';
    assert.equal((await guest.module.sendCommand('id', format)).status, 403);

    let liveBytes = 0;
    const live = { filename: 'ipc.flv', params: 'action=live&channel=0&quality=high' };
    const dataCallback = (data: ArrayBuffer): void => void (liveBytes += data.byteLength);
    assert.equal(await guest.module.startStream('id', { flv: live, dataCallback }), 0);
    await until(() => liveBytes > 10_000, 'the guest sees the picture');
    guest.module.stopStream('id');
    const playback = { filename: 'ipc.flv', params: 'action=playback&channel=0&start_time=1&end_time=9' };
    const told = guest.module.startStream('id', {
      flv: playback,
      dataCallback: () => assert.fail('nothing is sent'),
    });
    assert.equal(await told, ErrCode.StreamStartFailed);
    assert.deepEqual(guest.statuses, [200, 403]);
    let download = 0;
    await guest.module.startLocalDownload(
      'id',
      { urlParams: 'channel=0&file_name=a.flv&offset=0' },
      {
        onChunkReceived: () => assert.fail('nothing is sent'),
        onFailure: ({ status }) => (download = status),
        onComplete: () => {},
      },
    );
    await until(() => download !== 0);
    assert.equal(download, 403);

    assert.deepEqual(
      ['owner', 'guest'].map((name) => camera.viewersOf(name)),
      [1, 1],
    );
    assert.equal(camera.viewerCount, 2);
    const third = await call('owner');
    await until(() => third.fails.length > 0, 'the limit is told');
    assert.match(third.fails[0]!.errmsg, /405/);
    guest.module.destroy();
    await until(() => camera.viewersOf('guest') === 0, 'the guest has left');
    const fourth = await call('owner');
    assert.equal((await fourth.module.sendCommand('id', press)).status, 200, 'the place is free for anyone');
  });
});
