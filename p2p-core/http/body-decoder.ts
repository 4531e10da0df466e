import type { BodyFraming } from './body-framing';
import { MAX_HEAD_BYTES } from './head-parser';

/** A chunk-size line, extensions included, longer than this is refused. */
export const MAX_CHUNK_LINE_BYTES = 1024;
const MAX_CHUNK_SIZE_DIGITS = 8;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

/** Where the chunked decoder stands; the names follow the grammar of RFC 9112 §7.1. */
type ChunkPhase =
  'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'trailer-lf';

export type BodyStatus = 'reading' | 'complete' | 'malformed' | 'stopped';

/** Takes the transfer coding off a body. Bytes are handed on as views of what came in, without a copy. */
export class BodyDecoder {
  status: BodyStatus = 'reading';

  private readonly kind: BodyFraming['kind'];
  private remaining = 0;
  private phase: ChunkPhase = 'size';
  private sizeDigits = 0;
  private lineBytes = 0;
  private trailerBytes = 0;
  private extension = '';

  /**
   * `onBody` gets views that are borrowed until it returns; it may call `stop`. `onExtension` gets what stands behind the
   * first semicolon of a chunk-size line (RFC 9112 §7.1.1), before the chunk's data.
   */
  constructor(
    framing: BodyFraming,
    private readonly onBody: (bytes: Uint8Array) => void,
    private readonly onExtension: ((text: string) => void) | null = null,
  ) {
    this.kind = framing.kind;
    if (framing.kind === 'length') this.remaining = framing.byteCount;
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.byteCount === 0))
      this.status = 'complete';
  }

  /** Reads bytes[start…] up to the end of the body. Returns the offset of the first byte it did not take. */
  push(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && this.status === 'reading') {
      if (this.kind === 'until-end') {
        this.onBody(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      }
      if (this.kind === 'length') {
        at = this.deliver(bytes, at);
        if (this.remaining === 0 && this.status === 'reading') this.status = 'complete';
      } else if (this.phase === 'data') {
        at = this.deliver(bytes, at);
        if (this.remaining === 0) this.phase = 'data-cr';
      } else {
        this.readFraming(bytes[at++]!);
      }
    }
    return at;
  }

  /** The other side finished its direction: is that a proper end of this body? */
  endsProperly(): boolean {
    return this.status === 'complete' || (this.status === 'reading' && this.kind === 'until-end');
  }

  /** Nothing more is delivered. */
  stop(): void {
    this.status = 'stopped';
  }

  private deliver(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.remaining);
    this.remaining -= end - at;
    this.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    return end;
  }

  /** One byte of a chunk-size line, of the CRLF after a chunk's data, or of the trailer section. */
  private readFraming(byte: number): void {
    switch (this.phase) {
      case 'size':
        return this.readSize(byte);
      case 'extension':
        if (++this.lineBytes > MAX_CHUNK_LINE_BYTES || byte === LF) this.status = 'malformed';
        else if (byte === CR) this.phase = 'size-lf';
        else if (this.onExtension !== null) this.extension += String.fromCharCode(byte);
        return;
      case 'size-lf':
        if (byte !== LF) this.status = 'malformed';
        else this.phase = this.remaining === 0 ? 'trailer' : 'data';
        this.sizeDigits = this.lineBytes = 0;
        if (this.extension !== '') this.endExtension();
        return;
      case 'data-cr':
        if (byte !== CR) this.status = 'malformed';
        else this.phase = 'data-lf';
        return;
      case 'data-lf':
        if (byte !== LF) this.status = 'malformed';
        else this.phase = 'size';
        return;
      default:
        return this.readTrailer(byte);
    }
  }

  private endExtension(): void {
    const text = this.extension;
    this.extension = '';
    if (this.status === 'reading') this.onExtension!(text);
  }

  private readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.sizeDigits > MAX_CHUNK_SIZE_DIGITS) this.status = 'malformed';
      else this.remaining = this.remaining * 16 + digit;
    } else if (this.sizeDigits === 0) {
      this.status = 'malformed';
    } else if (byte === CR) {
      this.phase = 'size-lf';
    } else if (byte === SEMICOLON) {
      this.phase = 'extension';
    } else {
      this.status = 'malformed';
    }
  }

  /** Trailer fields are skipped: nobody here merges them (§7.1.2 allows it). Their number of bytes is capped. */
  private readTrailer(byte: number): void {
    if (++this.trailerBytes > MAX_HEAD_BYTES) {
      this.status = 'malformed';
    } else if (this.phase === 'trailer-lf') {
      if (byte !== LF) this.status = 'malformed';
      else if (this.lineBytes === 0) this.status = 'complete';
      else this.phase = 'trailer';
      this.lineBytes = 0;
    } else if (byte === CR) {
      this.phase = 'trailer-lf';
    } else if (byte === LF) {
      this.status = 'malformed';
    } else {
      this.lineBytes++;
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
