/** The loudest that the code can say. */
const MAX_MAGNITUDE = 32635;
const EVEN_BITS = 0x55;

/** One 16-bit sample as G.711 A-law (ITU-T G.711, table 1a), as FLV's sound format 7 has it. */
export function encodeAlaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, MAX_MAGNITUDE);
  let exponent = 7;
  for (let mask = 0x4000; exponent > 0 && (magnitude & mask) === 0; mask >>= 1) exponent--;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ EVEN_BITS;
}
