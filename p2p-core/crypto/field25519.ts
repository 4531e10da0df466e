/**
 * Arithmetic modulo 2^255 - 19 in doubles, after the floating-point representation of D. J. Bernstein, "Curve25519: new
 * Diffie-Hellman speed records" (2006), §4: no BigInt, and 144 multiplications for a product.
 *
 * An element is the sum of its 12 limbs. Limb i is a multiple of 2^E(i), E(i) = ceil(21.25 i), and carries that weight in
 * its own exponent: the product of limbs i and j lands at the right place by itself, and what is at or above 2^255 comes
 * back times WRAP = 19 / 2^255.
 *
 * A reduced element has |limb i| <= 2^(E(i + 1) - 1), limb 1 slightly more. Then every coefficient k of the product of two
 * sums or differences of reduced elements is a multiple of 2^E(k) and below 2^(E(k) + 51): doubles hold it exactly.
 * `add` and `subtract` do not reduce, so they take only reduced elements; the other functions take their results too.
 */
export type FieldElement = Float64Array;

export const LIMB_COUNT = 12;
/** E(i): exponent of the weight of limb i; E(12) = 255 closes the row. */
export const EXPONENTS: readonly number[] = [0, 22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234, 255];

const WRAP = 19 * powerOfTwo(-255);
// Adding and subtracting 1.5 * 2^(52 + E(i)) rounds a double to a multiple of 2^E(i): what limb i takes over.
const ROUNDER_1 = 1.5 * powerOfTwo(52 + 22);
const ROUNDER_2 = 1.5 * powerOfTwo(52 + 43);
const ROUNDER_3 = 1.5 * powerOfTwo(52 + 64);
const ROUNDER_4 = 1.5 * powerOfTwo(52 + 85);
const ROUNDER_5 = 1.5 * powerOfTwo(52 + 107);
const ROUNDER_6 = 1.5 * powerOfTwo(52 + 128);
const ROUNDER_7 = 1.5 * powerOfTwo(52 + 149);
const ROUNDER_8 = 1.5 * powerOfTwo(52 + 170);
const ROUNDER_9 = 1.5 * powerOfTwo(52 + 192);
const ROUNDER_10 = 1.5 * powerOfTwo(52 + 213);
const ROUNDER_11 = 1.5 * powerOfTwo(52 + 234);
const ROUNDER_12 = 1.5 * powerOfTwo(52 + 255);

/** 2^exponent, exactly; `Math.pow` is allowed to be off by a bit. */
export function powerOfTwo(exponent: number): number {
  const factor = exponent < 0 ? 0.5 : 2;
  let value = 1;
  for (let i = Math.abs(exponent); i > 0; i--) value *= factor;
  return value;
}

/** out = a + b, not reduced. */
export function add(out: FieldElement, a: FieldElement, b: FieldElement): void {
  for (let i = 0; i < LIMB_COUNT; i++) out[i] = a[i]! + b[i]!;
}

/** out = a - b, not reduced. */
export function subtract(out: FieldElement, a: FieldElement, b: FieldElement): void {
  for (let i = 0; i < LIMB_COUNT; i++) out[i] = a[i]! - b[i]!;
}

/** out = a * factor, reduced; `factor` is an integer of at most 24 bits. */
export function multiplySmall(out: FieldElement, a: FieldElement, factor: number): void {
  for (let i = 0; i < LIMB_COUNT; i++) out[i] = a[i]! * factor;
  reduce(out);
}

/** out = a * b, reduced. `out` may be `a` or `b`. */
// prettier-ignore
export function multiply(out: FieldElement, a: FieldElement, b: FieldElement): void {
  const a0 = a[0]!;
  const a1 = a[1]!;
  const a2 = a[2]!;
  const a3 = a[3]!;
  const a4 = a[4]!;
  const a5 = a[5]!;
  const a6 = a[6]!;
  const a7 = a[7]!;
  const a8 = a[8]!;
  const a9 = a[9]!;
  const a10 = a[10]!;
  const a11 = a[11]!;
  const b0 = b[0]!;
  const b1 = b[1]!;
  const b2 = b[2]!;
  const b3 = b[3]!;
  const b4 = b[4]!;
  const b5 = b[5]!;
  const b6 = b[6]!;
  const b7 = b[7]!;
  const b8 = b[8]!;
  const b9 = b[9]!;
  const b10 = b[10]!;
  const b11 = b[11]!;
  out[0] = a0 * b0 + WRAP * (a1 * b11 + a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2 + a11 * b1);
  out[1] = a0 * b1 + a1 * b0 + WRAP * (a2 * b11 + a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3 + a11 * b2);
  out[2] = a0 * b2 + a1 * b1 + a2 * b0 + WRAP * (a3 * b11 + a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4 + a11 * b3);
  out[3] = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + WRAP * (a4 * b11 + a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5 + a11 * b4);
  out[4] = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + WRAP * (a5 * b11 + a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6 + a11 * b5);
  out[5] = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + WRAP * (a6 * b11 + a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7 + a11 * b6);
  out[6] = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + WRAP * (a7 * b11 + a8 * b10 + a9 * b9 + a10 * b8 + a11 * b7);
  out[7] = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + WRAP * (a8 * b11 + a9 * b10 + a10 * b9 + a11 * b8);
  out[8] = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + WRAP * (a9 * b11 + a10 * b10 + a11 * b9);
  out[9] = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0 + WRAP * (a10 * b11 + a11 * b10);
  out[10] = a0 * b10 + a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1 + a10 * b0 + WRAP * (a11 * b11);
  out[11] = a0 * b11 + a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1 + a11 * b0;
  reduce(out);
}

/** out = a * a, reduced, with 78 multiplications. `out` may be `a`. */
// prettier-ignore
export function square(out: FieldElement, a: FieldElement): void {
  const a0 = a[0]!;
  const a1 = a[1]!;
  const a2 = a[2]!;
  const a3 = a[3]!;
  const a4 = a[4]!;
  const a5 = a[5]!;
  const a6 = a[6]!;
  const a7 = a[7]!;
  const a8 = a[8]!;
  const a9 = a[9]!;
  const a10 = a[10]!;
  const a11 = a[11]!;
  const d0 = a0 * 2;
  const d1 = a1 * 2;
  const d2 = a2 * 2;
  const d3 = a3 * 2;
  const d4 = a4 * 2;
  const d5 = a5 * 2;
  const d6 = a6 * 2;
  const d7 = a7 * 2;
  const d8 = a8 * 2;
  const d9 = a9 * 2;
  const d10 = a10 * 2;
  out[0] = a0 * a0 + WRAP * (d1 * a11 + d2 * a10 + d3 * a9 + d4 * a8 + d5 * a7 + a6 * a6);
  out[1] = d0 * a1 + WRAP * (d2 * a11 + d3 * a10 + d4 * a9 + d5 * a8 + d6 * a7);
  out[2] = d0 * a2 + a1 * a1 + WRAP * (d3 * a11 + d4 * a10 + d5 * a9 + d6 * a8 + a7 * a7);
  out[3] = d0 * a3 + d1 * a2 + WRAP * (d4 * a11 + d5 * a10 + d6 * a9 + d7 * a8);
  out[4] = d0 * a4 + d1 * a3 + a2 * a2 + WRAP * (d5 * a11 + d6 * a10 + d7 * a9 + a8 * a8);
  out[5] = d0 * a5 + d1 * a4 + d2 * a3 + WRAP * (d6 * a11 + d7 * a10 + d8 * a9);
  out[6] = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3 + WRAP * (d7 * a11 + d8 * a10 + a9 * a9);
  out[7] = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + WRAP * (d8 * a11 + d9 * a10);
  out[8] = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4 + WRAP * (d9 * a11 + a10 * a10);
  out[9] = d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5 + WRAP * (d10 * a11);
  out[10] = d0 * a10 + d1 * a9 + d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5 + WRAP * (a11 * a11);
  out[11] = d0 * a11 + d1 * a10 + d2 * a9 + d3 * a8 + d4 * a7 + d5 * a6;
  reduce(out);
}

/** Hands the upper part of each limb on to the next one, and that of the last to the first: reduced again. */
export function reduce(element: FieldElement): void {
  let limb = element[0]!;
  let carry = limb + ROUNDER_1 - ROUNDER_1;
  const limb0 = limb - carry;
  limb = element[1]! + carry;
  carry = limb + ROUNDER_2 - ROUNDER_2;
  const limb1 = limb - carry;
  limb = element[2]! + carry;
  carry = limb + ROUNDER_3 - ROUNDER_3;
  element[2] = limb - carry;
  limb = element[3]! + carry;
  carry = limb + ROUNDER_4 - ROUNDER_4;
  element[3] = limb - carry;
  limb = element[4]! + carry;
  carry = limb + ROUNDER_5 - ROUNDER_5;
  element[4] = limb - carry;
  limb = element[5]! + carry;
  carry = limb + ROUNDER_6 - ROUNDER_6;
  element[5] = limb - carry;
  limb = element[6]! + carry;
  carry = limb + ROUNDER_7 - ROUNDER_7;
  element[6] = limb - carry;
  limb = element[7]! + carry;
  carry = limb + ROUNDER_8 - ROUNDER_8;
  element[7] = limb - carry;
  limb = element[8]! + carry;
  carry = limb + ROUNDER_9 - ROUNDER_9;
  element[8] = limb - carry;
  limb = element[9]! + carry;
  carry = limb + ROUNDER_10 - ROUNDER_10;
  element[9] = limb - carry;
  limb = element[10]! + carry;
  carry = limb + ROUNDER_11 - ROUNDER_11;
  element[10] = limb - carry;
  limb = element[11]! + carry;
  carry = limb + ROUNDER_12 - ROUNDER_12;
  element[11] = limb - carry;
  limb = limb0 + carry * WRAP;
  carry = limb + ROUNDER_1 - ROUNDER_1;
  element[0] = limb - carry;
  element[1] = limb1 + carry;
}
