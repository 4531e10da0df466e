import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signalingContract } from '../contract/signaling.contract';
import { freePort } from '../support/free-port';
import type { Engine } from '../contract/signaling.contract';
import { mqtt, openMqtt } from '../devkit/mqtt-test-client';
import { until } from '../devkit/until';
import { findProgram } from './daemon';
import { mosquitto, natsServer } from './engines';

const engines: [program: string, engine: Engine][] = [
  ['mosquitto', mosquitto],
  ['nats-server', natsServer()],
];
for (const [program, engine] of engines) {
  if (findProgram(program) !== null) signalingContract(engine);
  else test(`the rendezvous through ${engine.name}`, { skip: `${program} is not installed` }, () => {});
}

describe('Mosquitto as the page sets it up', { skip: findProgram('mosquitto') === null }, () => {
  test('refuses wildcards and topics that are not ours, and drops messages of 20 KB', async () => {
    const login = { user: 'app', password: 'one for the test' };
    const port = await freePort();
    const broker = await mosquitto.start({ port, login });
    try {
      const client = await openMqtt(broker.url);
      client.send(mqtt.connect('curious', login));
      let expected = '20020000';
      await until(() => client.received() === expected);
      const topics = ['#', 'iotp2p/1/#', 'iotp2p/1/+', 'iotp2p/1/+/presence', '+/1/x', '$SYS/#', 'elsewhere'];
      for (const [index, topic] of topics.entries()) {
        client.send(mqtt.subscribe(index + 1, topic));
        expected += `9003000${index + 1}80`;
        await until(() => client.received() === expected, `refusal of ${topic}`);
      }
      client.send(mqtt.subscribe(9, 'iotp2p/1/inbox'));
      expected += '9003000900';
      await until(() => client.received() === expected);
      client.send(mqtt.publish('iotp2p/1/inbox', 'x'.repeat(20_000)));
      client.send(mqtt.publish('iotp2p/1/inbox', 'small'));
      await until(() => client.received().endsWith(Buffer.from('small').toString('hex')));
      assert.ok(client.received().length < expected.length + 100, 'the large one was dropped');
      client.end();
    } finally {
      await broker.kill();
    }
  });
});
