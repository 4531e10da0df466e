import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  MAX_ENVELOPE_PLAINTEXT_BYTES,
  envelopeSalt,
  openEnvelope,
  sealEnvelope,
  signalingKeys,
} from '../../../p2p-core/signaling/envelope';
import { CLOCK_TOLERANCE_MS, ReplayGuard } from '../../../p2p-core/signaling/replay-guard';
import { newTicket } from '../../../p2p-core/signaling/ticket';
import { cameraTopic, isInboxTopic, presenceTopic, viewerTopic } from '../../../p2p-core/signaling/topics';
import { TestRandom, fillRandom } from './support';

const ticket = newTicket(fillRandom, { deviceVersion: '2.4.0' });
const keys = signalingKeys(ticket);
const plaintext = new TestRandom(3).bytes(100);

describe('a sealed envelope', () => {
  test('opens with its key, at any place in its packet', () => {
    const sealed = sealEnvelope(keys.toCamera, plaintext, fillRandom);
    assert.deepEqual(openEnvelope(keys.toCamera, sealed), plaintext);
    for (let offset = 1; offset < 9; offset++) {
      const packet = new Uint8Array(sealed.length + offset + 3);
      packet.set(sealed, offset);
      assert.deepEqual(
        openEnvelope(keys.toCamera, packet.subarray(offset, offset + sealed.length)),
        plaintext,
      );
    }
  });

  test('carries nothing and the most allowed, and no more', () => {
    for (const byteCount of [0, 1, MAX_ENVELOPE_PLAINTEXT_BYTES]) {
      const message = new TestRandom(byteCount).bytes(byteCount);
      assert.deepEqual(
        openEnvelope(keys.presence, sealEnvelope(keys.presence, message, fillRandom)),
        message,
      );
    }
    const tooLong = new Uint8Array(MAX_ENVELOPE_PLAINTEXT_BYTES + 1);
    assert.equal(openEnvelope(keys.presence, sealEnvelope(keys.presence, tooLong, fillRandom)), null);
  });

  test('does not open when any byte is changed, cut off or added', () => {
    const sealed = sealEnvelope(keys.toCamera, plaintext, fillRandom);
    for (let at = 0; at < sealed.length; at++) {
      const bent = sealed.slice();
      bent[at]! ^= 1 << (at & 7);
      assert.equal(openEnvelope(keys.toCamera, bent), null, `byte ${at}`);
      assert.equal(openEnvelope(keys.toCamera, sealed.subarray(0, at)), null, `${at} bytes`);
    }
    assert.equal(openEnvelope(keys.toCamera, Uint8Array.of(...sealed, 0)), null);
  });

  test('does not open with the key of another direction or another ticket', () => {
    const other = signalingKeys(newTicket(fillRandom, { deviceVersion: '2.4.0' }));
    const sameSecret = signalingKeys({ ...ticket, peerName: new Uint8Array(16) });
    const sealed = sealEnvelope(keys.toCamera, plaintext, fillRandom);
    for (const key of [keys.toViewer, keys.presence, other.toCamera, sameSecret.toCamera]) {
      assert.equal(openEnvelope(key, sealed), null);
    }
  });

  test('never looks the same twice', () => {
    const seal = (): Uint8Array => sealEnvelope(keys.toCamera, plaintext, fillRandom);
    assert.notDeepEqual(seal(), seal());
  });

  test("is what Node's own HKDF and ChaCha20-Poly1305 make of the protocol text", () => {
    const direction = hkdfSync('sha256', ticket.secret, ticket.peerName, 'iotp2p 1 to-viewer', 32);
    assert.deepEqual(Buffer.from(keys.toViewer), Buffer.from(direction));
    const sealed = sealEnvelope(keys.toViewer, plaintext, fillRandom);
    assert.equal(sealed[0], 1);
    const material = Buffer.from(
      hkdfSync('sha256', Buffer.from(direction), sealed.subarray(1, 17), 'iotp2p 1 envelope', 44),
    );
    const decipher = createDecipheriv('chacha20-poly1305', material.subarray(0, 32), material.subarray(32), {
      authTagLength: 16,
    });
    decipher.setAAD(sealed.subarray(0, 17), { plaintextLength: plaintext.length });
    decipher.setAuthTag(sealed.subarray(-16));
    assert.deepEqual(Uint8Array.from(decipher.update(sealed.subarray(17, -16))), plaintext);
    decipher.final();
  });
});

describe('the replay guard', () => {
  const sealed = (): Uint8Array => sealEnvelope(keys.toCamera, plaintext, fillRandom);

  test('lets an envelope through once', () => {
    const guard = new ReplayGuard();
    const envelope = sealed();
    assert.equal(guard.check(envelope, 1_000, 1_000), 'fresh');
    assert.equal(guard.check(envelope, 1_000, 2_000), 'replayed');
    assert.equal(guard.check(sealed(), 1_000, 2_000), 'fresh');
  });

  test('tolerates clocks that differ by five minutes either way, and no more', () => {
    const guard = new ReplayGuard();
    const wallMs = 1_700_000_000_000;
    for (const [skewMs, verdict] of [
      [0, 'fresh'],
      [CLOCK_TOLERANCE_MS, 'fresh'],
      [-CLOCK_TOLERANCE_MS, 'fresh'],
      [CLOCK_TOLERANCE_MS + 1, 'stale'],
      [-CLOCK_TOLERANCE_MS - 1, 'stale'],
      [NaN, 'stale'],
    ] as const) {
      assert.equal(guard.check(sealed(), wallMs + skewMs, wallMs), verdict, String(skewMs));
    }
  });

  test('has no moment at which an envelope is forgotten and still in time', () => {
    const wallMs = 1_700_000_000_000;
    for (const skewMs of [-CLOCK_TOLERANCE_MS, 0, CLOCK_TOLERANCE_MS]) {
      const guard = new ReplayGuard();
      const envelope = sealed();
      const sentAtMs = wallMs + skewMs;
      assert.equal(guard.check(envelope, sentAtMs, wallMs), 'fresh');
      for (let laterMs = 0; laterMs <= 3 * CLOCK_TOLERANCE_MS; laterMs += 10_000) {
        guard.check(sealed(), wallMs + laterMs, wallMs + laterMs);
        assert.notEqual(guard.check(envelope, sentAtMs, wallMs + laterMs), 'fresh', `${skewMs} ${laterMs}`);
      }
    }
  });

  test('remembers at most 4096 envelopes, the latest ones, and forgets them with time', () => {
    const guard = new ReplayGuard();
    const envelopes = Array.from({ length: 4097 }, (_, i) => {
      const bytes = new Uint8Array(64);
      new DataView(bytes.buffer).setUint32(1, i);
      return bytes;
    });
    for (const envelope of envelopes) assert.equal(guard.check(envelope, 0, 0), 'fresh');
    assert.equal(guard.size, 4096);
    assert.equal(envelopeSalt(envelopes[0]!).length, 16);
    assert.equal(guard.check(envelopes[1]!, 0, 0), 'replayed');
    assert.equal(guard.check(envelopes[0]!, 0, 0), 'fresh', 'the oldest had to go');
    const laterMs = 2 * CLOCK_TOLERANCE_MS + 1;
    assert.equal(guard.check(sealed(), laterMs, laterMs), 'fresh');
    assert.equal(guard.size, 1);
  });
});

describe('topics', () => {
  test('of one camera are always the same and do not show its name', () => {
    const name = Uint8Array.from({ length: 16 }, (_, i) => i);
    assert.equal(cameraTopic(name), cameraTopic(name.slice()));
    assert.notEqual(cameraTopic(name), cameraTopic(new Uint8Array(16)));
    assert.match(cameraTopic(name), /^iotp2p\/1\/[0-9a-f]{32}$/);
    assert.ok(!cameraTopic(name).includes('0001020304'));
    assert.equal(presenceTopic(name), `${cameraTopic(name)}/presence`);
  });

  test('are inboxes where a peer may have its replies sent, or are not', () => {
    assert.ok(isInboxTopic(cameraTopic(ticket.peerName)));
    assert.ok(isInboxTopic(viewerTopic(new TestRandom().bytes(16))));
    for (const topic of [
      '',
      '#',
      'iotp2p/1/',
      presenceTopic(ticket.peerName),
      '$SYS/x',
      `${viewerTopic(new Uint8Array(16))}\n`,
    ]) {
      assert.ok(!isInboxTopic(topic), topic);
    }
  });
});
