import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8Encode } from '../../p2p-core/bytes/utf8';
import { PendingCommand } from '../../p2p-core/api/command';
import type { DeviceLink } from '../../p2p-core/api/device-link';
import type { HttpResponseHandler } from '../../p2p-core/http/types';
import { buildCheckRequest } from '../../p2p-core/path/ice-messages';
import { buildBindingRequest } from '../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../p2p-core/path/stun-message';
import { writeHeader } from '../../p2p-core/transport/packet-codec';
import type { Candidate } from '../../p2p-core/path/types';
import { VirtualClock } from '../sim/virtual-clock';
import { CameraRig } from './camera-rig';
import { bend, randomBytes } from './mutate';
import { retainedBytes } from './retained';

/** Calls without a path at a time, and how long one may look for it. */
const MAX_PENDING = 16;
const NO_PATH_MS = 8000;

function candidatesOf(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'host',
    address: `198.51.100.${i + 1}`,
    port: 9,
    priority: 2130706431 - i,
  }));
}

describe('a camera that is flooded with offers', () => {
  for (const isPinned of [true, false]) {
    test(`keeps ${MAX_PENDING} calls, answers no more, and forgets them when no path is found (pinned: ${isPinned})`, () => {
      const rig = new CameraRig({ seed: 1, isPinned });
      for (let i = 0; i < 200; i++) rig.receive(rig.seal(rig.genuineOffer()));
      assert.equal(rig.openSessions, MAX_PENDING);
      assert.equal(rig.published.length, MAX_PENDING);
      const held = retainedBytes([rig.endpoint, rig.calls], [rig.clock]);
      assert.ok(held < 1024 * 1024, `${held} bytes held`);
      rig.pass(NO_PATH_MS + 1000);
      assert.equal(rig.openSessions, 0);
      rig.receive(rig.seal(rig.genuineOffer()));
      assert.equal(rig.openSessions, 1, 'there is room again');
      rig.calls.close();
      rig.endpoint.close();
      assert.equal(rig.clock.pendingCount, 0);
    });
  }

  test('drops offers whose handshake is not genuine, of any form, and keeps nothing of them', () => {
    for (const isPinned of [true, false]) {
      const rig = new CameraRig({ seed: 2, isPinned });
      const genuine = rig.genuineOffer();
      assert.ok(genuine.kind === 'offer');
      for (let i = 0; i < 100; i++) {
        const handshake = bend(rig.random, genuine.handshake, randomBytes(rig.random, 64));
        if (Buffer.from(handshake).equals(genuine.handshake)) continue;
        rig.receive(rig.seal(rig.offer({ handshake: handshake.slice(0, 4096) })));
      }
      assert.deepEqual([rig.sessions.length, rig.published.length], [0, 0]);
    }
  });

  test('refuses an ephemeral key of low order without leaving a session behind', () => {
    for (const isPinned of [true, false]) {
      const rig = new CameraRig({ seed: 3, isPinned });
      for (let i = 0; i < 20; i++) {
        // The secret is all it takes to seal a message 1 of a key without a private half, where no key is pinned.
        rig.receive(rig.seal(rig.lowOrderOffer()));
      }
      assert.deepEqual([rig.openSessions, rig.published.length], [0, 0]);
      assert.equal(rig.sessionCount, 0, 'sessions are left in the endpoint');
    }
  });

  test('takes a recorded offer once, also one that was a repetition, and refuses old ones with its time', () => {
    const rig = new CameraRig({ seed: 4, isPinned: true });
    const offer = rig.genuineOffer();
    const [first, second] = [rig.seal(offer), rig.seal(offer)];
    rig.receive(first);
    rig.receive(second);
    assert.deepEqual(
      rig.replies().map((reply) => reply?.kind),
      ['answer', 'answer'],
    );
    rig.pass(NO_PATH_MS + 1000);
    assert.equal(rig.openSessions, 0);
    for (let i = 0; i < 100; i++) rig.receive(i % 2 === 0 ? first : second);
    assert.equal(rig.openSessions, 0, 'a replay makes no call');
    assert.equal(rig.published.length, 2, 'and gets no answer');
    const old = rig.seal(rig.offer({ sentAtMs: rig.clock.wallMs() - 3_600_000 }));
    rig.receive(old);
    assert.deepEqual(rig.replies()[2], {
      kind: 'refuse',
      callId: (rig.replies()[2] as { callId: Uint8Array }).callId,
      code: 408,
      detail: String(rig.clock.wallMs()),
    });
  });

  test('says nothing to whoever has no ticket', () => {
    const rig = new CameraRig({ seed: 5, isPinned: true });
    const genuine = rig.seal(rig.genuineOffer());
    for (let i = 0; i < 2000; i++) {
      const bent = bend(rig.random, genuine, randomBytes(rig.random, 200));
      if (!Buffer.from(bent).equals(genuine)) rig.receive(bent);
    }
    assert.deepEqual([rig.sessions.length, rig.published.length, rig.datagrams.length], [0, 0, 0]);
  });

  test('answers each message with at most one, and never a larger one than an answer', () => {
    const rig = new CameraRig({ seed: 6, isPinned: true, maxViewers: 0 });
    for (let i = 0; i < 50; i++) {
      rig.pass(250);
      rig.receive(rig.seal(rig.genuineOffer()));
      rig.receive(rig.seal(rig.offer({ sentAtMs: 0 })));
      rig.receive(rig.seal({ kind: 'bye', callId: randomBytes(rig.random, 8) }));
      rig.receive(
        rig.seal({ kind: 'answer', callId: randomBytes(rig.random, 8), handshake: new Uint8Array(99) }),
      );
    }
    assert.equal(rig.published.length, 100);
    assert.ok(rig.published.every(({ payload }) => payload.length < 100));
  });

  test('listens to 64 offers at once and to 16 a second, whoever makes them, good or bad', () => {
    const rig = new CameraRig({ seed: 8, isPinned: true, maxViewers: 0 });
    const flood = (): number => {
      const before = rig.published.length;
      for (let i = 0; i < 150; i++) {
        rig.receive(rig.seal(rig.genuineOffer()));
        rig.receive(rig.seal(rig.offer({ sentAtMs: 0 })));
      }
      return rig.published.length - before;
    };
    assert.equal(flood(), 64);
    rig.pass(1000);
    assert.equal(flood(), 16);
    rig.pass(60_000);
    assert.equal(flood(), 64);
  });

  test('listens to 8 offers of one viewer at once and to one a second, and to others meanwhile', () => {
    const rig = new CameraRig({ seed: 9, isPinned: true, maxViewers: 0 });
    const replyTopic = `iotp2p/1/${'7'.repeat(32)}`;
    const answersTo = (topic: string): number => rig.published.filter((each) => each.topic === topic).length;
    for (let i = 0; i < 40; i++) rig.receive(rig.seal(rig.offer({ replyTopic })));
    assert.equal(answersTo(replyTopic), 8);
    rig.receive(rig.seal(rig.offer({ replyTopic: `iotp2p/1/${'8'.repeat(32)}` })));
    assert.equal(rig.published.length, 9);
    rig.pass(3000);
    for (let i = 0; i < 40; i++) rig.receive(rig.seal(rig.offer({ replyTopic })));
    assert.equal(answersTo(replyTopic), 11);
  });

  test('is not made deaf by strangers, whose messages do not open', () => {
    const rig = new CameraRig({ seed: 10, isPinned: true });
    for (let i = 0; i < 1000; i++) rig.receive(randomBytes(rig.random, rig.random.int(33, 400)));
    rig.receive(rig.seal(rig.genuineOffer()));
    assert.equal(rig.openSessions, 1);
  });

  test('takes 32 candidates of a call, however many are named', () => {
    const rig = new CameraRig({ seed: 7, isPinned: true });
    const offer = rig.genuineOffer({ candidates: candidatesOf(32) });
    rig.receive(rig.seal(offer));
    for (let i = 0; i < 500; i++) {
      const candidate: Candidate = {
        kind: 'host',
        address: `203.0.${i >> 7}.${(i & 127) + 1}`,
        port: 9,
        priority: 5,
      };
      rig.receive(rig.seal({ kind: 'candidate', callId: offer.callId, candidate }));
    }
    rig.pass(NO_PATH_MS + 1000);
    assert.ok(new Set(rig.datagrams.map(({ to }) => to)).size <= 32);
  });
});

describe('a camera and addresses that have proved nothing', () => {
  test('sends no byte to a stranger, whatever he sends', () => {
    const rig = new CameraRig({ seed: 11, isPinned: true });
    rig.receive(rig.seal(rig.genuineOffer()));
    for (let i = 0; i < 3000; i++) {
      const bytes = randomBytes(rig.random, rig.random.int(0, 1200));
      if (bytes.length > 8 && i % 2 === 0) writeHeader(bytes, rig.connectionId, i);
      else if (bytes.length > 0) bytes[0]! &= 0x7f;
      rig.datagram(bytes, '203.0.113.66', 666);
      rig.datagram(buildBindingRequest(randomBytes(rig.random, 12)), '203.0.113.66', 666);
    }
    rig.pass(60_000);
    assert.deepEqual(rig.datagrams, []);
  });

  test('answers packets of sessions it does not know rarely or never, and with fewer bytes', () => {
    const rig = new CameraRig({ seed: 15, isPinned: true });
    let inBytes = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = randomBytes(rig.random, rig.random.int(8, 60));
      writeHeader(bytes, rig.random.int(0, 0xffffff), i);
      inBytes += bytes.length;
      const before = rig.datagrams.length;
      rig.datagram(bytes, '203.0.113.66', 666);
      for (const answer of rig.datagrams.slice(before)) assert.ok(answer.bytes.length < bytes.length);
      rig.pass(1);
    }
    assert.ok(rig.datagrams.length <= 16 + 3 * 16, `${rig.datagrams.length} answers in three seconds`);
    assert.ok(rig.datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0) < inBytes);
  });

  test('ignores checks with the right name and a wrong password', () => {
    const rig = new CameraRig({ seed: 12, isPinned: true });
    rig.receive(rig.seal(rig.genuineOffer()));
    const { ufrag } = rig.localCredentials();
    for (let i = 0; i < 200; i++) {
      rig.datagram(check(rig, ufrag, `guess${'x'.repeat(20)}${i}`), '203.0.113.66', 666);
    }
    rig.pass(60_000);
    assert.deepEqual(rig.datagrams, []);
  });

  test('sends nothing but checks before a path is valid, and of those no more than RFC 8445 paces', () => {
    const rig = new CameraRig({ seed: 13, isPinned: true });
    for (let i = 0; i < MAX_PENDING; i++)
      rig.receive(rig.seal(rig.genuineOffer({ candidates: candidatesOf(32) })));
    rig.pass(60_000);
    const { datagrams } = rig;
    assert.ok(datagrams.every(({ bytes }) => parseStunMessage(bytes) !== null && bytes.length <= 120));
    const seconds = NO_PATH_MS / 1000;
    const perCall = datagrams.length / MAX_PENDING;
    assert.ok(perCall <= seconds * 20 + 8 + 1, `${perCall} checks of one call`);
    const total = datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(total / seconds < 40_000, `${total / seconds} bytes a second from all calls`);
    const times = Math.max(...countBy(datagrams.map(({ to }) => to)).values()) / MAX_PENDING;
    assert.ok(times <= 16, `${times} checks to one address`);
  });

  test('answers a check of a ticket holder from a forged address with at most 17 datagrams', () => {
    const rig = new CameraRig({ seed: 14, isPinned: true });
    rig.receive(rig.seal(rig.genuineOffer()));
    const { ufrag, password } = rig.localCredentials();
    rig.datagram(check(rig, ufrag, password), '203.0.113.66', 666);
    rig.pass(60_000);
    assert.ok(rig.datagrams.length >= 2 && rig.datagrams.length <= 17, `${rig.datagrams.length} datagrams`);
    for (let port = 1; port < 200; port++) rig.datagram(check(rig, ufrag, password), '203.0.113.66', port);
    rig.pass(60_000);
    // Sixteen addresses are checked in return, the others get the answer to their check and no more.
    assert.ok(rig.datagrams.length <= 200 + 16 * 16, `${rig.datagrams.length} datagrams`);
  });
});

describe('a viewer whose camera is hostile', () => {
  test('holds the answer of a command in about its size, though it comes in single bytes', () => {
    const handlers: HttpResponseHandler[] = [];
    const link = {
      get(_target: string, _priority: number, handler: HttpResponseHandler) {
        handlers.push(handler);
        return { abort() {} };
      },
    } as unknown as DeviceLink;
    const results: string[] = [];
    const command = new PendingCommand(link, new VirtualClock(), {
      command: 'action=user_define',
      responseType: 'text',
      timeoutMs: 1000,
      onResult: (result) => results.push(`${result.type} ${result.errcode}`),
    });
    const [handler] = handlers;
    handler!.onHead({ status: 200, reason: 'OK', headers: {} });
    const one = Uint8Array.of(0x61);
    for (let i = 0; i < 1024 * 1024; i++) handler!.onBody(one);
    const held = retainedBytes(command, [link]);
    assert.ok(held < 3 * 1024 * 1024, `${held} bytes held`);
    handler!.onBody(one);
    assert.deepEqual(results, ['error -2808']);
  });
});

function check(rig: CameraRig, ufrag: string, password: string): Uint8Array {
  return buildCheckRequest({
    transactionId: randomBytes(rig.random, 12),
    username: `${ufrag}:attacker`,
    key: utf8Encode(password),
    priority: 1862270975,
    role: 'controlling',
    tieBreaker: new Uint8Array(8),
    nominates: false,
  });
}

function countBy(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
