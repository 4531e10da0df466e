/**
 * An incremental reader of `multipart/x-mixed-replace`, the way of cameras to send a picture after the other over HTTP
 * ("MJPEG"). Sources: RFC 2046 §5.1 for the grammar; the type itself is a convention of browsers since 1995.
 *
 * The boundary is taken from the body's first delimiter, not from the header: cameras that write it with two dashes too
 * many or too few there are common, and a reader that joins late has no header.
 */

export interface MjpgPart {
  /** Its Content-Type in lower case without parameters; '' where the part does not say. */
  contentType: string;
  /** The part's body in a buffer of its own: the handler may keep it. */
  data: Uint8Array;
}

export interface MjpgReader {
  /**
   * Reads on and calls the handler for all parts that are complete. `bytes` is borrowed until the call returns. Returns
   * false when the stream is broken, now or before; what follows is ignored.
   */
  feed(bytes: Uint8Array): boolean;
  /** What broke the stream; '' while it is sound. */
  readonly error: string;
}

export interface MjpgReaderOptions {
  /** Default 4 MiB: more than a 4K picture of good quality. */
  maxPartBytes?: number;
}

const DEFAULT_MAX_PART_BYTES = 4 * 1024 * 1024;
const FIRST_BUFFER_BYTES = 16 * 1024;
/** Headers of a part, and what may stand in front of the first one. */
const MAX_LINE_BYTES = 512;
const MAX_LINES = 32;
/** RFC 2046 §5.1.1: a boundary has at most 70 characters, with two dashes in front. */
const MAX_DELIMITER_BYTES = 72;
const TOO_LARGE = 'a part is too large';
const CR = 13;
const LF = 10;
const DASH = 45;

/** @param onPart is called from inside `feed` only; what it throws leaves `feed`, and the reader must not be used again */
export function createMjpgReader(
  onPart: (part: MjpgPart) => void,
  options: MjpgReaderOptions = {},
): MjpgReader {
  return new PartReader(onPart, options.maxPartBytes || DEFAULT_MAX_PART_BYTES);
}

class PartReader implements MjpgReader {
  error = '';

  /** delimiter: on the way to the next part; headers: of it; sized, open: its body with and without a length. */
  private state: 'delimiter' | 'headers' | 'sized' | 'open' | 'ended' = 'delimiter';
  /** `--boundary`, once the first one was read. */
  private delimiter = '';
  private line = '';
  private lines = 0;
  private contentType = '';
  /** -1: not given, so the body ends where the next delimiter begins. */
  private lengthBytes = -1;
  private body = new Uint8Array(0);
  private bodyBytes = 0;
  /** Where in an open body a delimiter may still begin. */
  private searchedBytes = 0;

  constructor(
    private readonly onPart: (part: MjpgPart) => void,
    private readonly maxPartBytes: number,
  ) {}

  feed(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && this.error === '' && this.state !== 'ended') {
      if (this.state === 'sized') at = this.readSized(bytes, at);
      else if (this.state === 'open') at = this.readOpen(bytes, at);
      else at = this.readLine(bytes, at);
    }
    return this.error === '';
  }

  private readLine(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length) {
      const byte = bytes[at++]!;
      if (byte === LF) {
        const { line } = this;
        this.line = '';
        this.onLine(line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line);
        return at;
      }
      this.line += String.fromCharCode(byte);
      if (this.line.length > MAX_LINE_BYTES) {
        this.error = 'no multipart stream';
        return at;
      }
    }
    return at;
  }

  private onLine(line: string): void {
    if (++this.lines > MAX_LINES) {
      this.error = 'no multipart stream';
    } else if (this.state === 'delimiter') {
      this.onDelimiterLine(line);
    } else if (line !== '') {
      this.onHeader(line);
    } else if (this.lengthBytes > this.maxPartBytes) {
      this.error = TOO_LARGE;
    } else {
      this.lines = 0;
      this.bodyBytes = this.searchedBytes = 0;
      this.state = this.lengthBytes < 0 ? 'open' : 'sized';
      // Grows with what arrives, not with what the header promised.
      this.body = new Uint8Array(Math.min(FIRST_BUFFER_BYTES, Math.max(0, this.lengthBytes)));
      if (this.lengthBytes === 0) this.endPart();
    }
  }

  /** Blank lines, and a preamble before the first delimiter, are passed over. */
  private onDelimiterLine(line: string): void {
    const text = line.replace(/[ \t]+$/, '');
    if (this.delimiter === '' && /^--./.test(text) && text.length <= MAX_DELIMITER_BYTES) {
      this.delimiter = text;
    }
    if (this.delimiter === '' || text.indexOf(this.delimiter) !== 0) return;
    if (text === `${this.delimiter}--`) this.state = 'ended';
    else if (text === this.delimiter) this.beginHeaders();
  }

  private beginHeaders(): void {
    this.state = 'headers';
    this.lines = 0;
    this.contentType = '';
    this.lengthBytes = -1;
  }

  private onHeader(line: string): void {
    const mark = line.indexOf(':');
    const name = line.slice(0, mark).trim().toLowerCase();
    const value = line.slice(mark + 1).trim();
    if (name === 'content-type') this.contentType = value.split(';')[0]!.trim().toLowerCase();
    else if (name === 'content-length' && /^\d{1,10}$/.test(value)) this.lengthBytes = Number(value);
  }

  private readSized(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.lengthBytes - this.bodyBytes);
    this.keep(bytes.subarray(at, end), this.lengthBytes);
    if (this.bodyBytes === this.lengthBytes) this.endPart();
    return end;
  }

  /** All of `bytes` goes in; what turns out to stand behind the part is read again as lines. */
  private readOpen(bytes: Uint8Array, at: number): number {
    const beforeBytes = this.bodyBytes;
    this.keep(bytes.subarray(at), this.maxPartBytes + 2 * MAX_LINE_BYTES);
    const { body, bodyBytes, delimiter } = this;
    for (let from = this.searchedBytes; ; from++) {
      from = body.indexOf(DASH, from);
      if (from < 0 || from >= bodyBytes) {
        this.searchedBytes = bodyBytes;
        break;
      }
      // A delimiter stands at the beginning of a line.
      if (from > 0 && body[from - 1] !== LF) continue;
      if (from + delimiter.length > bodyBytes) {
        this.searchedBytes = from;
        break;
      }
      if (!this.hasDelimiterAt(from)) continue;
      this.bodyBytes = from - (from > 1 && body[from - 2] === CR ? 2 : from > 0 ? 1 : 0);
      if (this.bodyBytes > this.maxPartBytes) {
        this.error = TOO_LARGE;
        return bytes.length;
      }
      // A delimiter may begin in an earlier piece: the rest of it and what follows lie in this one.
      this.line = delimiter;
      this.endPart();
      return at + from + delimiter.length - beforeBytes;
    }
    // Two bytes more may be the line break in front of the delimiter.
    if (this.searchedBytes > this.maxPartBytes + 2) this.error = TOO_LARGE;
    return bytes.length;
  }

  private hasDelimiterAt(from: number): boolean {
    const { body, delimiter } = this;
    for (let i = 0; i < delimiter.length; i++) if (body[from + i] !== delimiter.charCodeAt(i)) return false;
    return true;
  }

  private keep(bytes: Uint8Array, maxBytes: number): void {
    const neededBytes = this.bodyBytes + bytes.length;
    if (neededBytes > this.body.length) {
      // A sized part of ordinary length ends in a buffer that it fills: it is handed on without another copy.
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(neededBytes, this.body.length * 4)));
      grown.set(this.body.subarray(0, this.bodyBytes));
      this.body = grown;
    }
    this.body.set(bytes.subarray(0, this.body.length - this.bodyBytes), this.bodyBytes);
    this.bodyBytes = Math.min(neededBytes, this.body.length);
  }

  private endPart(): void {
    const { body, bodyBytes, contentType } = this;
    this.state = 'delimiter';
    this.body = new Uint8Array(0);
    this.bodyBytes = 0;
    this.onPart({ contentType, data: body.length === bodyBytes ? body : body.slice(0, bodyBytes) });
  }
}
