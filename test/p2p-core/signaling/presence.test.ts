import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PresenceBeacon } from '../../../devkit/camera/presence-beacon';
import { openEnvelope, sealEnvelope, signalingKeys } from '../../../p2p-core/signaling/envelope';
import {
  PRESENCE_INTERVAL_MS,
  decodePresence,
  encodePresence,
  isStalePresence,
} from '../../../p2p-core/signaling/presence';
import type { Presence } from '../../../p2p-core/signaling/presence';
import { newTicket } from '../../../p2p-core/signaling/ticket';
import type { Rendezvous, RendezvousState } from '../../../p2p-core/signaling/types';
import { FakeClock } from './fake-port';
import { fillRandom } from './support';

const MINUTE_MS = 60_000;

describe('a presence', () => {
  test('reads as it was written, and as nothing when a byte is missing, wrong or too many', () => {
    const online: Presence = { state: 'online', saidAtMs: 1_760_000_000_123 };
    for (const presence of [online, { state: 'offline' } as const]) {
      const bytes = encodePresence(presence);
      assert.deepEqual(decodePresence(bytes), presence);
      assert.equal(decodePresence(Uint8Array.of(...bytes, 0)), null);
      assert.equal(decodePresence(bytes.subarray(0, -1)), null);
      assert.equal(decodePresence(Uint8Array.of(2, ...bytes.subarray(1))), null);
    }
  });

  test('is stale when it is older than a minute and the tolerance for clocks; "offline" never is', () => {
    const said: Presence = { state: 'online', saidAtMs: 1_000_000_000 };
    assert.equal(isStalePresence(said, said.saidAtMs + 6 * MINUTE_MS), false);
    assert.equal(isStalePresence(said, said.saidAtMs + 6 * MINUTE_MS + 1), true);
    assert.equal(isStalePresence(said, 0), false, 'our clock is behind');
    assert.equal(isStalePresence({ state: 'offline' }, 1e12), false);
  });
});

class World {
  readonly ticket = newTicket(fillRandom, { deviceVersion: '2.4.0' });
  readonly key = signalingKeys(this.ticket).presence;
  readonly clock = new FakeClock();
  /** What was published, opened. */
  readonly said: (string | undefined)[] = [];
  isSubscribed = false;
  hear: (payload: Uint8Array, isRetained: boolean) => void = () => undefined;
  state: RendezvousState = 'online';
  readonly beacon: PresenceBeacon;

  constructor() {
    const getState = (): RendezvousState => this.state;
    const rendezvous: Rendezvous = {
      get state() {
        return getState();
      },
      onStateChange: null,
      onlineSinceMs: 0,
      subscribe: (_topic, onMessage) => {
        this.isSubscribed = true;
        this.hear = onMessage;
        return () => {
          this.isSubscribed = false;
          this.hear = () => undefined;
        };
      },
      publish: (_topic, payload, options) => {
        assert.deepEqual(options, { qos: 1, isRetained: true });
        this.said.push(decodePresence(openEnvelope(this.key, payload)!)?.state);
        this.hear(payload, false); // a broker gives us our own words as well
      },
      checkNow: () => undefined,
      reconnect: () => undefined,
      close: () => undefined,
    };
    this.beacon = new PresenceBeacon(this.ticket, rendezvous, this.clock, fillRandom);
  }

  hearWord(presence: Presence): void {
    this.hear(sealEnvelope(this.key, encodePresence(presence), fillRandom), false);
  }
}

describe('the presence of a camera', () => {
  test('is said after every connect and each minute, and not while there is no connection', () => {
    const world = new World();
    world.beacon.sayOnline();
    world.clock.advance(3 * PRESENCE_INTERVAL_MS);
    assert.deepEqual(world.said, ['online', 'online', 'online', 'online']);
    world.beacon.pause();
    world.clock.advance(3 * PRESENCE_INTERVAL_MS);
    assert.equal(world.said.length, 4);
    world.beacon.sayOnline();
    assert.equal(world.said.length, 5);
  });

  test('is said again when the topic tells anything else: offline, nothing, or what does not open', () => {
    const world = new World();
    world.beacon.sayOnline();
    world.clock.advance(5000);
    const wrong = [
      () => world.hearWord({ state: 'offline' }),
      () => world.hear(new Uint8Array(0), false),
      () => world.hear(new Uint8Array(50), true),
    ];
    for (const [index, say] of wrong.entries()) {
      say();
      world.clock.advance(1000);
      assert.equal(world.said.length, index + 2);
    }
  });

  test('contradicts once a second at most, and not what it hears while it is not connected', () => {
    const world = new World();
    world.beacon.sayOnline();
    for (let i = 0; i < 100; i++) {
      world.hearWord({ state: 'offline' });
      world.clock.advance(100);
    }
    assert.ok(world.said.length <= 11, `${world.said.length} times`);
    assert.ok(world.said.length >= 10);
    world.beacon.pause();
    world.state = 'connecting';
    world.hearWord({ state: 'offline' });
    world.clock.advance(2000);
    assert.ok(world.said.length <= 11);
    assert.equal(world.clock.timerCount, 0);
  });

  test('ends with a goodbye and leaves no timer and no subscription', () => {
    const world = new World();
    world.beacon.sayOnline();
    world.beacon.close();
    assert.deepEqual(world.said, ['online', 'offline']);
    assert.equal(world.isSubscribed, false);
    assert.equal(world.clock.timerCount, 0);
  });
});
