import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { describe, mock, test } from 'node:test';
import type { Aedes, Client, PublishPacket } from 'aedes';
import { AddressLimits } from '../../devkit/servers/address-limits';
import { BrokerPolicy } from '../../devkit/servers/broker-policy';
import { startServers } from '../../devkit/servers/servers';
import type { Servers, ServersOptions } from '../../devkit/servers/servers';
import { mqtt, openMqtt } from './mqtt-test-client';
import type { MqttTestClient } from './mqtt-test-client';
import { until } from './until';

const CONNACK_OK = '20020000';
const hex = (text: string): string => Buffer.from(text).toString('hex');

async function withServers(options: ServersOptions, run: (servers: Servers) => Promise<void>): Promise<void> {
  const servers = await startServers(options);
  try {
    await run(servers);
  } finally {
    await servers.close();
  }
}

async function connected(servers: Servers, clientId: string, address?: string): Promise<MqttTestClient> {
  const client = await openMqtt(servers.signalingUrl, 'mqtt', address);
  client.send(mqtt.connect(clientId));
  await until(() => client.received() === CONNACK_OK);
  return client;
}

/** Two clients that still hear each other. */
async function assertUsable(servers: Servers, address?: string): Promise<void> {
  const listener = await connected(servers, 'honest listener', address);
  const speaker = await connected(servers, 'honest speaker', address);
  listener.send(mqtt.subscribe(1, 'iotp2p/1/honest'));
  await until(() => listener.received().endsWith('9003000100'));
  speaker.send(mqtt.publish('iotp2p/1/honest', 'still here'));
  await until(() => listener.received().endsWith(hex('still here')), 'the honest ones hear each other');
  listener.end();
  speaker.end();
}

describe('the embedded broker among strangers', () => {
  test('stays usable while clients send as fast as they can, and slows them down', () =>
    withServers({}, async (servers) => {
      const flooders = await Promise.all(
        Array.from({ length: 10 }, (_, i) => connected(servers, `flooder ${i}`)),
      );
      const [large, small] = [1000, 1].map((size) => mqtt.publish('iotp2p/1/nobody', 'x'.repeat(size)));
      for (const [index, flooder] of flooders.entries()) {
        for (let i = 0; i < 1000; i++) flooder.send(index < 5 ? large! : small!);
      }
      await assertUsable(servers);
      await until(
        () => flooders.slice(5).every((flooder) => flooder.isClosed()),
        'who is far too fast is cut off',
      );
      await assertUsable(servers);
      assert.ok(servers.health().messages < 10 * 1000, 'most of it was not even read');
      for (const flooder of flooders) flooder.end();
    }));

  test('stays usable while a client does not read what others say, and drops what is too much for it', () =>
    withServers({}, async (servers) => {
      const deaf = await connected(servers, 'deaf');
      deaf.send(mqtt.subscribe(1, 'iotp2p/1/noise'));
      await until(() => deaf.received().endsWith('9003000100'));
      deaf.stopReading();
      const message = mqtt.publish('iotp2p/1/noise', 'x'.repeat(15_000));
      const speakers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => connected(servers, `speaker ${i}`)),
      );
      for (const speaker of speakers) for (let i = 0; i < 100; i++) speaker.send(message);
      await until(() => servers.health().dropped > 0, 'messages are dropped');
      await assertUsable(servers);
      for (const client of [deaf, ...speakers]) client.end();
    }));

  test('gives a client 64 subscriptions, again after it gave one back', () =>
    withServers({}, async (servers) => {
      const client = await connected(servers, 'greedy');
      for (let i = 1; i <= 70; i++) client.send(mqtt.subscribe(i, `iotp2p/1/${i}`));
      await until(() => client.received().length === CONNACK_OK.length + 70 * 10);
      const answers = client.received().slice(CONNACK_OK.length).match(/.{10}/g)!;
      assert.equal(answers.filter((answer) => answer.endsWith('00')).length, 64);
      assert.equal(answers.filter((answer) => answer.endsWith('80')).length, 6);
      client.send(mqtt.unsubscribe(71, 'iotp2p/1/5'));
      await until(() => client.received().endsWith('b0020047'));
      client.send(mqtt.subscribe(72, 'iotp2p/1/new'));
      await until(() => client.received().endsWith('9003004800'));
      client.end();
    }));

  test('drops a client that wants more than 4 retained messages, a large one or will, or QoS 2', () =>
    withServers({}, async (servers) => {
      const hoarder = await connected(servers, 'hoarder');
      for (let i = 0; i < 4; i++) hoarder.send(mqtt.publish(`iotp2p/1/${i}/presence`, 'here', true));
      for (let i = 0; i < 4; i++) hoarder.send(mqtt.publish(`iotp2p/1/${i}/presence`, 'again', true));
      await until(() => servers.health().messages === 8);
      assert.equal(servers.health().retained, 4);
      hoarder.send(mqtt.publish('iotp2p/1/5/presence', 'one too many', true));
      await until(() => hoarder.isClosed());
      const bad = [
        mqtt.publish('iotp2p/1/x', 'x'.repeat(1025), true),
        mqtt.publishQos2('iotp2p/1/x', 7, 'x'),
      ];
      for (const bytes of bad) {
        const client = await connected(servers, 'bad');
        client.send(bytes);
        await until(() => client.isClosed());
      }
      const will = await openMqtt(servers.signalingUrl);
      will.send(mqtt.connectWithWill('will', 'iotp2p/1/x', 'x'.repeat(1025)));
      await until(() => will.isClosed());
      assert.equal(will.received(), '');
      assert.equal(servers.health().retained, 4);
    }));

  test('lets an address have so many connections, and others theirs', () =>
    withServers({ broker: { maxClientsPerAddress: 3, isBehindProxy: true } }, async (servers) => {
      const clients = [];
      for (let i = 0; i < 3; i++) clients.push(await connected(servers, `c${i}`, '192.0.2.1, 203.0.113.7'));
      const fourth = await openMqtt(servers.signalingUrl, 'mqtt', '203.0.113.7');
      await until(() => fourth.isClosed());
      await assertUsable(servers, '203.0.113.8');
      clients[0]!.end();
      await until(() => servers.health().clients === 2);
      (await connected(servers, 'c3', '203.0.113.7')).end();
      for (const client of clients) client.end();
    }));

  test('does not hear an address for a while that guesses logins, and hears others', () =>
    withServers({ login: { user: 'u', password: 'p' }, broker: { isBehindProxy: true } }, async (servers) => {
      const guess = async (): Promise<string> => {
        const client = await openMqtt(servers.signalingUrl, 'mqtt', '203.0.113.7');
        client.send(mqtt.connect('guesser', { user: 'u', password: 'x' }));
        await until(() => client.isClosed() || client.received() !== '');
        client.end();
        return client.received();
      };
      let answers = 0;
      while ((await guess()) === '20020004') answers++;
      assert.ok(answers >= 20 && answers <= 22, `${answers} guesses`);
      const right = await openMqtt(servers.signalingUrl, 'mqtt', '203.0.113.8');
      right.send(mqtt.connect('right', { user: 'u', password: 'p' }));
      await until(() => right.received() === CONNACK_OK);
      assert.equal(servers.health().wrongLogins, answers);
      right.end();
    }));

  test('tells its health to this host, and to nobody through a proxy', () =>
    withServers({}, async (servers) => {
      const client = await connected(servers, 'one');
      const url = servers.signalingUrl.replace('ws:', 'http:').replace('/mqtt', '/healthz');
      const get = async (headers: Record<string, string>): Promise<[number | undefined, string]> => {
        const [response] = (await once(http.get(url, { headers }), 'response')) as [http.IncomingMessage];
        let body = '';
        for await (const chunk of response) body += String(chunk);
        return [response.statusCode, body];
      };
      const [status, body] = await get({});
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(body), servers.health());
      assert.equal(servers.health().clients, 1);
      assert.equal((await get({ 'x-forwarded-for': '203.0.113.7' }))[0], 426);
      client.end();
    }));
});

describe('the limits of an address', () => {
  test('are 100 connections at once and 10 a second, in all memory for 4096 addresses', () => {
    let nowMs = 0;
    const limits = new AddressLimits(1000, () => nowMs);
    const admitted = (): number =>
      Array.from({ length: 300 }, () => limits.admits('a')).filter(Boolean).length;
    assert.equal(admitted(), 100);
    nowMs = 2000;
    assert.equal(admitted(), 20);
    for (let i = 0; i < 10_000; i++) {
      limits.admits(`stranger ${i}`);
      limits.left(`stranger ${i}`);
    }
    assert.equal(limits.size, 4096);
    assert.equal(limits.admits('a'), false, 'who is connected is not forgotten');
  });
});

describe('the rules of the embedded broker', () => {
  const publishAs = (policy: BrokerPolicy, client: Client, topic: string, done: () => void): void => {
    const packet = { cmd: 'publish', topic, payload: Buffer.from('x'), retain: true, qos: 0, dup: false };
    policy.options().authorizePublish!(client, packet as PublishPacket, (error) => {
      assert.ok(!error, String(error));
      done();
    });
  };

  test('let 100 messages of a client through at once and 20 a second after that, in their order', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 0;
    const policy = new BrokerPolicy(
      undefined,
      () => nowMs,
      () => {},
    );
    const client = {} as Client;
    const passed: number[] = [];
    for (let i = 0; i < 150; i++) publishAs(policy, client, 'iotp2p/1/a', () => passed.push(i));
    assert.equal(passed.length, 100);
    for (nowMs = 500; nowMs <= 2500; nowMs += 500) {
      mock.timers.tick(500);
      assert.equal(passed.length, 100 + nowMs / 50);
    }
    assert.deepEqual(
      passed,
      Array.from({ length: 150 }, (_, i) => i),
    );
    mock.timers.reset();
  });

  test('forget the retained message that was not said again for the longest time, when there are 10 000', () => {
    const policy = new BrokerPolicy(
      undefined,
      () => 0,
      () => {},
    );
    const cleared: string[] = [];
    const broker = { on: () => {}, publish: ({ topic }: PublishPacket) => cleared.push(topic) };
    policy.attach(broker as unknown as Aedes);
    const say = (topic: string): void => publishAs(policy, {} as Client, topic, () => {});
    for (let i = 0; i < 10_000; i++) say(`iotp2p/1/${i}`);
    say('iotp2p/1/0');
    assert.deepEqual([policy.retainedCount, cleared], [10_000, []]);
    say('iotp2p/1/new');
    assert.deepEqual([policy.retainedCount, cleared], [10_000, ['iotp2p/1/1']]);
  });
});
