import type { Prng } from '../sim/prng';

/** Values at which lengths and counters tend to break. */
const EDGES = [0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 191, 192, 200, 223, 224, 254, 255];
/** Longest input of random bytes; targets with larger limits reach them by their grammar. */
const MAX_RANDOM_BYTES = 300;
const MAX_INPUT_BYTES = 70_000;
const PERIOD_BYTES = 256;

/** Long ones repeat themselves: what they hold matters less than how many they are. */
export function randomBytes(random: Prng, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  random.fill(bytes.subarray(0, PERIOD_BYTES));
  for (let at = PERIOD_BYTES; at < byteCount; at += PERIOD_BYTES) bytes.copyWithin(at, 0, PERIOD_BYTES);
  return bytes;
}

/** Any bytes: short ones often, and more small values than chance would give. */
export function noise(random: Prng): Uint8Array {
  const bytes = randomBytes(random, random.chance(0.5) ? random.int(0, 24) : random.int(0, MAX_RANDOM_BYTES));
  const plain = random.next();
  for (let i = 0; i < bytes.length; i++) if (random.chance(plain * 0.7)) bytes[i] = random.pick(EDGES);
  return bytes;
}

/** A valid input with one to four things wrong. */
export function bend(random: Prng, valid: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes: Uint8Array = valid.slice();
  for (let edits = random.int(1, 4); edits > 0; edits--) bytes = edit(random, bytes, other);
  return bytes.length > MAX_INPUT_BYTES ? bytes.slice(0, MAX_INPUT_BYTES) : bytes;
}

function edit(random: Prng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.int(0, Math.max(0, bytes.length - 1));
  const end = Math.min(bytes.length, at + random.int(1, 16));
  switch (random.int(0, 8)) {
    case 0:
      if (bytes.length > 0) bytes[at]! ^= 1 << random.int(0, 7);
      return bytes;
    case 1:
      if (bytes.length > 0) bytes[at] = random.pick(EDGES);
      return bytes;
    case 2: // a length field of two to four bytes at an edge
      for (let i = at; i < Math.min(bytes.length, at + random.int(2, 4)); i++) {
        bytes[i] = random.pick([0, 0, 0xff, 0xff, 0x7f, 0x80, 1]);
      }
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4:
      return join(bytes.subarray(0, at), bytes.subarray(end));
    case 5:
      return join(bytes.subarray(0, at), randomBytes(random, random.int(1, 8)), bytes.subarray(at));
    case 6:
      return join(bytes.subarray(0, end), bytes.subarray(at));
    case 7:
      return join(bytes.subarray(0, at), other.subarray(random.int(0, other.length)));
    default:
      return join(bytes, other);
  }
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Cuts bytes into pieces as a network might: many of one byte, or few large ones. */
export function pieces(random: Prng, bytes: Uint8Array): Uint8Array[] {
  const longest = random.pick(bytes.length < 2000 ? [1, 3, 17, 200] : [17, 200, 5000]);
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + random.int(1, longest));
    cut.push(bytes.slice(at, end));
    at = end;
  }
  return cut;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
