import type { HttpHeaders, HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import { sendError } from './answers';
import type { ByteReader } from './byte-file';
import { wholeNumber } from './params';
import type { RecordedClip } from './recordings';

const BLOCK_BYTES = 64 * 1024;

const CONTENT_TYPES: Record<string, string> = { flv: 'video/x-flv', mp4: 'video/mp4' };

/** What part of the file is asked for, or the status of the refusal. */
export type DownloadRange =
  | { status: 200 | 206; firstByte: number; endByte: number }
  | { status: 400; reason: string }
  | { status: 416; reason: string };

/**
 * Reads `offset` and the Range header (RFC 9110 §14.2; one range of bytes). An `offset` above 0 counts as
 * `Range: bytes=<offset>-`; the header wins where both are given. With an If-Range that names other content both are ignored:
 * the rest of another file would spoil what the viewer has.
 */
export function downloadRange(
  offsetText: string | undefined,
  headers: HttpHeaders,
  { byteCount, etag }: { byteCount: number; etag: string },
): DownloadRange {
  const offset = offsetText === undefined ? 0 : wholeNumber(offsetText);
  if (offset === null) return { status: 400, reason: 'offset must be a whole number' };
  const whole: DownloadRange = { status: 200, firstByte: 0, endByte: byteCount };
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return whole;
  const range =
    parseRange(headers['range'] ?? '', byteCount) ??
    (offset > 0 ? parseRange(`bytes=${offset}-`, byteCount) : null);
  if (range === 'unsatisfiable') return { status: 416, reason: `the file has ${byteCount} bytes` };
  return range === null ? whole : { status: 206, ...range };
}

/** Null for what RFC 9110 §14.2 wants ignored: other units, several ranges, and what is no range. */
function parseRange(
  text: string,
  byteCount: number,
): { firstByte: number; endByte: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d{1,15})?-(\d{1,15})?$/.exec(text);
  if (match === null || (match[1] === undefined && match[2] === undefined)) return null;
  if (match[1] === undefined) {
    const suffixBytes = Number(match[2]);
    if (suffixBytes === 0 || byteCount === 0) return 'unsatisfiable';
    return { firstByte: Math.max(0, byteCount - suffixBytes), endByte: byteCount };
  }
  const firstByte = Number(match[1]);
  const lastByte = match[2] === undefined ? Infinity : Number(match[2]);
  if (lastByte < firstByte) return null;
  if (firstByte >= byteCount) return 'unsatisfiable';
  return { firstByte, endByte: Math.min(byteCount, lastByte + 1) };
}

/**
 * Sends a part of a clip's file, reading only as fast as the network takes it; 404 when the file is gone meanwhile.
 * `onEnd` is called once, whatever ends it.
 * @param digest of the whole file, as the header `Repr-Digest` has it (RFC 9530 §3); '' for none
 */
export function sendFile(
  { request, response }: { request: HttpServerRequest; response: HttpServerResponse },
  clip: RecordedClip,
  range: Extract<DownloadRange, { status: 200 | 206 }>,
  digest: string,
  onEnd: () => void,
): void {
  const { byteCount, etag } = clip.file;
  let reader: ByteReader;
  try {
    reader = clip.file.open();
  } catch {
    sendError(response, 404, 'the file is gone');
    return onEnd();
  }
  let offset = range.firstByte;
  let isOver = false;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    response.onDrain = null;
    reader.close();
    onEnd();
  };
  const breakOff = (): void => {
    response.abort();
    stop();
  };
  // Until a block waits in front of the stream, however much that buffers: then `onDrain` follows.
  const pump = (): void => {
    while (!isOver && offset < range.endByte && response.waitingByteCount() === 0) {
      const block = readBlock(reader, offset, Math.min(BLOCK_BYTES, range.endByte - offset));
      // The file was cut or cannot be read any more: short of its length, the answer must not look complete.
      if (block === null) return breakOff();
      response.write(block);
      offset += block.length;
    }
    if (isOver || offset < range.endByte) return;
    response.end();
    stop();
  };
  const extension = clip.fileName.slice(clip.fileName.lastIndexOf('.') + 1).toLowerCase();
  response.start(range.status, {
    'content-type': CONTENT_TYPES[extension] ?? 'application/octet-stream',
    'content-length': String(range.endByte - range.firstByte),
    'accept-ranges': 'bytes',
    etag,
    ...(digest === '' ? {} : { 'repr-digest': digest }),
    ...(range.status === 206
      ? { 'content-range': `bytes ${range.firstByte}-${range.endByte - 1}/${byteCount}` }
      : {}),
  });
  request.onAbort = stop;
  response.onDrain = pump;
  pump();
}

function readBlock(reader: ByteReader, offset: number, byteCount: number): Uint8Array | null {
  try {
    const block = reader.read(offset, byteCount);
    return block.length === byteCount ? block : null;
  } catch {
    return null;
  }
}
