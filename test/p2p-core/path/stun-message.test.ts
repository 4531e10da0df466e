import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as zlib from 'node:zlib';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { MAX_STUN_BYTES, StunAttribute, StunClass } from '../../../p2p-core/path/stun-attributes';
import { buildBindingRequest, StunBuilder } from '../../../p2p-core/path/stun-builder';
import {
  fingerprintOf,
  hasValidIntegrity,
  isStunMessage,
  parseStunMessage,
  stunUsernameTarget,
} from '../../../p2p-core/path/stun-message';
import { seededFill, seededRandom } from './support/random';

const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const KEY = utf8Encode('the password of the test');
const build = (messageClass: StunClass = StunClass.Request) => new StunBuilder(messageClass, ID);

/** A message that has all the attributes there are. */
function everything(): Uint8Array {
  return build(StunClass.Error)
    .software('x')
    .username('local:remote')
    .priority(0x7effffff)
    .useCandidate()
    .attribute(StunAttribute.IceControlling, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
    .attribute(StunAttribute.IceControlled, Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1))
    .xorMappedAddress({ address: '203.0.113.9', port: 54321 })
    .plainAddress(StunAttribute.MappedAddress, { address: '2001:db8::5', port: 1 })
    .plainAddress(StunAttribute.OtherAddress, { address: '198.51.100.2', port: 3479 })
    .errorCode(487)
    .unknownAttributes([0x7fff, 0x0003, 0x0019])
    .integrity(KEY)
    .fingerprint()
    .finish();
}

describe('parseStunMessage', () => {
  test('reads back every attribute the builder writes', () => {
    const message = parseStunMessage(everything())!;

    assert.equal(message.messageClass, StunClass.Error);
    assert.equal(message.software, 'x');
    assert.equal(message.username, 'local:remote');
    assert.equal(message.priority, 0x7effffff);
    assert.equal(message.useCandidate, true);
    assert.deepEqual([...message.iceControlling!], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([...message.iceControlled!], [8, 7, 6, 5, 4, 3, 2, 1]);
    assert.deepEqual(message.xorMappedAddress, { address: '203.0.113.9', port: 54321 });
    assert.deepEqual(message.mappedAddress, { address: '2001:db8::5', port: 1 });
    assert.deepEqual(message.otherAddress, { address: '198.51.100.2', port: 3479 });
    assert.deepEqual(message.error, { code: 487, reason: '' });
    assert.deepEqual(message.unknownAttributes, [0x7fff, 0x0003, 0x0019]);
    assert.deepEqual(message.unknownRequired, []);
    assert.equal(hasValidIntegrity(message, KEY), true);
  });

  test('integrity and fingerprint are those of node:crypto and zlib', () => {
    const bytes = everything();
    const integrityAt = bytes.length - 8 - 24;
    const covered = Buffer.from(bytes.subarray(0, integrityAt));
    covered.writeUInt16BE(integrityAt + 24 - 20, 2);

    const hmac = crypto.createHmac('sha1', KEY).update(covered).digest();
    assert.deepEqual(Buffer.from(bytes.subarray(integrityAt + 4, integrityAt + 24)), hmac);
    const crc = (zlib.crc32(bytes.subarray(0, bytes.length - 8)) ^ 0x5354554e) >>> 0;
    assert.equal(Buffer.from(bytes).readUInt32BE(bytes.length - 4), crc);
  });

  test('is null for every truncation, and for bytes that follow', () => {
    const bytes = everything();
    for (let size = 0; size < bytes.length; size++) {
      assert.equal(parseStunMessage(bytes.subarray(0, size)), null, `${size} bytes`);
      assert.equal(stunUsernameTarget(bytes.subarray(0, size)), null, `${size} bytes`);
    }
    assert.equal(parseStunMessage(Uint8Array.of(...bytes, 0, 0, 0, 0)), null);
  });

  test('is null for a truncation whose header claims the shorter length', () => {
    const bytes = build().username('local:remote').software('abc').finish();
    // After the header and after USERNAME the message is complete.
    const whole = [20, 36];
    for (let size = 20; size < bytes.length; size++) {
      const cut = bytes.slice(0, size);
      cut[3] = size - 20;
      assert.equal(parseStunMessage(cut) !== null, whole.includes(size), `${size} bytes`);
    }
  });

  const addressValue = (family: number, size: number) =>
    Uint8Array.of(0, family, ...new Uint8Array(size - 2));
  const broken: [string, number, Uint8Array][] = [
    ['an IPv4 address of 7 bytes', StunAttribute.XorMappedAddress, addressValue(1, 7)],
    ['an IPv4 address of 20 bytes', StunAttribute.XorMappedAddress, addressValue(1, 20)],
    ['an IPv6 address of 8 bytes', StunAttribute.MappedAddress, addressValue(2, 8)],
    ['an address of an unknown family', StunAttribute.OtherAddress, addressValue(3, 8)],
    ['an empty address', StunAttribute.XorMappedAddress, new Uint8Array(0)],
    ['a priority of 3 bytes', StunAttribute.Priority, new Uint8Array(3)],
    ['a tie-breaker of 7 bytes', StunAttribute.IceControlling, new Uint8Array(7)],
    ['a tie-breaker of 9 bytes', StunAttribute.IceControlled, new Uint8Array(9)],
    ['a USE-CANDIDATE with a value', StunAttribute.UseCandidate, new Uint8Array(1)],
    ['an error code of 3 bytes', StunAttribute.ErrorCode, new Uint8Array(3)],
    ['an error code of 200', StunAttribute.ErrorCode, Uint8Array.of(0, 0, 2, 0)],
    ['an error code of 700', StunAttribute.ErrorCode, Uint8Array.of(0, 0, 7, 0)],
    ['an error number of 100', StunAttribute.ErrorCode, Uint8Array.of(0, 0, 4, 100)],
    ['half an unknown attribute', StunAttribute.UnknownAttributes, new Uint8Array(3)],
    ['130 unknown attributes', StunAttribute.UnknownAttributes, new Uint8Array(260)],
    ['an integrity of 19 bytes', StunAttribute.MessageIntegrity, new Uint8Array(19)],
    ['an integrity of 32 bytes', StunAttribute.MessageIntegrity, new Uint8Array(32)],
    ['a fingerprint of 8 bytes', StunAttribute.Fingerprint, new Uint8Array(8)],
    ['a username of 514 bytes', StunAttribute.Username, new Uint8Array(514)],
    ['a software name of 764 bytes', StunAttribute.Software, new Uint8Array(764)],
  ];
  for (const [what, type, value] of broken) {
    test(`is null for ${what}`, () => {
      assert.equal(parseStunMessage(build().attribute(type, value).finish()), null);
    });
  }

  test('takes the longest username and software name that the RFC allows', () => {
    const message = parseStunMessage(build().username('u'.repeat(513)).software('s'.repeat(763)).finish());
    assert.equal(message?.username?.length, 513);
    assert.equal(message?.software?.length, 763);
  });

  test('believes nothing after MESSAGE-INTEGRITY but the fingerprint', () => {
    const message = parseStunMessage(
      build()
        .integrity(KEY)
        .username('evil:one')
        .useCandidate()
        .priority(5)
        .attribute(0x7777, ID)
        .fingerprint()
        .finish(),
    )!;

    assert.equal(message.username, null);
    assert.equal(message.useCandidate, false);
    assert.equal(message.priority, null);
    assert.deepEqual(message.unknownRequired, []);
    assert.equal(hasValidIntegrity(message, KEY), true);
  });

  test('is null when anything follows the fingerprint, even with the right value', () => {
    const fingerprintAt = 20;
    const bytes = build().attribute(StunAttribute.Fingerprint, new Uint8Array(4)).software('late').finish();
    new DataView(bytes.buffer).setUint32(fingerprintAt + 4, fingerprintOf(bytes, fingerprintAt));
    assert.equal(parseStunMessage(bytes), null);
  });

  test('takes the first of repeated attributes', () => {
    const message = parseStunMessage(
      build().username('first:x').username('second:x').priority(0).priority(7).finish(),
    )!;
    assert.equal(message.username, 'first:x');
    assert.equal(message.priority, 0);
  });

  test('lists unknown attributes that must be understood and skips those that need not', () => {
    const message = parseStunMessage(
      build().attribute(0x7777, ID).attribute(0x9999, ID).attribute(0x0019, new Uint8Array(0)).finish(),
    )!;
    assert.deepEqual(message.unknownRequired, [0x7777, 0x0019]);
  });

  test('takes 64 attributes and no more', () => {
    const of = (count: number) => {
      const builder = build();
      for (let i = 0; i < count; i++) builder.attribute(0x9999, new Uint8Array(0));
      return parseStunMessage(builder.finish());
    };
    assert.notEqual(of(64), null);
    assert.equal(of(65), null);
  });

  test('reads the method around the class bits', () => {
    const bytes = buildBindingRequest(ID).slice(0, 20);
    bytes[3] = 0;
    for (const method of [0x001, 0x003, 0x00f, 0x010, 0x07f, 0x080, 0xfff]) {
      for (const messageClass of Object.values(StunClass)) {
        const type = (method & 0x0f) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | messageClass;
        bytes[0] = type >> 8;
        bytes[1] = type;
        const message = parseStunMessage(bytes)!;
        assert.deepEqual([message.method, message.messageClass], [method, messageClass]);
      }
    }
  });

  test('a wrong key, a missing integrity and a longer key of the same start are refused', () => {
    const message = parseStunMessage(build().integrity(KEY).finish())!;
    assert.equal(hasValidIntegrity(message, KEY), true);
    assert.equal(hasValidIntegrity(message, utf8Encode('the password of the tesu')), false);
    assert.equal(hasValidIntegrity(message, utf8Encode('the password of the test ')), false);
    assert.equal(hasValidIntegrity(parseStunMessage(build().finish())!, KEY), false);
  });
});

describe('isStunMessage', () => {
  const good = buildBindingRequest(ID);

  test('tells STUN from packets, TURN channels and text', () => {
    assert.equal(isStunMessage(good), true);
    for (const first of [0x40, 0x4f, 0x80, 0xc0, 0xff]) {
      assert.equal(isStunMessage(Uint8Array.of(first, ...good.subarray(1))), false);
    }
    assert.equal(isStunMessage(new Uint8Array(0)), false);
    assert.equal(isStunMessage(new Uint8Array(28)), false);
  });

  test('refuses a length that is not the datagram, no multiple of 4, or above the limit', () => {
    const bent = good.slice();
    bent[3] = 12;
    assert.equal(isStunMessage(bent), false);
    const odd = Uint8Array.of(...good.subarray(0, 22));
    odd[3] = 2;
    assert.equal(isStunMessage(odd), false);
    const large = new Uint8Array(MAX_STUN_BYTES + 4);
    large.set(good);
    large[2] = (large.length - 20) >> 8;
    large[3] = (large.length - 20) & 0xff;
    assert.equal(isStunMessage(large), false);
    const largest = large.slice(0, MAX_STUN_BYTES);
    largest[2] = (largest.length - 20) >> 8;
    largest[3] = (largest.length - 20) & 0xff;
    assert.equal(isStunMessage(largest), true);
  });
});

describe('stunUsernameTarget', () => {
  test('is the part before the colon, of requests only', () => {
    assert.equal(stunUsernameTarget(build().software('a').username('abcd:wxyz').finish()), 'abcd');
    assert.equal(stunUsernameTarget(build().username('abcd').finish()), null);
    assert.equal(stunUsernameTarget(build().username(':wxyz').finish()), null);
    assert.equal(stunUsernameTarget(build().finish()), null);
    assert.equal(stunUsernameTarget(build(StunClass.Success).username('abcd:wxyz').finish()), null);
    assert.equal(
      stunUsernameTarget(build().attribute(StunAttribute.Username, new Uint8Array(514)).finish()),
      null,
    );
  });
});

describe('fuzz', () => {
  test('60 000 random and mutated messages are read or refused, never thrown at', () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? 20240607);
    const random = seededRandom(seed);
    const fill = seededFill(seed + 1);
    const samples = [
      everything(),
      build().username('local:remote').priority(1).useCandidate().finish(),
      build(StunClass.Success).xorMappedAddress({ address: '1.2.3.4', port: 5 }).software('name').finish(),
      buildBindingRequest(ID),
    ];
    let parsed = 0;
    for (let round = 0; round < 60_000; round++) {
      let bytes: Uint8Array;
      if (round % 4 === 0) {
        bytes = new Uint8Array(Math.floor(random() * 120));
        fill(bytes);
      } else {
        bytes = samples[round % samples.length]!.slice(
          0,
          random() < 0.2 ? Math.floor(random() * 140) : undefined,
        );
        for (let i = Math.floor(random() * 6); i > 0 && bytes.length > 0; i--) {
          bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
        }
      }
      // Half of them get past the header, so that the attributes are reached.
      if (bytes.length >= 20 && round % 2 === 0) {
        bytes = bytes.subarray(0, bytes.length & ~3);
        bytes.set([
          round & 1,
          1,
          (bytes.length - 20) >> 8,
          (bytes.length - 20) & 0xff,
          0x21,
          0x12,
          0xa4,
          0x42,
        ]);
      }
      const before = bytes.slice();
      try {
        const message = parseStunMessage(bytes);
        stunUsernameTarget(bytes);
        if (message !== null) {
          parsed++;
          if (round % 16 === 0) hasValidIntegrity(message, KEY);
        }
      } catch (error) {
        assert.fail(`seed ${seed} round ${round}: ${Buffer.from(before).toString('hex')}: ${String(error)}`);
      }
      assert.deepEqual(bytes, before, `seed ${seed} round ${round}: input was changed`);
    }
    assert.ok(parsed > 5000, `only ${parsed} inputs got through the header`);
  });
});
