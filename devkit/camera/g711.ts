/** The sound of telephones, which the loudspeakers of cameras take: 8 kHz, one channel, a byte a sample (ITU-T G.711). */
export type G711Law = 'ulaw' | 'alaw';

export const G711_RATE_HZ = 8_000;
const ULAW_BIAS = 0x84;
const ULAW_CLIP = 32_635;

export function encodeG711(sample: number, law: G711Law): number {
  return law === 'ulaw' ? ulaw(sample) : alaw(sample);
}

function ulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), ULAW_CLIP) + ULAW_BIAS;
  // The place of the highest bit, 7 at least.
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 15;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function alaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = (sample >= 0 ? Math.min(sample, 32_767) : -sample - 1) >> 3;
  const exponent = Math.max(0, 27 - Math.clz32(magnitude));
  const mantissa = (magnitude >> Math.max(1, exponent)) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/**
 * Makes 8 kHz of one channel of 16-bit little-endian PCM. A sample is the mean of what lies within its time, which keeps the
 * higher tones from coming back as others. `onSample` is called from inside the call.
 */
export function createDownmixer(
  { sampleRateHz, channelCount }: { sampleRateHz: number; channelCount: number },
  onSample: (sample: number) => void,
): (bytes: Uint8Array) => void {
  const frameBytes = 2 * channelCount;
  const frame = new Uint8Array(frameBytes);
  let filled = 0;
  let sum = 0;
  let count = 0;
  /** Of the output's time: a sample is due at each whole `sampleRateHz`. */
  let phase = 0;
  return (bytes) => {
    for (const byte of bytes) {
      frame[filled++] = byte;
      if (filled < frameBytes) continue;
      filled = 0;
      for (let at = 0; at < frameBytes; at += 2) sum += ((frame[at]! | (frame[at + 1]! << 8)) << 16) >> 16;
      count += channelCount;
      phase += G711_RATE_HZ;
      if (phase < sampleRateHz) continue;
      phase -= sampleRateHz;
      onSample(Math.round(sum / count));
      sum = count = 0;
    }
  };
}
