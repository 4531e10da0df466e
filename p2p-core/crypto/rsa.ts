import { concatBytes } from '../bytes/concat';
import { sha256 } from './sha256';

/**
 * Verifies RSA signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 §8.2.2) with the public exponent 3. Of all signatures
 * these cost least to verify: four multiplications, a millisecond without a JIT, where a curve takes a hundred times that.
 * The padding is compared as a whole, so the freedom that forgers with exponent 3 need is not there.
 *
 * Numbers are arrays of limbs, the lowest first. A product of two limbs has 44 bits; 512 of them stay exact in a double.
 */
const LIMB_BITS = 22;
const LIMB = 1 << LIMB_BITS;
const MIN_MODULUS_BYTES = 128;
const MAX_MODULUS_BYTES = 512;

/** DigestInfo of SHA-256 (RFC 8017 §9.2, note 1), in front of the hash. */
const DIGEST_INFO = Uint8Array.of(
  0x30,
  0x31,
  0x30,
  0x0d,
  0x06,
  0x09,
  0x60,
  0x86,
  0x48,
  0x01,
  0x65,
  0x03,
  0x04,
  0x02,
  0x01,
  0x05,
  0x00,
  0x04,
  0x20,
);

/** `modulus` is big endian without leading zeros, 1024 to 4096 bits; a signature is as long. False for all else. */
export function rsaVerifySha256(modulus: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const size = modulus.length;
  if (size < MIN_MODULUS_BYTES || size > MAX_MODULUS_BYTES || signature.length !== size) return false;
  if ((modulus[0]! & 0x80) === 0 || (modulus[size - 1]! & 1) === 0) return false;
  const limbCount = Math.ceil((size * 8 + 2) / LIMB_BITS);
  const n = toLimbs(modulus, limbCount);
  const s = toLimbs(signature, limbCount);
  if (!isBelow(s, n)) return false;
  const inverse = negativeInverse(n[0]!);
  // Each product is short of a factor R. So is, twice, what it is compared with: no conversion is needed.
  const cubed = multiply(multiply(s, s, n, inverse), s, n, inverse);
  const one = new Float64Array(limbCount);
  one[0] = 1;
  const expected = toLimbs(paddedHash(message, size), limbCount);
  const wanted = multiply(multiply(expected, one, n, inverse), one, n, inverse);
  for (let i = 0; i < limbCount; i++) if (cubed[i] !== wanted[i]) return false;
  return true;
}

/** EMSA-PKCS1-v1_5 (RFC 8017 §9.2). */
function paddedHash(message: Uint8Array, size: number): Uint8Array {
  const tail = concatBytes(DIGEST_INFO, sha256(message));
  const padded = new Uint8Array(size).fill(0xff);
  padded[0] = 0;
  padded[1] = 1;
  padded[size - tail.length - 1] = 0;
  padded.set(tail, size - tail.length);
  return padded;
}

function toLimbs(bytes: Uint8Array, limbCount: number): Float64Array {
  const limbs = new Float64Array(limbCount);
  for (let i = 0; i < bytes.length; i++) {
    const bit = (bytes.length - 1 - i) * 8;
    const at = Math.floor(bit / LIMB_BITS);
    const shifted = bytes[i]! * 2 ** (bit % LIMB_BITS);
    limbs[at]! += shifted % LIMB;
    if (shifted >= LIMB) limbs[at + 1]! += Math.floor(shifted / LIMB);
  }
  return limbs;
}

function isBelow(a: Float64Array, b: Float64Array): boolean {
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

/** -1 / x modulo 2^22 for an odd x, by Newton's iteration: each doubles the bits that are right. */
function negativeInverse(x: number): number {
  let inverse = 1;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(x, inverse));
  return -inverse & (LIMB - 1);
}

/** a * b / R modulo n, below n (Montgomery, with R = 2^(22 * limbs) > 4n). Scratch and result are new. */
function multiply(a: Float64Array, b: Float64Array, n: Float64Array, inverse: number): Float64Array {
  const count = n.length;
  const sum = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    const ai = a[i]!;
    const low = sum[0]! + ai * b[0]!;
    const factor = ((low % LIMB) * inverse) % LIMB;
    // The lowest limb becomes 0 and goes out; only its carry stays.
    let carry = Math.floor((low + factor * n[0]!) / LIMB);
    for (let j = 1; j < count; j++) {
      const value = sum[j]! + ai * b[j]! + factor * n[j]! + carry;
      carry = Math.floor(value / LIMB);
      sum[j - 1] = value - carry * LIMB;
    }
    const top = sum[count]! + carry;
    sum[count - 1] = top % LIMB;
    sum[count] = Math.floor(top / LIMB);
  }
  const result = sum.subarray(0, count);
  if (sum[count] === 0 && isBelow(result, n)) return result;
  let borrow = 0;
  for (let j = 0; j < count; j++) {
    const value = result[j]! - n[j]! - borrow;
    borrow = value < 0 ? 1 : 0;
    result[j] = value + borrow * LIMB;
  }
  return result;
}
