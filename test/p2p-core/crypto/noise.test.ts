import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Decode, utf8Encode } from '../../../p2p-core/bytes/utf8';
import { aeadSeal } from '../../../p2p-core/crypto/chacha20-poly1305';
import type { KeyPair, NoiseOptions } from '../../../p2p-core/crypto/noise';
import { generateKeyPair, NoiseHandshake } from '../../../p2p-core/crypto/noise';
import type { NoisePatternName } from '../../../p2p-core/crypto/noise-patterns';
import { x25519PublicKey } from '../../../p2p-core/crypto/x25519';
import { isErrorResult } from '../../../p2p-core/errors';
import { hex, readVectors } from './read-vectors';
import { seededBytes } from './seeded-bytes';

const EMPTY = new Uint8Array(0);
const PATTERNS: NoisePatternName[] = ['NNpsk0', 'NKpsk0'];
const isEncryptFailed = (thrown: unknown): boolean => isErrorResult(thrown) && thrown.errcode === -2501;
const isBadArgument = (thrown: unknown): boolean => isErrorResult(thrown) && thrown.errcode === -2000;
const keyPair = (privateKey: Uint8Array): KeyPair => ({ privateKey, publicKey: x25519PublicKey(privateKey) });
const noRandom = (): never => assert.fail('no random bytes are needed when the ephemeral key is given');

const responderStatic = keyPair(seededBytes('responder static', 32));
const common = { prologue: utf8Encode('prologue'), psk: seededBytes('psk', 32), fillRandom: noRandom };

function initiator(pattern: NoisePatternName, changes: Partial<NoiseOptions> = {}): NoiseHandshake {
  return new NoiseHandshake({
    ...common,
    pattern,
    role: 'initiator',
    ephemeral: keyPair(seededBytes('initiator ephemeral', 32)),
    ...(pattern === 'NKpsk0' ? { remoteStatic: responderStatic.publicKey } : {}),
    ...changes,
  });
}
function responder(pattern: NoisePatternName, changes: Partial<NoiseOptions> = {}): NoiseHandshake {
  return new NoiseHandshake({
    ...common,
    pattern,
    role: 'responder',
    ephemeral: keyPair(seededBytes('responder ephemeral', 32)),
    ...(pattern === 'NKpsk0' ? { localStatic: responderStatic } : {}),
    ...changes,
  });
}

describe('Noise handshakes', () => {
  interface Vector {
    protocol: string;
    prologue: string;
    psk: string;
    responderStatic: string | null;
    initiatorEphemeral: string;
    responderEphemeral: string;
    messages: { payload: string; ciphertext: string }[];
  }
  const { tests } = readVectors<{ tests: Vector[] }>('noise-psk0.json');

  tests.forEach((vector, index) => {
    test(`the published messages of ${vector.protocol} come out (vector ${index + 1})`, () => {
      const pattern = vector.protocol.split('_')[1] as NoisePatternName;
      const shared = { pattern, prologue: hex(vector.prologue), psk: hex(vector.psk), fillRandom: noRandom };
      const pinned = vector.responderStatic === null ? null : keyPair(hex(vector.responderStatic));
      const alice = new NoiseHandshake({
        ...shared,
        role: 'initiator',
        ephemeral: keyPair(hex(vector.initiatorEphemeral)),
        ...(pinned ? { remoteStatic: pinned.publicKey } : {}),
      });
      const bob = new NoiseHandshake({
        ...shared,
        role: 'responder',
        ephemeral: keyPair(hex(vector.responderEphemeral)),
        ...(pinned ? { localStatic: pinned } : {}),
      });
      assert.equal(vector.messages.length, 4);
      const [first, second, third, fourth] = vector.messages;
      for (const [from, to, message] of [
        [alice, bob, first!],
        [bob, alice, second!],
      ] as const) {
        const sent = from.writeMessage(hex(message.payload));
        assert.equal(toHex(sent), message.ciphertext);
        const payload = to.readMessage(sent);
        assert.equal(payload && toHex(payload), message.payload);
      }
      assert.ok(alice.isComplete && bob.isComplete);
      assert.equal(toHex(alice.handshakeHash), toHex(bob.handshakeHash));
      const [aliceKeys, bobKeys] = [alice.split(), bob.split()];
      assert.equal(toHex(aliceKeys.receiveKey), toHex(bobKeys.sendKey));
      assert.equal(toHex(aliceKeys.sendKey), toHex(bobKeys.receiveKey));
      // The vectors go on with one transport message each way, nonce 0.
      const nonce = new Uint8Array(12);
      assert.equal(toHex(aeadSeal(aliceKeys.sendKey, nonce, EMPTY, hex(third!.payload))), third!.ciphertext);
      assert.equal(toHex(aeadSeal(bobKeys.sendKey, nonce, EMPTY, hex(fourth!.payload))), fourth!.ciphertext);
    });
  });

  for (const pattern of PATTERNS) {
    test(`${pattern}: fresh ephemeral keys come from the random source and give fresh transport keys`, () => {
      let draws = 0;
      const fillRandom = (bytes: Uint8Array): void => bytes.set(seededBytes(`draw ${draws++}`, bytes.length));
      const seen = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const fixed = { ...common, pattern, fillRandom };
        const alice = new NoiseHandshake({
          ...fixed,
          role: 'initiator',
          ...(pattern === 'NKpsk0' ? { remoteStatic: responderStatic.publicKey } : {}),
        });
        const bob = new NoiseHandshake({
          ...fixed,
          role: 'responder',
          ...(pattern === 'NKpsk0' ? { localStatic: responderStatic } : {}),
        });
        const offered = bob.readMessage(alice.writeMessage(utf8Encode('offer')));
        assert.equal(offered && utf8Decode(offered), 'offer');
        const answered = alice.readMessage(bob.writeMessage(utf8Encode('answer')));
        assert.equal(answered && utf8Decode(answered), 'answer');
        const keys = alice.split();
        seen.add(toHex(keys.sendKey)).add(toHex(keys.receiveKey));
      }
      assert.equal(draws, 6);
      assert.equal(seen.size, 6, 'no key comes twice');
    });

    test(`${pattern}: a first message with any bit flipped, or cut, is refused and kills the handshake`, () => {
      const message = initiator(pattern).writeMessage(utf8Encode('hi'));
      for (let bit = 0; bit < 8 * message.length; bit++) {
        const bent = message.slice();
        bent[bit >> 3]! ^= 1 << (bit & 7);
        const bob = responder(pattern);
        assert.equal(bob.readMessage(bent), null, `bit ${bit}`);
        assert.equal(bob.readMessage(message), null, `bit ${bit}: the handshake is dead`);
        assert.throws(() => bob.writeMessage(EMPTY), isEncryptFailed, `bit ${bit}`);
      }
      for (let cut = 0; cut < message.length; cut++) {
        assert.equal(responder(pattern).readMessage(message.subarray(0, cut)), null, `cut to ${cut}`);
      }
      assert.notEqual(responder(pattern).readMessage(message), null, 'the intact message is accepted');
    });

    test(`${pattern}: a second message with any bit flipped, or cut, is refused and gives no keys`, () => {
      const bob = responder(pattern);
      assert.ok(bob.readMessage(initiator(pattern).writeMessage(EMPTY)));
      const message = bob.writeMessage(utf8Encode('ok'));
      const started = (): NoiseHandshake => {
        const alice = initiator(pattern);
        alice.writeMessage(EMPTY);
        return alice;
      };
      for (let bit = 0; bit < 8 * message.length; bit++) {
        const bent = message.slice();
        bent[bit >> 3]! ^= 1 << (bit & 7);
        const alice = started();
        assert.equal(alice.readMessage(bent), null, `bit ${bit}`);
        assert.equal(alice.isComplete, false);
        assert.throws(() => alice.split(), isEncryptFailed, `bit ${bit}`);
      }
      for (let cut = 0; cut < message.length; cut++) {
        assert.equal(started().readMessage(message.subarray(0, cut)), null, `cut to ${cut}`);
      }
      const alice = started();
      assert.ok(alice.readMessage(message));
      assert.ok(alice.split());
    });

    test(`${pattern}: another psk or another prologue is refused`, () => {
      const message = initiator(pattern).writeMessage(EMPTY);
      assert.equal(responder(pattern, { psk: seededBytes('other psk', 32) }).readMessage(message), null);
      assert.equal(responder(pattern, { prologue: utf8Encode('prologuf') }).readMessage(message), null);
    });

    test(`${pattern}: ephemeral keys of low order are refused`, () => {
      // 0, 1 and p - 1: with them the shared secret would be zero whatever our key is.
      const minusOne = new Uint8Array(32).fill(0xff);
      minusOne[0] = 0xec;
      minusOne[31] = 0x7f;
      const one = new Uint8Array(32);
      one[0] = 1;
      for (const lowOrder of [new Uint8Array(32), one, minusOne]) {
        const bent: KeyPair = { privateKey: seededBytes('any', 32), publicKey: lowOrder };
        const message = initiator(pattern, { ephemeral: bent }).writeMessage(EMPTY);
        const bob = responder(pattern);
        if (pattern === 'NKpsk0') {
          assert.equal(bob.readMessage(message), null);
        } else {
          assert.ok(bob.readMessage(message), 'NN does its first key agreement when answering');
          assert.throws(() => bob.writeMessage(EMPTY), isEncryptFailed);
          assert.throws(() => bob.split(), isEncryptFailed);
        }
      }
    });

    test(`${pattern}: messages out of turn and an early or a second split are refused`, () => {
      assert.throws(() => responder(pattern).writeMessage(EMPTY), isEncryptFailed);
      const alice = initiator(pattern);
      const bob = responder(pattern);
      assert.throws(() => alice.split(), isEncryptFailed);
      const first = alice.writeMessage(EMPTY);
      assert.throws(() => alice.writeMessage(EMPTY), isEncryptFailed);
      assert.ok(bob.readMessage(first));
      assert.ok(alice.readMessage(bob.writeMessage(EMPTY)));
      assert.throws(() => alice.writeMessage(EMPTY), isEncryptFailed);
      alice.split();
      assert.throws(() => alice.split(), isEncryptFailed);
      assert.equal(initiator(pattern).readMessage(first), null, 'the initiator does not read first');
    });
  }

  test('NKpsk0: a message for another static key is refused', () => {
    const other = keyPair(seededBytes('other static', 32));
    const message = initiator('NKpsk0', { remoteStatic: other.publicKey }).writeMessage(EMPTY);
    assert.equal(responder('NKpsk0').readMessage(message), null);
  });

  test('NKpsk0: a pinned key of low order is refused before anything is sent', () => {
    const alice = initiator('NKpsk0', { remoteStatic: new Uint8Array(32) });
    assert.throws(() => alice.writeMessage(EMPTY), isEncryptFailed);
  });

  test('a missing or malformed key is a bad argument', () => {
    assert.throws(() => initiator('NNpsk0', { psk: new Uint8Array(31) }), isBadArgument);
    assert.throws(() => initiator('NKpsk0', { remoteStatic: new Uint8Array(33) }), isBadArgument);
    assert.throws(
      () => new NoiseHandshake({ ...common, pattern: 'NKpsk0', role: 'responder' }),
      isBadArgument,
    );
    assert.throws(
      () => new NoiseHandshake({ ...common, pattern: 'NKpsk0', role: 'initiator' }),
      isBadArgument,
    );
  });

  test('a generated key pair fits together', () => {
    const pair = generateKeyPair((bytes) => bytes.set(seededBytes('pair', bytes.length)));
    assert.equal(toHex(pair.privateKey), toHex(seededBytes('pair', 32)));
    assert.equal(toHex(pair.publicKey), toHex(x25519PublicKey(pair.privateKey)));
  });
});
