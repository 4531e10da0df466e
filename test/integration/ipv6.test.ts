/** A camera and a viewer on real sockets whose IPv4 datagrams get lost: they meet over ::1. */
import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { openChannels } from '../../devkit/camera/sources';
import { talkFolder } from '../../devkit/camera/talk-sink';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import { createP2PModule } from '../../p2p-core/index';
import type { Port } from '../../p2p-core/port/port';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { until } from '../devkit/until';

const hasLoopback6 = Object.values(os.networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

function ipv6Only(port: Port): Port {
  return {
    ...port,
    openUdp(handlers) {
      const socket = port.openUdp(handlers);
      return {
        get localPort() {
          return socket.localPort;
        },
        get localPort6() {
          return socket.localPort6 ?? 0;
        },
        send: (datagram, address, to) => {
          if (address.includes(':')) socket.send(datagram, address, to);
        },
        close: () => socket.close(),
      };
    },
  };
}

test(
  'live plays over IPv6 alone',
  { skip: hasLoopback6 ? false : 'this machine has no ::1: its IPv6 is switched off' },
  async () => {
    const servers = await startServers();
    const identity = newIdentity();
    const ticket = ticketOf(identity, { signalingUrl: servers.signalingUrl, stunServers: [] });
    const cameraPort = createCountingPort(ipv6Only(createNodePort({ includeLoopback: true })));
    let isOnline = false;
    const camera = createSimulatedCamera({
      ...{ port: cameraPort, ticket, staticKeyPair: identity.keyPair },
      channels: openChannels(cameraPort.clock, { sourceName: 'test:', channelCount: 1 }),
      openTalkSink: talkFolder(os.tmpdir()),
      onStateChange: (state) => (isOnline = state === 'online'),
    });
    await camera.start();
    await until(() => isOnline);
    const viewerPort = createCountingPort(ipv6Only(createNodePort({ includeLoopback: true })));
    const viewer = createP2PModule(viewerPort);
    assert.equal(await viewer.init({ appParams: {} }), 0);
    let bytes = 0;
    const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';
    const result = await viewer.startP2PService(
      'camera',
      { url, xp2pInfo: formatXp2pInfo(ticket) },
      { msgCallback: () => {}, dataCallback: (data) => (bytes += data.byteLength) },
    );
    assert.equal(result, 0);
    await until(() => bytes > 50_000, 'live over ::1');
    assert.equal(viewer.getStats('camera')!.pathKind, 'host');
    viewer.destroy();
    camera.stop();
    await servers.close();
    for (const port of [cameraPort, viewerPort]) {
      await until(() => Object.values(port.use()).every((count) => count === 0), 'nothing is left');
    }
  },
);
