import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/errors';
import { createRendezvous } from '../../../p2p-core/signaling/rendezvous';
import type { Rendezvous } from '../../../p2p-core/signaling/types';
import { FakePort } from './fake-port';
import { TestRandom, fillRandom } from './support';

const CONNECT = '100d00044d5154540402002800' + '0161';
const CONNACK = '20020000';
const PINGREQ = 'c000';
const PINGRESP = 'd000';
const DISCONNECT = 'e000';

interface World {
  fake: FakePort;
  rendezvous: Rendezvous;
  states: string[];
}

function start(onOpenWebSocket: FakePort['onOpenWebSocket'] = null, random = fillRandom): World {
  const fake = new FakePort();
  fake.onOpenWebSocket = onOpenWebSocket;
  const rendezvous = createRendezvous({
    url: 'wss://broker/mqtt?token=abc',
    clientId: 'a',
    port: fake.port,
    fillRandom: random,
  });
  const states: string[] = [];
  rendezvous.onStateChange = (state, reason) => states.push(`${state} ${reason}`);
  return { fake, rendezvous, states };
}

/** Lets the newest socket open and the broker accept. */
function accept({ fake }: World): void {
  fake.socket.handlers.onOpen();
  fake.socket.receive(CONNACK);
}

function online(): World {
  const world = start();
  accept(world);
  world.fake.socket.takePackets();
  return world;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('a rendezvous', () => {
  test('connects at once, logs in and says that it is online', () => {
    const world = start();
    assert.equal(world.fake.socket.protocol, 'mqtt');
    assert.equal(world.rendezvous.state, 'connecting');
    world.fake.socket.handlers.onOpen();
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT]);
    assert.deepEqual(world.states, []);
    world.fake.socket.receive(CONNACK);
    assert.equal(world.rendezvous.state, 'online');
    assert.deepEqual(world.states, ['online connected']);
  });

  test('sends subscriptions and messages together with its login, in one message of the socket', () => {
    const { fake, rendezvous } = start();
    rendezvous.subscribe('t', () => undefined);
    rendezvous.publish('p', bytes(7));
    fake.socket.handlers.onOpen();
    assert.equal(fake.socket.sent.length, 1);
    assert.deepEqual(fake.socket.takePackets(), [CONNECT, '82060001000174' + '01', '3004000170' + '07']);
  });

  test('sends messages that have more behind them together with the last one', () => {
    const { fake, rendezvous } = online();
    rendezvous.publish('p', bytes(1), { hasMore: true });
    rendezvous.publish('q', bytes(2), { hasMore: true });
    assert.deepEqual(fake.socket.sent, []);
    rendezvous.publish('r', bytes(3));
    assert.equal(fake.socket.sent.length, 1);
    assert.deepEqual(fake.socket.takePackets(), ['300400017001', '300400017102', '300400017203']);
  });

  test('says again what a broker did not hear because it refused the login', () => {
    const world = start();
    world.rendezvous.publish('p', bytes(7), { expiryMs: 100_000 });
    world.fake.socket.handlers.onOpen();
    world.fake.socket.receive('2002 0005');
    world.fake.clock.advance(world.fake.clock.nextInMs());
    accept(world);
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT, '300400017007']);
    world.fake.socket.handlers.onClose('gone');
    world.fake.clock.advance(world.fake.clock.nextInMs());
    accept(world);
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT], 'heard once is enough');
  });

  test('delivers to all listeners of a topic, and only to them', () => {
    const { fake, rendezvous } = online();
    const heard: string[] = [];
    const listen = (name: string): (() => void) =>
      rendezvous.subscribe('t', (payload, isRetained) =>
        heard.push(`${name} ${payload.join()} ${isRetained}`),
      );
    const stopFirst = listen('first');
    const stopSecond = listen('second');
    assert.equal(fake.socket.takePackets().length, 2, 'a second SUBSCRIBE brings the retained message again');
    fake.socket.receive('31 05 0001 74 0102');
    fake.socket.receive('30 04 0001 75 01');
    assert.deepEqual(heard, ['first 1,2 true', 'second 1,2 true']);
    stopFirst();
    stopFirst();
    assert.deepEqual(fake.socket.takePackets(), []);
    fake.socket.receive('30 04 0001 74 03');
    assert.deepEqual(heard.slice(2), ['second 3 false']);
    stopSecond();
    assert.deepEqual(fake.socket.takePackets(), ['a205' + '0003' + '000174']);
    fake.socket.receive('30 04 0001 74 04');
    assert.equal(heard.length, 3);
  });

  test('does not call a listener that another one has just unsubscribed', () => {
    const { fake, rendezvous } = online();
    let calls = 0;
    let stopSecond = (): void => undefined;
    rendezvous.subscribe('t', () => stopSecond());
    stopSecond = rendezvous.subscribe('t', () => calls++);
    fake.socket.receive('30 04 0001 74 01');
    assert.equal(calls, 0);
  });

  test('acknowledges messages of QoS 1', () => {
    const { fake, rendezvous } = online();
    let calls = 0;
    rendezvous.subscribe('t', () => calls++);
    fake.socket.takePackets();
    fake.socket.receive('32 05 0001 74 0009');
    assert.deepEqual(fake.socket.takePackets(), ['40020009']);
    assert.equal(calls, 1);
  });

  test('survives listeners that throw, and logs them', () => {
    const { fake, rendezvous } = online();
    let calls = 0;
    rendezvous.subscribe('t', () => {
      throw new Error('a bug');
    });
    rendezvous.subscribe('t', () => calls++);
    rendezvous.onStateChange = () => {
      throw new Error('another bug');
    };
    fake.socket.receive('30 04 0001 74 01');
    fake.socket.handlers.onClose('gone');
    assert.equal(calls, 1);
    assert.deepEqual(
      fake.lines.filter((line) => line.startsWith('error')),
      [
        'error rendezvous: a listener threw: Error: a bug',
        'error rendezvous: onStateChange threw: Error: another bug',
      ],
    );
    assert.ok(fake.clock.timerCount === 1, 'it still tries again');
  });

  test('pings every 30 s and gives the connection up when no answer comes within 10 s', () => {
    const { fake, states } = online();
    fake.clock.advance(29_999);
    assert.deepEqual(fake.socket.takePackets(), []);
    fake.clock.advance(1);
    assert.deepEqual(fake.socket.takePackets(), [PINGREQ]);
    fake.clock.advance(9_999);
    fake.socket.receive(PINGRESP);
    fake.clock.advance(20_001);
    assert.deepEqual(fake.socket.takePackets(), [PINGREQ]);
    const socket = fake.socket;
    fake.clock.advance(10_000);
    assert.ok(socket.isClosed);
    assert.deepEqual(states, ['online connected', 'connecting ping-timeout']);
  });

  test('gives an attempt up after 5 s, before and after the socket opened', () => {
    for (const isOpened of [false, true]) {
      const { fake, states } = start();
      if (isOpened) fake.socket.handlers.onOpen();
      fake.clock.advance(4_999);
      assert.deepEqual(states, []);
      fake.clock.advance(1);
      assert.deepEqual(states, ['connecting connect-timeout']);
      assert.ok(fake.socket.isClosed);
    }
  });

  test('subscribes again after a reconnect', () => {
    const world = online();
    world.rendezvous.subscribe('t', () => undefined);
    world.rendezvous.subscribe('u', () => undefined)();
    world.fake.socket.handlers.onClose('gone');
    world.fake.clock.advance(world.fake.clock.nextInMs());
    accept(world);
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT, '8206' + '0001' + '00017401']);
    assert.deepEqual(world.states, ['online connected', 'connecting socket-closed', 'online connected']);
  });

  test('publishes QoS 1 again after a reconnect until it is acknowledged', () => {
    const world = online();
    world.rendezvous.publish('p', bytes(7), { qos: 1, isRetained: true, expiryMs: 60_000 });
    assert.deepEqual(world.fake.socket.takePackets(), ['3306' + '000170' + '000107']);
    for (let round = 0; round < 2; round++) {
      world.fake.socket.handlers.onClose('gone');
      world.fake.clock.advance(world.fake.clock.nextInMs());
      accept(world);
      assert.deepEqual(world.fake.socket.takePackets(), [CONNECT, '3306' + '000170' + '000107']);
    }
    world.fake.socket.receive('4002 0001');
    world.fake.socket.handlers.onClose('gone');
    world.fake.clock.advance(world.fake.clock.nextInMs());
    accept(world);
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT]);
  });

  test('drops what expired before the connection came back', () => {
    const world = online();
    world.fake.socket.handlers.onClose('gone');
    world.rendezvous.publish('a', bytes(1), { expiryMs: 50 });
    world.rendezvous.publish('b', bytes(2));
    world.fake.clock.advance(world.fake.clock.nextInMs());
    accept(world);
    assert.deepEqual(world.fake.socket.takePackets(), [CONNECT, '300400016202']);
  });

  test('keeps the bytes of a message it could not send yet', () => {
    const { fake, rendezvous } = start();
    const payload = bytes(7);
    rendezvous.publish('p', payload);
    payload.fill(0);
    fake.socket.handlers.onOpen();
    assert.equal(fake.socket.takePackets()[1], '300400017007');
  });

  test('keeps at most 64 messages while offline, the latest ones', () => {
    const { fake, rendezvous } = start();
    for (let i = 0; i < 70; i++) rendezvous.publish('p', bytes(i));
    fake.socket.handlers.onOpen();
    const packets = fake.socket.takePackets();
    assert.equal(packets.length, 65);
    assert.equal(packets[1], '300400017006');
    assert.ok(fake.lines.some((line) => line.startsWith('warn') && line.includes('oldest was dropped')));
  });

  test('waits longer after each failure, with jitter, from at most 0.3 s to at most 30 s', () => {
    const random = new TestRandom();
    const { fake } = start(null, random.fill);
    const delays: number[] = [];
    for (let round = 0; round < 200; round++) {
      fake.socket.handlers.onClose('refused');
      delays.push(fake.clock.nextInMs());
      fake.clock.advance(fake.clock.nextInMs());
      assert.equal(fake.sockets.length, round + 2, `seed ${random.seed}`);
    }
    let previous = 100;
    for (const delay of delays) {
      assert.ok(
        delay >= 100 && delay <= Math.min(30_000, previous * 3 + 1),
        `seed ${random.seed}: ${delays.join()}`,
      );
      previous = delay;
    }
    assert.ok(Math.max(...delays) > 10_000, `seed ${random.seed}`);
    assert.ok(new Set(delays.map(Math.round)).size > 100, `seed ${random.seed}`);
  });

  test('retries fast after a connection that lived, and ever slower when each one dies at once', () => {
    const most = (buffer: Uint8Array): void => {
      buffer.fill(255);
    };
    const world = start(null, most);
    const dieAfter = (lifeMs: number): number => {
      accept(world);
      world.fake.clock.advance(lifeMs);
      world.fake.socket.handlers.onClose('gone');
      const delayMs = Math.round(world.fake.clock.nextInMs());
      world.fake.clock.advance(delayMs + 1);
      return delayMs;
    };
    assert.deepEqual([0, 0, 0, 0].map(dieAfter), [300, 900, 2_700, 8_100]);
    assert.equal(dieAfter(10_000), 300);
  });

  for (const [code, reason] of [
    [4, 'login-refused'],
    [5, 'login-refused'],
    [1, 'broker-refused'],
    [2, 'broker-refused'],
    [3, 'broker-refused'],
  ] as const) {
    test(`reports CONNACK ${code} as ${reason}`, () => {
      const { fake, states, rendezvous } = start();
      fake.socket.handlers.onOpen();
      fake.socket.receive(`2002 000${code}`);
      assert.deepEqual(states, [`connecting ${reason}`]);
      assert.equal(rendezvous.state, 'connecting');
      assert.ok(fake.socket.isClosed);
      const inMs = fake.clock.nextInMs();
      if (reason === 'login-refused') assert.ok(inMs >= 30_000 && inMs <= 60_000, `${inMs}`);
      else assert.ok(inMs <= 300, `${inMs}`);
    });
  }

  for (const [name, hex] of [
    ['a broken packet', 'ff00'],
    ['a message before CONNACK', '30 04 0001 74 01'],
    ['a ping answer before CONNACK', PINGRESP],
    ['CONNACK twice', `${CONNACK}${CONNACK}`],
  ] as const) {
    test(`drops a broker that sends ${name}`, () => {
      const { fake, states, rendezvous } = start();
      let calls = 0;
      rendezvous.subscribe('t', () => calls++);
      fake.socket.handlers.onOpen();
      fake.socket.receive(hex);
      assert.equal(states[states.length - 1], 'connecting protocol-error');
      assert.ok(fake.socket.isClosed);
      assert.equal(calls, 0);
    });
  }

  test('only warns when the broker refuses a subscription', () => {
    const { fake, rendezvous } = online();
    rendezvous.subscribe('t', () => undefined);
    fake.socket.receive('9003 0001 80');
    assert.equal(rendezvous.state, 'online');
    assert.deepEqual(fake.lines, ['warn rendezvous: the broker refused a subscription']);
  });

  test('checkNow tries at once while waiting, and asks a living connection for a proof within 3 s', () => {
    const world = online();
    world.rendezvous.checkNow();
    assert.deepEqual(world.fake.socket.takePackets(), [PINGREQ]);
    world.fake.socket.receive(PINGRESP);
    world.fake.clock.advance(20_000);
    assert.equal(world.rendezvous.state, 'online');
    world.rendezvous.checkNow();
    world.fake.clock.advance(3_000);
    assert.equal(world.states[1], 'connecting ping-timeout');
    assert.equal(world.fake.sockets.length, 1);
    world.rendezvous.checkNow();
    assert.equal(world.fake.sockets.length, 2);
    world.rendezvous.checkNow();
    assert.equal(world.fake.sockets.length, 2, 'an attempt that is under way is left alone');
    assert.equal(world.fake.clock.timerCount, 1);
  });

  test('ignores events of a socket it has given up', () => {
    const { fake, states } = start();
    const old = fake.socket;
    fake.clock.advance(5_300);
    assert.equal(fake.sockets.length, 2);
    old.handlers.onOpen();
    old.receive(CONNACK);
    old.handlers.onClose('late');
    assert.deepEqual(states, ['connecting connect-timeout']);
    assert.deepEqual(old.sent, []);
    assert.equal(fake.openSocketCount, 1);
  });

  test('copes with sockets that open, close or throw from inside openWebSocket', () => {
    const opened = start((socket) => socket.handlers.onOpen());
    assert.deepEqual(opened.fake.socket.takePackets(), [CONNECT]);
    const closed = start((socket) => socket.handlers.onClose('no network'));
    assert.equal(closed.rendezvous.state, 'connecting');
    assert.equal(closed.fake.openSocketCount, 0);
    assert.ok(closed.fake.clock.nextInMs() <= 300);
    const threw = start(() => {
      throw new Error('no sockets here, wss://broker/mqtt?token=abc');
    });
    assert.ok(threw.fake.clock.nextInMs() <= 300);
    threw.fake.onOpenWebSocket = null;
    threw.fake.clock.advance(300);
    accept(threw);
    assert.deepEqual(threw.states, ['online connected']);
    for (const line of threw.fake.lines) assert.ok(!line.includes('token'), line);
  });

  test('refuses topics with wildcards and payloads that fit no packet', () => {
    const { rendezvous } = online();
    for (const topic of ['', '#', 'a/+', 'x'.repeat(257)]) {
      assert.throws(
        () => rendezvous.subscribe(topic, () => undefined),
        { errcode: ErrCode.BadArgument },
        topic,
      );
      assert.throws(() => rendezvous.publish(topic, bytes(1)), { errcode: ErrCode.BadArgument }, topic);
    }
    assert.throws(() => rendezvous.publish('t', new Uint8Array(65_000)), { errcode: ErrCode.BadArgument });
  });

  const moments: [name: string, make: () => World][] = [
    ['before the socket opens', () => start()],
    [
      'while it logs in',
      () => {
        const world = start();
        world.fake.socket.handlers.onOpen();
        return world;
      },
    ],
    ['online', online],
    [
      'while a ping is unanswered',
      () => {
        const world = online();
        world.fake.clock.advance(30_000);
        return world;
      },
    ],
    [
      'while it waits for the next attempt',
      () => {
        const world = online();
        world.fake.socket.handlers.onClose('gone');
        world.fake.socket.isClosed = true;
        return world;
      },
    ],
    [
      'while it waits after a refused login',
      () => {
        const world = start();
        world.fake.socket.handlers.onOpen();
        world.fake.socket.receive('2002 0004');
        return world;
      },
    ],
    [
      'from inside onStateChange, on the way up',
      () => {
        const world = start();
        world.rendezvous.onStateChange = () => world.rendezvous.close();
        accept(world);
        return world;
      },
    ],
    [
      'from inside onStateChange, on the way down',
      () => {
        const world = online();
        world.rendezvous.onStateChange = () => world.rendezvous.close();
        world.fake.socket.handlers.onClose('gone');
        world.fake.socket.isClosed = true;
        return world;
      },
    ],
    [
      'from inside a listener',
      () => {
        const world = online();
        world.rendezvous.subscribe('t', () => world.rendezvous.close());
        world.fake.socket.receive(`3205 0001 74 0001 ${PINGRESP}`);
        return world;
      },
    ],
  ];
  for (const [name, make] of moments) {
    test(`leaves nothing behind when it is closed ${name}`, () => {
      const { fake, rendezvous, states } = make();
      rendezvous.subscribe('t', () => assert.fail('a callback after close'));
      rendezvous.publish('p', bytes(1), { qos: 1 });
      states.length = 0;
      rendezvous.close();
      rendezvous.close();
      assert.equal(rendezvous.state, 'closed');
      assert.equal(fake.clock.timerCount, 0);
      assert.equal(fake.openSocketCount, 0);
      const socketCount = fake.sockets.length;
      for (const socket of fake.sockets) {
        socket.handlers.onOpen();
        socket.receive(`${CONNACK}30040001 7401`);
        socket.handlers.onClose('late');
      }
      rendezvous.publish('p', bytes(1));
      rendezvous.subscribe('t', () => assert.fail('a callback after close'))();
      rendezvous.checkNow();
      fake.clock.advance(200_000);
      assert.equal(fake.sockets.length, socketCount);
      assert.equal(fake.clock.timerCount, 0);
      assert.deepEqual(states, []);
    });
  }

  test('says goodbye when it is closed online, so that the broker drops its will', () => {
    const { fake, rendezvous } = online();
    rendezvous.close();
    assert.deepEqual(fake.socket.takePackets(), [DISCONNECT]);
  });
});
