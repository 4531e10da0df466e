/** CRC-32 of ISO 3309 / ITU-T V.42 (reflected polynomial 0xEDB88320), as STUN's FINGERPRINT uses it (RFC 8489 §14.7). */

const TABLE = makeTable();

/** Returns the CRC of the first `byteCount` bytes as an unsigned 32-bit integer. */
export function crc32(bytes: Uint8Array, byteCount = bytes.length): number {
  let crc = -1;
  for (let i = 0; i < byteCount; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[i] = crc;
  }
  return table;
}
