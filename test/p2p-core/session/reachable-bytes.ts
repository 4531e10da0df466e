/** The bytes behind every typed array that can be reached from `root` through fields, private ones included. */
export function reachableBytes(root: object): Uint8Array[] {
  const seen = new Set<object>();
  const found = new Set<ArrayBufferLike>();
  const open: object[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (ArrayBuffer.isView(next)) {
      found.add(next.buffer);
      continue;
    }
    const values: unknown[] = next instanceof Map ? [...next.keys(), ...next.values()] : [];
    for (const value of [...values, ...Object.values(next)]) {
      if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
  return [...found].map((buffer) => new Uint8Array(buffer));
}

/** How many of `buffers` hold `secret` somewhere. */
export function countHolding(buffers: readonly Uint8Array[], secret: Uint8Array): number {
  return buffers.filter((buffer) => Buffer.from(buffer).includes(Buffer.from(secret))).length;
}
