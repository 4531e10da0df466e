import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chacha20poly1305 as nobleChaCha20Poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes } from '../../../p2p-core/bytes/concat';
import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { chacha20Keystream, chacha20Xor, wordsBehind } from '../../../p2p-core/crypto/chacha20';
import { chacha20Key, littleEndianWord } from '../../../p2p-core/crypto/chacha20-block';
import {
  aeadOpen,
  aeadSeal,
  ChaChaPolyOpener,
  ChaChaPolySealer,
} from '../../../p2p-core/crypto/chacha20-poly1305';
import { poly1305Absorb, poly1305Finish, poly1305Start } from '../../../p2p-core/crypto/poly1305';
import { isErrorResult } from '../../../p2p-core/errors';
import type { PacketOpener, PacketSealer } from '../../../p2p-core/transport/types';
import { hex, readVectors } from './read-vectors';
import { seededBytes } from './seeded-bytes';

interface Rfc8439 {
  chacha20: {
    name: string;
    key: string;
    nonce: string;
    counter: number;
    plaintext: string;
    ciphertext: string;
  }[];
  poly1305: { name: string; key: string; message: string; tag: string }[];
  aead: {
    name: string;
    key: string;
    nonce: string;
    aad: string;
    plaintext: string;
    ciphertext: string;
    tag: string;
  }[];
}
const rfc8439 = readVectors<Rfc8439>('rfc8439.json');

const SUNSCREEN = utf8Encode(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
);
const TAG_BYTES = 16;
const isBadArgument = (thrown: unknown): boolean => isErrorResult(thrown) && thrown.errcode === -2000;
const nonceWords = (nonce: Uint8Array): [number, number, number] => [
  littleEndianWord(nonce, 0),
  littleEndianWord(nonce, 4),
  littleEndianWord(nonce, 8),
];
/** One block of key stream as bytes, least significant byte of a word first. */
function block(key: Uint8Array, counter: number, nonce: Uint8Array): Uint8Array {
  const words = chacha20Keystream(chacha20Key(key), counter, ...nonceWords(nonce));
  return Uint8Array.from({ length: 64 }, (_, i) => words[i >> 2]! >>> (8 * (i & 3)));
}
/** The nonce of packet number `packetNumber`, as the transport defines it. */
function packetNonce(packetNumber: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(packetNumber), true);
  return nonce;
}

describe('the ChaCha20 block function', () => {
  test('gives the published key stream blocks', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    // RFC 8439 §2.3.2.
    assert.equal(
      toHex(block(key, 1, hex('000000090000004a00000000'))),
      '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
    );
    // §2.6.2, then appendix A.4 #2 and #3: the one-time key is the first half of block 0.
    const oneTimeKeys: [string, string, string][] = [
      [
        '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
        '000000000001020304050607',
        '8ad5a08b905f81cc815040274ab29471a833b637e3fd0da508dbb8e2fdd1a646',
      ],
      [
        '0000000000000000000000000000000000000000000000000000000000000001',
        '000000000000000000000002',
        'ecfa254f845f647473d3cb140da9e87606cb33066c447b87bc2666dde3fbb739',
      ],
      [
        '1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0',
        '000000000000000000000002',
        '965e3bc6f9ec7ed9560808f4d229f94b137ff275ca9b3fcbdd59deaad23310ae',
      ],
    ];
    for (const [oneTimeFrom, nonce, expected] of oneTimeKeys) {
      assert.equal(toHex(block(hex(oneTimeFrom), 0, hex(nonce)).subarray(0, 32)), expected);
    }
  });

  for (const vector of rfc8439.chacha20) {
    test(`encrypts the text of appendix ${vector.name}`, () => {
      const text = hex(vector.plaintext);
      for (let at = 0; at < text.length; at++) {
        const stream = block(hex(vector.key), vector.counter + (at >> 6), hex(vector.nonce));
        text[at]! ^= stream[at & 63]!;
      }
      assert.equal(toHex(text), vector.ciphertext);
    });
  }
});

describe('ChaCha20 from block 1 on', () => {
  test('encrypts the published text at every alignment', () => {
    // RFC 8439 §2.4.2.
    const expected =
      '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d';
    const key = chacha20Key(Uint8Array.from({ length: 32 }, (_, i) => i));
    for (let offset = 0; offset < 8; offset++) {
      const bytes = new Uint8Array(new ArrayBuffer(200), offset % 3, 190);
      const end = offset + SUNSCREEN.length;
      bytes.set(SUNSCREEN, offset);
      chacha20Xor(
        key,
        ...nonceWords(hex('000000000000004a00000000')),
        bytes,
        wordsBehind(bytes),
        offset,
        end,
      );
      assert.equal(toHex(bytes.subarray(offset, end)), expected, `offset ${offset}`);
      assert.equal(
        toHex(bytes.subarray(0, offset)) + toHex(bytes.subarray(end)),
        '00'.repeat(190 - SUNSCREEN.length),
        `nothing outside is touched, offset ${offset}`,
      );
    }
  });
});

describe('Poly1305', () => {
  /** Poly1305 proper (§2.5): a short last block gets a 1 byte appended instead of the bit above it. */
  function poly1305(key: Uint8Array, message: Uint8Array): string {
    const whole = message.length - (message.length % 16);
    const words = Int32Array.from({ length: 8 }, (_, i) => littleEndianWord(key, 4 * i));
    poly1305Start(words);
    poly1305Absorb(message, wordsBehind(message), 0, whole);
    if (whole < message.length) {
      const last = concatBytes(message.subarray(whole), Uint8Array.of(1));
      poly1305Absorb(last, wordsBehind(last), 0, last.length, 0);
    }
    const tag = new Uint8Array(20);
    poly1305Finish(tag, 2);
    assert.equal(toHex(tag.subarray(0, 2)) + toHex(tag.subarray(18)), '00000000');
    return toHex(tag.subarray(2, 18));
  }

  test('gives the published tag', () => {
    // RFC 8439 §2.5.2.
    assert.equal(
      poly1305(
        hex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b'),
        utf8Encode('Cryptographic Forum Research Group'),
      ),
      'a8061dc1305136c6c22b8baf0c0127a9',
    );
  });

  for (const vector of rfc8439.poly1305) {
    test(`gives the tag of appendix ${vector.name}`, () => {
      assert.equal(poly1305(hex(vector.key), hex(vector.message)), vector.tag);
    });
  }

  test('reduces right for every small distance from the prime, as computed with whole numbers', () => {
    // With r = 1 the accumulator is the plain sum of the blocks, so blocks can steer it to any value around 2^130 - 5.
    const key = new Uint8Array(32);
    key[0] = 1;
    const prime = (1n << 130n) - 5n;
    const toBlock = (value: bigint): Uint8Array =>
      Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
    for (let distance = -40n; distance <= 40n; distance++) {
      // Four blocks with their bits above: 4 * 2^128 = 2^130, so the values must sum to 2^130 * k - 5 + distance - 2^130.
      const rest = distance - 5n;
      const values = rest >= 0n ? [rest, 0n, 0n, 0n] : [(1n << 128n) + rest, 0n, 0n];
      const sum = values.reduce((total, value) => total + value + (1n << 128n), 0n);
      const expected = (sum % prime) & ((1n << 128n) - 1n);
      const message = concatBytes(...values.map(toBlock));
      assert.equal(poly1305(key, message), toHex(toBlock(expected)), `distance ${distance}`);
    }
  });
});

describe('AEAD with copies', () => {
  test('seals and opens the published example', () => {
    for (const vector of rfc8439.aead) {
      const [key, nonce, aad] = [hex(vector.key), hex(vector.nonce), hex(vector.aad)];
      assert.equal(
        toHex(aeadSeal(key, nonce, aad, hex(vector.plaintext))),
        vector.ciphertext + vector.tag,
        vector.name,
      );
      const opened = aeadOpen(key, nonce, aad, hex(vector.ciphertext + vector.tag));
      assert.equal(opened && toHex(opened), vector.plaintext, vector.name);
    }
  });

  test('accepts and refuses the Wycheproof vectors as they say', () => {
    interface Vector {
      tcId: number;
      comment: string;
      key: string;
      iv: string;
      aad: string;
      msg: string;
      ct: string;
      tag: string;
      result: 'valid' | 'invalid';
    }
    const { tests } = readVectors<{ tests: Vector[] }>('wycheproof-chacha20-poly1305.json');
    assert.equal(tests.length, 300);
    for (const vector of tests) {
      const what = `tcId ${vector.tcId}: ${vector.comment}`;
      const [key, nonce, aad] = [hex(vector.key), hex(vector.iv), hex(vector.aad)];
      const sealed = hex(vector.ct + vector.tag);
      if (nonce.length !== 12) {
        assert.equal(vector.result, 'invalid', what);
        assert.throws(() => aeadOpen(key, nonce, aad, sealed), isBadArgument, what);
        assert.throws(() => aeadSeal(key, nonce, aad, hex(vector.msg)), isBadArgument, what);
        continue;
      }
      const opened = aeadOpen(key, nonce, aad, sealed);
      if (vector.result === 'valid') {
        assert.equal(opened && toHex(opened), vector.msg, what);
        assert.equal(toHex(aeadSeal(key, nonce, aad, hex(vector.msg))), vector.ct + vector.tag, what);
      } else {
        assert.equal(opened, null, what);
      }
    }
  });

  test('agrees with an independent implementation for all lengths up to 300 and unaligned input', () => {
    const key = seededBytes('aead key', 32);
    const pool = seededBytes('aead pool', 340);
    for (let length = 0; length <= 300; length++) {
      const nonce = seededBytes(`aead nonce ${length}`, 12);
      const aad = pool.subarray(length % 5, (length % 5) + (length % 37));
      const plaintext = pool.subarray(length % 4, (length % 4) + length);
      const sealed = aeadSeal(key, nonce, aad, plaintext);
      assert.equal(
        toHex(sealed),
        toHex(nobleChaCha20Poly1305(key, nonce, aad).encrypt(plaintext)),
        `${length} bytes`,
      );
      const unaligned = new Uint8Array(sealed.length + 3).subarray(length % 4);
      unaligned.set(sealed);
      const opened = aeadOpen(key, nonce, aad, unaligned.subarray(0, sealed.length));
      assert.equal(opened && toHex(opened), toHex(plaintext), `${length} bytes`);
    }
  });

  test('refuses keys of another length and input without room for a tag', () => {
    const nonce = new Uint8Array(12);
    assert.throws(() => aeadSeal(new Uint8Array(31), nonce, nonce, nonce), isBadArgument);
    assert.throws(() => new ChaChaPolySealer(new Uint8Array(33)), isBadArgument);
    assert.throws(() => new ChaChaPolyOpener(new Uint8Array(0)), isBadArgument);
    for (let length = 0; length < TAG_BYTES; length++) {
      assert.equal(
        aeadOpen(new Uint8Array(32), nonce, nonce, new Uint8Array(length)),
        null,
        `${length} bytes`,
      );
    }
  });
});

describe('packet AEAD', () => {
  const key = seededBytes('packet key', 32);

  test('seals in place what an independent implementation seals, for all lengths, headers and alignments', () => {
    const sealer: PacketSealer = new ChaChaPolySealer(key);
    const opener: PacketOpener = new ChaChaPolyOpener(key);
    const pool = seededBytes('packet pool', 400);
    for (let length = 0; length <= 300; length++) {
      for (let offset = 0; offset < 4; offset++) {
        const headerBytes = (length + 3 * offset) % 13;
        const end = headerBytes + length;
        const packetNumber = length * 4 + offset;
        const what = `${length} bytes after a ${headerBytes}-byte header at offset ${offset}`;
        const packet = new Uint8Array(400).subarray(offset);
        packet.set(pool.subarray(0, end));
        assert.equal(sealer.seal(packet, headerBytes, end, packetNumber), end + TAG_BYTES, what);
        const aad = pool.subarray(0, headerBytes);
        const expected = nobleChaCha20Poly1305(key, packetNonce(packetNumber), aad).encrypt(
          pool.subarray(headerBytes, end),
        );
        assert.equal(toHex(packet.subarray(0, end + TAG_BYTES)), toHex(concatBytes(aad, expected)), what);
        assert.ok(
          packet.subarray(end + TAG_BYTES).every((byte) => byte === 0),
          what,
        );
        assert.equal(opener.open(packet, headerBytes, end + TAG_BYTES, packetNumber), end, what);
        assert.equal(toHex(packet.subarray(0, end)), toHex(pool.subarray(0, end)), what);
      }
    }
  });

  test('puts packet numbers beyond 32 bits into the nonce', () => {
    for (const packetNumber of [
      0,
      1,
      0x7fffffff,
      0x80000000,
      0xffffffff,
      0x100000000,
      Number.MAX_SAFE_INTEGER,
    ]) {
      const packet = new Uint8Array(8 + 20 + TAG_BYTES);
      new ChaChaPolySealer(key).seal(packet, 8, 28, packetNumber);
      const expected = nobleChaCha20Poly1305(key, packetNonce(packetNumber), new Uint8Array(8)).encrypt(
        new Uint8Array(20),
      );
      assert.equal(toHex(packet.subarray(8)), toHex(expected), `packet number ${packetNumber}`);
    }
  });

  test('refuses a packet with any bit flipped, and releases nothing of it', () => {
    const opener = new ChaChaPolyOpener(key);
    const packet = seededBytes('packet to bend', 8 + 77 + TAG_BYTES);
    const end = new ChaChaPolySealer(key).seal(packet, 8, 85, 7);
    const intact = packet.slice();
    for (let bit = 0; bit < 8 * end; bit++) {
      packet[bit >> 3]! ^= 1 << (bit & 7);
      const bent = packet.slice();
      assert.equal(opener.open(packet, 8, end, 7), -1, `bit ${bit}`);
      assert.equal(toHex(packet), toHex(bent), `bit ${bit}: the buffer stays as it came`);
      packet.set(intact);
    }
    assert.equal(opener.open(packet, 8, end, 7), 85, 'the intact packet still opens');
  });

  test('refuses another packet number, another key, another header length and every truncation', () => {
    const opener = new ChaChaPolyOpener(key);
    const packet = seededBytes('packet to cut', 8 + 40 + TAG_BYTES);
    const end = new ChaChaPolySealer(key).seal(packet, 8, 48, 7);
    assert.equal(opener.open(packet, 8, end, 8), -1);
    assert.equal(opener.open(packet, 8, end, 7 + 0x100000000), -1);
    assert.equal(opener.open(packet, 4, end, 7), -1);
    assert.equal(opener.open(packet, 12, end, 7), -1);
    assert.equal(new ChaChaPolyOpener(seededBytes('another key', 32)).open(packet, 8, end, 7), -1);
    for (let cut = 0; cut < end; cut++) assert.equal(opener.open(packet, 8, cut, 7), -1, `cut to ${cut}`);
    assert.equal(opener.open(packet, 8, end + 1, 7), -1, 'an end beyond the buffer');
    assert.equal(opener.open(packet, 8, end, 7), 48);
  });

  test('throws instead of sealing when there is no room for the tag', () => {
    const packet = seededBytes('packet without room', 40);
    const before = toHex(packet);
    const isEncryptFailed = (thrown: unknown): boolean => isErrorResult(thrown) && thrown.errcode === -2501;
    assert.throws(() => new ChaChaPolySealer(key).seal(packet, 8, 25, 0), isEncryptFailed);
    assert.throws(() => new ChaChaPolySealer(key).seal(packet, 8, 7, 0), isEncryptFailed);
    assert.equal(toHex(packet), before);
  });

  test('works when one sealer moves between buffers', () => {
    const sealer = new ChaChaPolySealer(key);
    const [first, second] = [new Uint8Array(60), new Uint8Array(61).subarray(1)];
    for (let i = 0; i < 4; i++) {
      const packet = i % 2 === 0 ? first : second;
      packet.fill(i);
      const expected = nobleChaCha20Poly1305(key, packetNonce(i), packet.slice(0, 8)).encrypt(
        packet.slice(8, 44),
      );
      sealer.seal(packet, 8, 44, i);
      assert.equal(toHex(packet.subarray(8)), toHex(expected), `packet ${i}`);
    }
  });
});
