import { createHash } from 'node:crypto';

/** The same bytes for the same name, on every run: SHA-256 of the name and a counter. */
export function seededBytes(name: string, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  for (let offset = 0, counter = 0; offset < byteCount; offset += 32, counter++) {
    const block = createHash('sha256').update(`${name}/${counter}`).digest();
    bytes.set(block.subarray(0, byteCount - offset), offset);
  }
  return bytes;
}
