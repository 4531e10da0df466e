/** What the viewer of a transport world asks its camera for: one request at the head of each stream. */
export const RequestKind = { Command: 0, Live: 1, Download: 2, Talk: 3 } as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];

export interface Request {
  kind: RequestKind;
  /** Tells one stream's bytes from another's. */
  tag: number;
  /** Command, Download: the answer's. Talk: how much the viewer will send. */
  byteCount: number;
  /** Download: of the first byte wanted. */
  offset: number;
}

export const REQUEST_BYTES = 10;

export function encodeRequest({ kind, tag, byteCount, offset }: Request): Uint8Array {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, tag);
  view.setUint32(2, byteCount);
  view.setUint32(6, offset);
  return bytes;
}

export function decodeRequest(bytes: Uint8Array): Request {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    kind: view.getUint8(0) as RequestKind,
    tag: view.getUint8(1),
    byteCount: view.getUint32(2),
    offset: view.getUint32(6),
  };
}

const PERIOD = 65_536;
const BASE = Uint8Array.from({ length: PERIOD }, (_, i) => i * 131 + (i >>> 8) * 7);

/** Bytes that depend on their place and stream, so that a misplaced one shows. */
export function dataAt(tag: number, offset: number, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  for (let i = 0; i < byteCount; i++) bytes[i] = BASE[(offset + i) % PERIOD]! + tag * 17;
  return bytes;
}

/** The offset of the first byte that is not as `dataAt` makes it, -1 for none. */
export function firstWrongByte(bytes: Uint8Array, tag: number, offset: number): number {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== ((BASE[(offset + i) % PERIOD]! + tag * 17) & 0xff)) return offset + i;
  }
  return -1;
}
