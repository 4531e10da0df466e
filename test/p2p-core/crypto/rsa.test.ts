import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { rsaVerifySha256 } from '../../../p2p-core/crypto/rsa';

const modulusOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url'));

describe('RSA signatures', () => {
  for (const modulusLength of [1024, 1040, 1536, 2048]) {
    test(`of OpenSSL with ${modulusLength} bits are verified, and bent ones are not`, () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent: 3 });
      const modulus = modulusOf(publicKey);
      for (let i = 0; i < 30; i++) {
        const message = new Uint8Array(i * 7).fill(i);
        const signature = new Uint8Array(sign('sha256', message, privateKey));
        assert.equal(rsaVerifySha256(modulus, message, signature), true, `message ${i}`);
        const bent = signature.slice();
        bent[(i * 37) % bent.length]! ^= 1 << (i % 8);
        assert.equal(rsaVerifySha256(modulus, message, bent), false);
        assert.equal(rsaVerifySha256(modulus, Uint8Array.of(...message, 0), signature), false);
        assert.equal(rsaVerifySha256(modulus, message, signature.subarray(1)), false);
      }
    });
  }

  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 });
  const modulus = modulusOf(publicKey);
  const message = new Uint8Array(9).fill(1);

  test('with other padding, or of another hash, are refused', () => {
    assert.equal(rsaVerifySha256(modulus, message, sign('sha1', message, privateKey)), false);
    assert.equal(rsaVerifySha256(modulus, message, sign('sha512', message, privateKey)), false);
    const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
    assert.equal(rsaVerifySha256(modulus, message, sign('sha256', message, pss)), false);
  });

  test('forged as a cube root, with free bytes behind the hash, are refused', () => {
    const long = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const head = Buffer.alloc(256);
    const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const hash = createHash('sha256').update(message).digest();
    Buffer.concat([Buffer.from('0001ff00', 'hex'), digestInfo, hash]).copy(head);
    const target = BigInt(`0x${head.toString('hex')}`);
    let root = 1n << 700n;
    for (let bit = 699n; bit >= 0n; bit--) {
      const lower = root - (1n << bit);
      if (lower ** 3n >= target) root = lower;
    }
    const cube = (root ** 3n).toString(16).padStart(512, '0');
    assert.equal(cube.slice(0, 110), head.toString('hex').slice(0, 110), 'a lax verifier would take it');
    const forged = new Uint8Array(Buffer.from(root.toString(16).padStart(512, '0'), 'hex'));
    assert.equal(rsaVerifySha256(modulusOf(long.publicKey), message, forged), false);
  });

  test('are refused that are not below the modulus, and moduli that are none', () => {
    const signature = new Uint8Array(sign('sha256', message, privateKey));
    assert.equal(rsaVerifySha256(modulus, message, modulus), false);
    assert.equal(rsaVerifySha256(modulus, message, new Uint8Array(128).fill(0xff)), false);
    assert.equal(rsaVerifySha256(modulus, message, new Uint8Array(128)), false);
    assert.equal(rsaVerifySha256(new Uint8Array(128), message, signature), false);
    assert.equal(rsaVerifySha256(new Uint8Array(0), message, new Uint8Array(0)), false);
    assert.equal(rsaVerifySha256(new Uint8Array(64).fill(0xff), message, new Uint8Array(64)), false);
    const even = modulus.slice();
    even[127]! &= 0xfe;
    assert.equal(rsaVerifySha256(even, message, signature), false);
  });
});
