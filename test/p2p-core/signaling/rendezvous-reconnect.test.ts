import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRendezvous } from '../../../p2p-core/signaling/rendezvous';
import type { Rendezvous } from '../../../p2p-core/signaling/types';
import { FakePort } from './fake-port';
import { fillRandom } from './support';

const CONNACK = '20020000';
const PINGRESP = 'd000';
const DISCONNECT = 'e000';

function online(): { fake: FakePort; rendezvous: Rendezvous; states: string[]; accept: () => void } {
  const fake = new FakePort();
  const rendezvous = createRendezvous({
    url: 'wss://broker/mqtt',
    clientId: 'a',
    port: fake.port,
    fillRandom,
  });
  const states: string[] = [];
  rendezvous.onStateChange = (state, reason) => states.push(`${state} ${reason}`);
  const accept = (): void => {
    fake.socket.handlers.onOpen();
    fake.socket.receive(CONNACK);
  };
  accept();
  fake.socket.takePackets();
  return { fake, rendezvous, states, accept };
}

describe('a rendezvous whose network is another one', () => {
  test('reconnect gives a connection up that seems to live, and makes another one within 0.3 s', () => {
    const world = online();
    world.fake.clock.advance(20_000);
    world.fake.socket.receive(PINGRESP);
    world.fake.socket.takePackets();
    const old = world.fake.socket;
    world.rendezvous.reconnect();
    assert.deepEqual(old.takePackets(), [DISCONNECT], 'so that the broker publishes no will');
    assert.ok(old.isClosed);
    assert.equal(world.states.at(-1), 'connecting network-changed');
    world.rendezvous.checkNow();
    assert.equal(world.fake.sockets.length, 1, 'not in the same moment as everybody else');
    world.fake.clock.advance(300);
    assert.equal(world.fake.sockets.length, 2);
    world.accept();
    assert.equal(world.rendezvous.state, 'online');
  });

  test('reconnect again and again makes the attempts rarer, whoever asks for more', () => {
    const world = online();
    for (let i = 0; i < 100; i++) {
      world.rendezvous.reconnect();
      world.rendezvous.checkNow();
      world.fake.clock.advance(100);
      world.rendezvous.checkNow();
      if (!world.fake.socket.isClosed && world.rendezvous.state === 'connecting') world.accept();
    }
    assert.ok(world.fake.sockets.length <= 20, `${world.fake.sockets.length} connections in 10 s`);
    world.rendezvous.close();
    world.rendezvous.reconnect();
    assert.equal(world.fake.clock.timerCount, 0);
  });
});
