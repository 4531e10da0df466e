/** Everything that a whole run says, with every log on: servers with logins, a relay, a camera, a viewer, and failures. */
import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { openChannels } from '../../devkit/camera/sources';
import { talkFolder } from '../../devkit/camera/talk-sink';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import { restCredentials } from '../../devkit/servers/turn-relay';
import { createP2PModule, ErrCode } from '../../p2p-core/index';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { until } from '../devkit/until';

const URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&token=token-of-the-app';
const LOGIN = { user: 'login-name', password: 'password-of-the-broker' };

test('no log line of a whole run holds an xp2pInfo, a key, or a password of broker or relay', async (t) => {
  const lines: string[] = [];
  const port = (who: string): ReturnType<typeof createNodePort> =>
    createNodePort({ includeLoopback: true, log: (level, text) => lines.push(`${who} ${level} ${text}`) });
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    t.mock.method(console, method, (...args: unknown[]) => lines.push(`console ${args.join(' ')}`));
  }
  const servers = await startServers({ login: LOGIN, turnSecret: 'secret-of-the-relay' });
  const identity = newIdentity();
  const relay = { server: servers.stunServer, ...restCredentials(servers.turnSecret, 'run', 3600) };
  const ticket = ticketOf(identity, {
    signalingUrl: `${servers.signalingUrl}?token=token-in-the-url`,
    stunServers: [servers.stunServer],
  });
  ticket.turnServers.push(relay);
  const xp2pInfo = formatXp2pInfo(ticket);
  const cameraPort = port('camera');
  let isOnline = false;
  const camera = createSimulatedCamera({
    ...{ port: cameraPort, ticket, staticKeyPair: identity.keyPair, login: LOGIN },
    channels: openChannels(cameraPort.clock, { sourceName: 'test:', channelCount: 1 }),
    openTalkSink: talkFolder(os.tmpdir()),
    onStateChange: (state) => (isOnline = state === 'online'),
  });
  await camera.start();
  await until(() => isOnline);

  const viewer = createP2PModule(port('viewer'));
  viewer.enableHttpLog(true);
  viewer.enableNetLog(true);
  viewer.enableXNTPLog(true);
  const init = { appParams: { appKey: LOGIN.user, appSecretKey: LOGIN.password } };
  const say = (...args: unknown[]): number => lines.push(`app ${JSON.stringify(args)}`);
  const inited = await viewer.init({
    ...init,
    servers: { signalingUrl: ticket.signalingUrl!, stunServers: ticket.stunServers, turnServers: [relay] },
    eventHandler: say,
  });
  assert.equal(inited, 0);
  let bytes = 0;
  const dataCallback = (data: ArrayBuffer): number => (bytes += data.byteLength);
  const started = await viewer.startP2PService(
    'camera',
    { url: URL, xp2pInfo },
    { msgCallback: say, dataCallback },
  );
  assert.equal(started, 0);
  await until(() => bytes > 50_000, 'live');
  const command = await viewer.sendCommand(
    'camera',
    `action=user_define&channel=0&cmd=${encodeURIComponent('{"topic":"get_status","data":{"pin":"data-of-the-app"}}')}`,
  );
  assert.equal(command.type, 'success');
  // Failures talk more than success: a camera that leaves, a ticket of nobody, a broken one.
  const stranger = formatXp2pInfo({ ...ticket, secret: new Uint8Array(32).fill(7) });
  const strange = await viewer.startP2PService(
    'other',
    { url: URL, xp2pInfo: `${stranger}%25` },
    { msgCallback: say },
  );
  assert.notEqual(strange, ErrCode.Ok);
  camera.stop();
  await viewer.resetP2P();
  viewer.destroy();
  await servers.close();

  assert.ok(lines.length > 20, `only ${lines.length} lines: is the log on?`);
  for (const tag of ['[http]', '[net]', '[xntp]', 'camera info']) {
    assert.ok(
      lines.some((line) => line.includes(tag)),
      `nothing was said by ${tag}`,
    );
  }
  const body = (text: string): string => text.slice(4, text.indexOf('%'));
  const bin = (key: Uint8Array): string[] => {
    const buffer = Buffer.from(key);
    return [
      buffer.toString('hex'),
      buffer.toString('base64').slice(0, 40),
      buffer.toString('base64url'),
      key.join(),
    ];
  };
  const secrets = [
    ...[xp2pInfo, stranger].flatMap((text) => [body(text), encodeURIComponent(text)]),
    ...[ticket.secret, identity.keyPair.privateKey].flatMap(bin),
    ...[relay.password, servers.turnSecret, LOGIN.password],
    ...['token-in-the-url', 'token-of-the-app', 'data-of-the-app'],
  ];
  for (const line of lines) {
    for (const secret of secrets) assert.ok(!line.includes(secret), `a secret is in: ${line.slice(0, 60)}…`);
  }
  t.diagnostic(`${lines.length} lines, ${secrets.length} secrets`);
});
