import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { openChannels } from '../../devkit/camera/sources';
import { createNodePort, nodeClock } from '../../devkit/port/node-port';
import { startHttpFlv } from '../../devkit/servers/http-flv';
import { startServers, type Servers } from '../../devkit/servers/servers';
import type { P2PModule } from '../../p2p-core/index';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { createBareRealm } from './bare-realm';
import { createWxOnNode, type WxOnNode } from './wx-on-node';

const CORE_DIR = path.resolve('miniprogram_dist/p2p-core');
/** A quarter of a second of picture and more: past the header, through many packets. */
const WANTED_BYTES = 64 * 1024;
const TIMEOUT_MS = 20_000;

describe('the built core, with nothing but ECMAScript 2017, timers and wx', () => {
  let servers: Servers;
  let camera: CameraHost;
  let wx: WxOnNode;
  let xp2pInfo: string;

  before(async () => {
    servers = await startServers();
    const identity = newIdentity();
    const ticket = ticketOf(identity, {
      signalingUrl: servers.signalingUrl,
      stunServers: [servers.stunServer],
    });
    xp2pInfo = formatXp2pInfo(ticket);
    const online = new Promise<void>((resolve) => {
      camera = createSimulatedCamera({
        port: createNodePort(),
        ticket,
        staticKeyPair: identity.keyPair,
        onStateChange: (state) => state === 'online' && resolve(),
      });
    });
    await camera.start();
    await online;
    wx = await createWxOnNode();
  });

  after(async () => {
    camera.stop();
    wx.close();
    await servers.close();
  });

  test(
    'plays a camera over real UDP, and leaves no timer and no socket behind',
    { timeout: TIMEOUT_MS },
    async () => {
      const realm = createBareRealm(CORE_DIR, (bare) => wx.makeWx(bare));
      const core = realm.require('index.js') as { createWxP2PModule(): P2PModule };
      const module = core.createWxP2PModule();
      const chunks: Uint8Array[] = [];
      let receivedBytes = 0;
      const notices: string[] = [];

      assert.equal(
        await module.init({
          appParams: {},
          servers: { signalingUrl: servers.signalingUrl, stunServers: [servers.stunServer] },
        }),
        0,
      );
      const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=standard';
      const service = { url, xp2pInfo };
      const callbacks = { msgCallback: (_event: string, subtype: string) => void notices.push(subtype) };
      assert.equal(await module.startP2PService('front-door', service, callbacks), 0);
      await new Promise<void>((resolve, reject) => {
        const dataCallback = (data: ArrayBuffer): void => {
          chunks.push(new Uint8Array(data).slice());
          receivedBytes += data.byteLength;
          if (receivedBytes >= WANTED_BYTES) resolve();
        };
        module
          .startStream('front-door', { dataCallback })
          .then(
            (res) =>
              res === 0 || reject(new Error(`startStream answered ${res}; notices: ${notices.join(', ')}`)),
            reject,
          );
      });

      assert.equal(Buffer.from(chunks[0]!.subarray(0, 3)).toString('latin1'), 'FLV');
      assert.ok(notices.includes('connected'), `notices: ${notices.join(', ')}`);
      module.destroy();
      assert.equal(realm.pendingTimerCount, 0);
      await untilClosed(wx);
      assert.equal(wx.openSocketCount(), 0);
    },
  );

  test('plays a stream of a server by the script that only this needs', { timeout: TIMEOUT_MS }, async () => {
    const [channel] = openChannels(nodeClock, { sourceName: 'test:' });
    const origin = await startHttpFlv({ source: channel!.source });
    const realm = createBareRealm(CORE_DIR, (bare) => wx.makeWx(bare));
    const core = realm.require('index.js') as { createWxP2PModule(): P2PModule };
    const module = core.createWxP2PModule();
    assert.equal(await module.init({ appParams: {} }), 0);
    const notices: string[] = [];
    let receivedBytes = 0;
    await new Promise<void>((resolve, reject) => {
      const callbacks = {
        msgCallback: (_event: string, subtype: string) => void notices.push(subtype),
        dataCallback(data: ArrayBuffer) {
          receivedBytes += data.byteLength;
          if (receivedBytes >= WANTED_BYTES) resolve();
        },
      };
      module
        .startP2PService('room', { url: origin.url }, callbacks)
        .then(
          (res) => res === 0 || reject(new Error(`startP2PService answered ${res}; ${notices.join(', ')}`)),
          reject,
        );
    });
    module.destroy();
    assert.deepEqual(notices.filter(Boolean), ['request', 'parsed', 'connected']);
    assert.equal(realm.pendingTimerCount, 0);
    await untilClosed(wx);
    assert.equal(wx.openSocketCount(), 0);
    await origin.close();
  });
});

/** A WebSocket closes with a handshake, so it is gone a little after `destroy`. */
async function untilClosed(wx: WxOnNode): Promise<void> {
  for (let i = 0; i < 100 && wx.openSocketCount() > 0; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
