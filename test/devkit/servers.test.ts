import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { startServers } from '../../devkit/servers/servers';
import type { Servers, ServersOptions } from '../../devkit/servers/servers';
import { mqtt, openMqtt } from './mqtt-test-client';
import type { MqttTestClient } from './mqtt-test-client';
import { until } from './until';

const CONNACK_OK = '20020000';

async function withServers(options: ServersOptions, run: (servers: Servers) => Promise<void>): Promise<void> {
  const servers = await startServers(options);
  try {
    await run(servers);
  } finally {
    await servers.close();
  }
}

async function connected(servers: Servers, clientId: string): Promise<MqttTestClient> {
  const client = await openMqtt(servers.signalingUrl);
  client.send(mqtt.connect(clientId));
  await until(() => client.received() === CONNACK_OK);
  return client;
}

describe('the embedded broker', () => {
  test('carries a message from one client to another and keeps a retained one for later subscribers', () =>
    withServers({}, async (servers) => {
      const camera = await connected(servers, 'camera');
      const viewer = await connected(servers, 'viewer');
      camera.send(mqtt.subscribe(1, 'iotp2p/1/inbox'));
      await until(() => camera.received() === `${CONNACK_OK}9003000100`);
      viewer.send(mqtt.publish('iotp2p/1/inbox', 'hello'));
      viewer.send(mqtt.publish('iotp2p/1/state', 'here', true));
      await until(() => camera.received().endsWith(Buffer.from('hello').toString('hex')));
      camera.send(mqtt.subscribe(2, 'iotp2p/1/state'));
      await until(() => camera.received().endsWith(Buffer.from('here').toString('hex')));
      camera.end();
      viewer.end();
    }));

  test('refuses wildcards and topics outside its root, whether to read or to write', () =>
    withServers({}, async (servers) => {
      const client = await connected(servers, 'curious');
      const topics = ['#', 'iotp2p/1/#', 'iotp2p/1/+', 'iotp2p/+/inbox', '$SYS/broker', 'iotp2p/2/inbox'];
      let expected = CONNACK_OK;
      for (const [index, topic] of topics.entries()) {
        client.send(mqtt.subscribe(index + 1, topic));
        expected += `9003000${index + 1}80`;
        await until(() => client.received() === expected, `refusal of ${topic}`);
      }
      client.send(mqtt.publish('elsewhere', 'x'));
      await until(() => client.isClosed());
    }));

  test('asks for the login when one is set', () =>
    withServers({ login: { user: 'cam', password: 'secret' } }, async (servers) => {
      const rows: [{ user: string; password: string } | undefined, string][] = [
        [undefined, '20020004'],
        [{ user: 'cam', password: 'wrong' }, '20020004'],
        [{ user: 'other', password: 'secret' }, '20020004'],
        [{ user: 'cam', password: 'secret' }, CONNACK_OK],
      ];
      for (const [login, answer] of rows) {
        const client = await openMqtt(servers.signalingUrl);
        client.send(mqtt.connect('someone', login));
        await until(() => client.received() === answer, `${answer} for ${login?.user}`);
        client.end();
      }
    }));

  test('drops a client that wants its session kept, sends no MQTT, or sends too much', () =>
    withServers({}, async (servers) => {
      const bad = [
        mqtt.connect('keeper', undefined, false),
        Uint8Array.from({ length: 50 }, () => 0xff),
        mqtt.publish('iotp2p/1/x', 'x'.repeat(20_000)),
      ];
      for (const bytes of bad) {
        const client = await openMqtt(servers.signalingUrl);
        client.send(bytes);
        await until(() => client.isClosed());
      }
      (await connected(servers, 'after')).end();
    }));

  test('speaks to MQTT over WebSocket at /mqtt only', () =>
    withServers({}, async (servers) => {
      const otherPath = await openMqtt(servers.signalingUrl.replace('/mqtt', '/other'));
      await until(() => otherPath.isClosed());
      const otherProtocol = await openMqtt(servers.signalingUrl, 'chat');
      await until(() => otherProtocol.isClosed());
      const request = http.get(servers.signalingUrl.replace('ws:', 'http:'));
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 426);
    }));

  test('closes with clients still connected, and its ports are free again', async () => {
    const servers = await startServers();
    const client = await connected(servers, 'left behind');
    await servers.close();
    await until(() => client.isClosed());
    const mqttPort = Number(new URL(servers.signalingUrl).port);
    const stunPort = Number(servers.stunServer.split(':')[1]);
    const again = await startServers({ mqttPort, stunPort });
    await assert.rejects(startServers({ mqttPort }), { code: 'EADDRINUSE' });
    await assert.rejects(startServers({ stunPort }), { code: 'EADDRINUSE' });
    await again.close();
  });
});

describe('the embedded STUN server', () => {
  test('tells the asker its own address and is silent to everything else', () =>
    withServers({}, async (servers) => {
      const [host, port] = servers.stunServer.split(':');
      const socket = dgram.createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const answers: Buffer[] = [];
      socket.on('message', (datagram) => answers.push(datagram));
      socket.send(Buffer.from('not stun at all, just noise'), Number(port), host);
      const transactionId = Buffer.from('0102030405060708090a0b0c', 'hex');
      socket.send(Buffer.concat([Buffer.from('000100002112a442', 'hex'), transactionId]), Number(port), host);
      await until(() => answers.length > 0);
      // RFC 8489 §14.2: port and address of XOR-MAPPED-ADDRESS are XORed with the magic cookie.
      const answer = answers[0]!;
      assert.equal(answer.readUInt16BE(0), 0x0101);
      assert.deepEqual(answer.subarray(8, 20), transactionId);
      assert.equal(answer.readUInt16BE(20), 0x0020);
      assert.equal(answer.readUInt16BE(26) ^ 0x2112, socket.address().port);
      assert.equal((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0, 0x7f000001);
      assert.equal(answers.length, 1);
      socket.close();
    }));
});
