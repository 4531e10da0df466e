import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { restCredentials, TurnRelay } from '../../../devkit/servers/turn-relay';
import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { md5 } from '../../../p2p-core/crypto/md5';
import { StunAttribute, StunClass, StunMethod } from '../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import { TurnClient } from '../../../p2p-core/path/turn-client';
import { seededFill } from './support/random';

const SERVER = { address: '198.51.100.1', port: 3478 };
const RELAY = '198.51.100.1';
const PEER = { address: '203.0.113.5', port: 7000 };
const SECRET = 'a secret for tests';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (data: Uint8Array | null): string | null => data && Buffer.from(data).toString();

/** A client and the devkit's server, with no time between them. */
class Wire {
  nowMs = 1000;
  wallMs = 1_700_000_000_000;
  readonly events: string[] = [];
  /** What the relay sent to peers. */
  readonly toPeers: string[] = [];
  readonly requests: number[] = [];
  isCut = false;
  readonly client: TurnClient;
  readonly relay: TurnRelay;
  private readonly timers = new Map<object, { atMs: number; fire: () => void }>();
  private fromPeer: (data: Uint8Array, address: string, port: number) => void = () => {};
  private readonly fromServer: Uint8Array[] = [];

  constructor(
    options: { credentials?: { username: string; password: string }; limits?: object; server?: string } = {},
  ) {
    this.relay = new TurnRelay({
      secret: SECRET,
      relayAddress: RELAY,
      clock: {
        nowMs: () => this.nowMs,
        wallMs: () => this.wallMs,
        setTimer: (fire, delayMs) => {
          const id = {};
          this.timers.set(id, { atMs: this.nowMs + delayMs, fire });
          return id;
        },
        clearTimer: (id) => void this.timers.delete(id as object),
      },
      openRelay: (onMessage) => {
        this.fromPeer = onMessage;
        return Promise.resolve({
          port: 50_000,
          send: (data, address, port) => this.toPeers.push(`${text(data)} to ${address}:${port}`),
          close: () => this.events.push('relay closed'),
        });
      },
      ...options.limits,
    });
    this.client = new TurnClient({
      server: { address: options.server ?? SERVER.address, port: SERVER.port },
      credentials: options.credentials ?? restCredentials(SECRET, 'me', 3600, this.wallMs),
      fillRandom: seededFill(5),
      nowMs: this.nowMs,
      handler: {
        onAllocated: ({ address, port }) => this.events.push(`allocated ${address}:${port}`),
        onEnded: (code) => this.events.push(`ended ${code}`),
      },
    });
  }

  /** Until nothing is under way. */
  async settle(): Promise<void> {
    for (let rounds = 0; rounds < 8; rounds++) {
      let out;
      while ((out = this.client.poll(this.nowMs)) !== null) this.toServer(out.bytes);
      await new Promise((resolve) => setImmediate(resolve));
      for (const answer of this.fromServer.splice(0)) {
        this.client.receive(answer, SERVER.address, SERVER.port, this.nowMs);
      }
    }
  }

  toServer(datagram: Uint8Array): void {
    if (this.isCut) return;
    const message = parseStunMessage(datagram);
    if (message?.messageClass === StunClass.Request) this.requests.push(message.method);
    this.relay.receive(datagram, '192.0.2.7', 5000, (answer) => this.fromServer.push(answer.slice()));
  }

  send(data: string, peer = PEER): boolean {
    const wrapped = this.client.wrap(bytes(data), peer.address, peer.port, this.nowMs)?.slice();
    let out;
    while ((out = this.client.poll(this.nowMs)) !== null) this.toServer(out.bytes);
    if (wrapped) this.toServer(wrapped);
    return wrapped !== undefined;
  }

  /** What the client makes of a datagram of a peer. */
  receiveFrom(peer: typeof PEER, data: string): string | null {
    this.fromPeer(bytes(data), peer.address, peer.port);
    const datagram = this.fromServer.shift();
    return datagram ? text(this.client.unwrap(datagram, SERVER.address, SERVER.port)) : null;
  }

  async run(untilMs: number): Promise<void> {
    for (;;) {
      const timers = [...this.timers].sort((a, b) => a[1].atMs - b[1].atMs);
      const next = Math.min(this.client.nextWakeMs(), timers[0]?.[1].atMs ?? Infinity);
      if (next > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next);
      this.wallMs += 0;
      this.client.wake(this.nowMs);
      for (const [id, { atMs, fire }] of timers) {
        if (atMs <= this.nowMs && this.timers.delete(id)) fire();
      }
      await this.settle();
    }
    this.nowMs = untilMs;
  }
}

const allocated = async (options: ConstructorParameters<typeof Wire>[0] = {}): Promise<Wire> => {
  const wire = new Wire(options);
  await wire.settle();
  assert.deepEqual(wire.events, [`allocated ${RELAY}:50000`]);
  return wire;
};

describe('MD5', () => {
  test('gives the digests of RFC 1321 §A.5', () => {
    const rows = {
      '': 'd41d8cd98f00b204e9800998ecf8427e',
      abc: '900150983cd24fb0d6963f7d28e17f72',
      'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
    };
    for (const [message, digest] of Object.entries(rows))
      assert.equal(toHex(md5(utf8Encode(message))), digest);
  });

  test('agrees with another implementation on every length around a block', () => {
    const fill = seededFill(1);
    for (let length = 0; length < 200; length++) {
      const message = new Uint8Array(length);
      fill(message);
      assert.equal(toHex(md5(message)), createHash('md5').update(message).digest('hex'), `${length}`);
    }
  });
});

describe('a TURN client', () => {
  test('gets an address at the server with REST credentials, after the refusal that tells realm and nonce', async () => {
    const wire = await allocated();
    assert.deepEqual(wire.requests, [StunMethod.Allocate, StunMethod.Allocate]);
    assert.deepEqual(wire.client.relayed, { address: RELAY, port: 50_000 });
    assert.equal(wire.relay.allocationCount, 1);
  });

  test('sends and receives by indication, and with 4 bytes around each datagram once a channel is bound', async () => {
    const wire = await allocated();
    assert.ok(wire.send('first'));
    assert.deepEqual(wire.toPeers, ['first to 203.0.113.5:7000'], 'the permission went before it');
    await wire.settle();
    assert.equal(wire.receiveFrom(PEER, 'answer'), 'answer');
    assert.deepEqual(wire.client.from, PEER);

    wire.client.bind(PEER.address, PEER.port, wire.nowMs);
    await wire.settle();
    const wrapped = wire.client.wrap(bytes('second'), PEER.address, PEER.port, wire.nowMs)!;
    assert.equal(wrapped.length, 6 + 4);
    wire.toServer(wrapped.slice());
    assert.equal(wire.toPeers.pop(), 'second to 203.0.113.5:7000');
    assert.equal(wire.receiveFrom(PEER, 'by channel'), 'by channel');
    assert.equal(wire.client.from.port, PEER.port);
  });

  test('takes data from its server only', async () => {
    const wire = await allocated();
    wire.send('x');
    const forged = new StunBuilder(StunClass.Indication, new Uint8Array(12), StunMethod.Data)
      .xorAddress(StunAttribute.XorPeerAddress, PEER)
      .attribute(StunAttribute.Data, bytes('forged'))
      .finish();
    assert.equal(wire.client.unwrap(forged, '198.51.100.9', SERVER.port), null);
    assert.equal(wire.client.unwrap(forged, SERVER.address, 9), null);
    assert.equal(text(wire.client.unwrap(forged, SERVER.address, SERVER.port)), 'forged');
  });

  test('renews allocation, permission and channel for hours, and lets go what it does not use', async () => {
    const wire = await allocated({ credentials: restCredentials(SECRET, 'me', 86_400, 1_700_000_000_000) });
    wire.send('a');
    wire.send('b', { address: '203.0.113.6', port: 1 });
    wire.client.bind(PEER.address, PEER.port, wire.nowMs);
    await wire.settle();
    for (let minute = 1; minute <= 120; minute++) {
      await wire.run(1000 + minute * 60_000);
      assert.ok(wire.send(`minute ${minute}`));
      assert.equal(wire.toPeers.pop(), `minute ${minute} to 203.0.113.5:7000`);
      assert.equal(wire.receiveFrom(PEER, 'yes'), 'yes');
    }
    assert.equal(wire.receiveFrom({ address: '203.0.113.6', port: 1 }, 'no'), null);
    assert.deepEqual(wire.events, [`allocated ${RELAY}:50000`]);
  });

  test('believes no success that is not sealed with its password, whoever knows the transaction', async () => {
    const wire = new Wire();
    const challenge = wire.client.poll(wire.nowMs)!;
    wire.relay.receive(challenge.bytes, '192.0.2.9', 1, (answer) =>
      wire.client.receive(answer, SERVER.address, SERVER.port, wire.nowMs),
    );
    const request = parseStunMessage(wire.client.poll(wire.nowMs)!.bytes)!;
    assert.ok(request.integrityOffset > 0, 'it has learned realm and nonce');
    const success = (): StunBuilder =>
      new StunBuilder(StunClass.Success, request.transactionId, StunMethod.Allocate)
        .xorAddress(StunAttribute.XorRelayedAddress, { address: '192.0.2.66', port: 6666 })
        .u32(StunAttribute.Lifetime, 600);
    for (const forged of [success(), success().integrity(new Uint8Array(16))]) {
      wire.client.receive(forged.finish(), SERVER.address, SERVER.port, wire.nowMs);
    }
    assert.deepEqual([wire.events, wire.client.relayed], [[], null]);
  });

  test('gives its allocation back', async () => {
    const wire = await allocated();
    wire.client.release(wire.nowMs);
    await wire.settle();
    assert.equal(wire.client.hasEnded, true);
    assert.equal(wire.relay.allocationCount, 0);
    assert.equal(wire.client.nextWakeMs(), Infinity);
    assert.deepEqual(wire.events.slice(1), ['relay closed']);
  });

  test('refuses to go on with wrong, expired or over-used credentials, with the code of the server', async () => {
    const { username } = restCredentials(SECRET, 'me', 3600, 1_700_000_000_000);
    const expired = restCredentials(SECRET, 'me', -1, 1_700_000_000_000);
    for (const [options, code] of [
      [{ credentials: { username, password: 'wrong' } }, 401],
      [{ credentials: expired }, 401],
      [{ limits: { maxAllocationsOfUser: 0 } }, 486],
      [{ limits: { maxAllocations: 0 } }, 508],
    ] as const) {
      const wire = new Wire(options);
      await wire.settle();
      assert.deepEqual(wire.events, [`ended ${code}`]);
      assert.equal(wire.client.nextWakeMs(), Infinity);
    }
  });

  test('gives up within 8 s when nobody answers', async () => {
    const wire = new Wire();
    wire.isCut = true;
    await wire.run(20_000);
    assert.deepEqual(wire.events, ['ended 0']);
  });

  test('is told when the server has forgotten it', async () => {
    const wire = await allocated();
    wire.relay.close();
    wire.client.check(wire.nowMs);
    await wire.settle();
    assert.deepEqual(wire.events.slice(-1), ['ended 437']);
  });

  test('goes on with a new nonce when its old one is stale', async () => {
    const wire = await allocated();
    await wire.run(700_000);
    wire.send('late');
    await wire.settle();
    wire.send('later');
    assert.equal(wire.toPeers.pop(), 'later to 203.0.113.5:7000');
  });

  test('keeps to the address that answers for a DNS name', async () => {
    const wire = await allocated({ server: 'turn.example' });
    assert.deepEqual(wire.client.destination, SERVER);
    assert.ok(wire.send('x'));
  });
});

describe('the TURN server of the devkit', () => {
  test('relays to no private, loopback or link-local address', async () => {
    const wire = await allocated();
    for (const address of [
      '10.0.0.1',
      '192.168.1.1',
      '172.16.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.1.1',
    ]) {
      wire.send('first', { address, port: 53 });
      await wire.settle();
      assert.equal(wire.send('second', { address, port: 53 }), false, `${address}: refused`);
    }
    assert.deepEqual(wire.toPeers, []);
  });

  test('lets nobody in who has no permission', async () => {
    const wire = await allocated();
    assert.equal(wire.receiveFrom(PEER, 'hello'), null);
    wire.send('x');
    assert.equal(wire.receiveFrom({ address: '203.0.113.99', port: 7000 }, 'hello'), null);
    assert.equal(wire.receiveFrom({ address: PEER.address, port: 1 }, 'another port'), 'another port');
  });

  test('answers a stranger with less than three times his bytes, and keeps nothing of him', () => {
    const wire = new Wire();
    const request = new StunBuilder(StunClass.Request, new Uint8Array(12), StunMethod.Allocate)
      .u32(StunAttribute.RequestedTransport, 0x11000000)
      .finish();
    const tiny = new StunBuilder(StunClass.Request, new Uint8Array(12), StunMethod.Refresh).finish();
    for (const [datagram, count] of [
      [request, 1],
      [tiny, 0],
    ] as const) {
      const answers: Uint8Array[] = [];
      wire.relay.receive(datagram, '192.0.2.9', 1, (answer) => answers.push(answer));
      const size = answers.reduce((sum, answer) => sum + answer.length, 0);
      assert.equal(answers.length, count);
      assert.ok(size <= 3 * datagram.length, `${size} for ${datagram.length}`);
    }
    assert.equal(wire.relay.allocationCount, 0);
  });

  test('ends an allocation that nobody renews', async () => {
    const wire = await allocated();
    wire.isCut = true;
    await wire.run(700_000);
    assert.equal(wire.relay.allocationCount, 0);
  });
});
