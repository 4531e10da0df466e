import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeLinkMessage,
  encodeHead,
  encodeLinkMessage,
  encodePiece,
  frameLinkMessage,
  LinkMessageReader,
  MAX_LINK_MESSAGE_BYTES,
  pieceOf,
} from '../../../p2p-core/swarm/link-messages';
import { toBase64Url } from '../../../p2p-core/bytes/base64url';
import { isPassValid, makePass } from '../../../p2p-core/swarm/link-pass';
import { LINK_SAMPLES } from './link-samples';

describe('link messages', () => {
  test('are read as they were written', () => {
    for (const message of LINK_SAMPLES)
      assert.deepEqual(decodeLinkMessage(encodeLinkMessage(message)), message);
    const data = new Uint8Array(1100).fill(3);
    const piece = encodePiece(0x12345678, 65535, 900, data);
    assert.equal(piece.length, 1107);
    assert.deepEqual(pieceOf(piece), data);
    assert.deepEqual(decodeLinkMessage(piece), {
      kind: 'piece',
      gop16: 0x5678,
      segNo: 65535,
      index: 900,
      data,
    });
    const headBytes = Uint8Array.of(1, 2, 3);
    assert.deepEqual(decodeLinkMessage(encodeHead(0x10002, headBytes)), {
      kind: 'head',
      gop16: 2,
      headBytes,
    });
  });

  test('that are cut, too long, of another version or of no kind are refused', () => {
    for (const message of LINK_SAMPLES) {
      const bytes = encodeLinkMessage(message);
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      assert.equal(decodeLinkMessage(longer), null, message.kind);
      // A pull with fewer indexes is a pull.
      if (bytes.length > 1)
        assert.equal(decodeLinkMessage(bytes.subarray(0, bytes.length - 1)), null, message.kind);
    }
    assert.equal(decodeLinkMessage(Uint8Array.of()), null);
    assert.equal(decodeLinkMessage(Uint8Array.of(99)), null);
    assert.equal(decodeLinkMessage(encodePiece(1, 1, 1, new Uint8Array(0))), null);
    assert.equal(decodeLinkMessage(encodePiece(1, 1, 1, new Uint8Array(1101))), null);
  });

  test('come out of a stream that is cut anywhere', () => {
    const sent = [...LINK_SAMPLES.map(encodeLinkMessage), encodePiece(1, 2, 3, new Uint8Array(1100).fill(9))];
    const bytes = Buffer.concat(sent.map(frameLinkMessage));
    for (const step of [1, 2, 3, 7, 500, bytes.length]) {
      const got: Uint8Array[] = [];
      const reader = new LinkMessageReader((message) => got.push(message));
      for (let at = 0; at < bytes.length; at += step) assert.ok(reader.feed(bytes.subarray(at, at + step)));
      assert.deepEqual(
        got.map((one) => Buffer.from(one)),
        sent.map((one) => Buffer.from(one)),
      );
    }
  });

  test('with an impossible length break the stream for good', () => {
    for (const length of [0, MAX_LINK_MESSAGE_BYTES + 1]) {
      const reader = new LinkMessageReader(() => assert.fail('a message'));
      assert.ok(!reader.feed(Uint8Array.of(length >> 8, length & 255, 1, 1)));
      assert.ok(!reader.feed(frameLinkMessage(Uint8Array.of(2))));
    }
  });
});

describe('a pass', () => {
  const key = new Uint8Array(16).fill(7);
  const child = toBase64Url(new Uint8Array(9).fill(1));
  const pass = makePass(key, child, 5, 1_700_000_000);

  test('is good until its second is over, on the clock of the tracker', () => {
    assert.ok(isPassValid(key, child, 5, pass, 0));
    assert.ok(isPassValid(key, child, 5, pass, 1_700_000_000_000));
    assert.ok(!isPassValid(key, child, 5, pass, 1_700_000_000_001));
  });

  test('is good for its child, its sub-streams and its parent only, and for nobody who bends it', () => {
    assert.ok(!isPassValid(key, toBase64Url(new Uint8Array(9).fill(2)), 5, pass, 0));
    assert.ok(!isPassValid(key, child, 7, pass, 0));
    assert.ok(!isPassValid(new Uint8Array(16), child, 5, pass, 0));
    for (let at = 0; at < pass.length; at++) {
      const bent = pass.slice();
      bent[at]! ^= 1;
      assert.ok(!isPassValid(key, child, 5, bent, 0), `byte ${at}`);
      assert.ok(!isPassValid(key, child, 5, pass.slice(0, at), 0), `${at} bytes`);
    }
  });
});
