import { isFieldValue, isToken, latin1Decode } from './field-syntax';
import type { HttpHeaders } from './types';

/** A head longer than this, line ends included, is refused. */
export const MAX_HEAD_BYTES = 16384;
/** More header lines than this are refused. */
export const MAX_HEADER_COUNT = 64;

const CR = 0x0d;
const LF = 0x0a;
const FIRST_LINE_BUFFER_BYTES = 256;

export type HeadStatus = 'reading' | 'complete' | 'too-large' | 'malformed';

/**
 * Collects the start line and the header lines of one message, in pieces of any size (RFC 9112 §2).
 *
 * Stricter than a web server has to be, because both ends follow this project's protocol: a line ends with CRLF only
 * (§2.2 lets a recipient accept a bare LF, and such leniency is where two parsers start to disagree), no white space
 * before the colon (§5.1), no line folding (§5.2), no empty line before the start line (§2.2 has it for clients that
 * send one after a body; here every message has a stream of its own).
 */
export class HeadParser {
  status: HeadStatus = 'reading';
  startLine = '';
  /** Without prototype, so that no header name can mean anything else. Lines of one name are joined (RFC 9110 §5.3). */
  headers: HttpHeaders = Object.create(null) as HttpHeaders;

  private line = new Uint8Array(FIRST_LINE_BUFFER_BYTES);
  private lineBytes = 0;
  private headBytes = 0;
  private headerCount = 0;
  private sawCr = false;

  /** Reads bytes[start…] up to the end of the head. Returns the offset of the first byte it did not take. */
  push(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && this.status === 'reading') {
      const byte = bytes[at++]!;
      if (++this.headBytes > MAX_HEAD_BYTES) this.status = 'too-large';
      else if (byte === LF) this.endLine();
      else if (this.sawCr)
        this.status = 'malformed'; // a bare CR, §2.2
      else if (byte === CR) this.sawCr = true;
      else this.append(byte);
    }
    return at;
  }

  private append(byte: number): void {
    if (this.lineBytes === this.line.length) {
      const larger = new Uint8Array(this.line.length * 2);
      larger.set(this.line);
      this.line = larger;
    }
    this.line[this.lineBytes++] = byte;
  }

  private endLine(): void {
    if (!this.sawCr) {
      this.status = 'malformed';
      return;
    }
    this.sawCr = false;
    const line = latin1Decode(this.line, 0, this.lineBytes);
    this.lineBytes = 0;
    if (this.startLine === '') {
      this.startLine = line;
      if (line === '') this.status = 'malformed';
    } else if (line === '') {
      this.status = 'complete';
    } else if (++this.headerCount > MAX_HEADER_COUNT) {
      this.status = 'too-large';
    } else if (!this.addField(line)) {
      this.status = 'malformed';
    }
  }

  /** A folded line starts with white space and therefore has no token before its colon. */
  private addField(line: string): boolean {
    const colon = line.indexOf(':');
    if (colon < 0) return false;
    const name = line.slice(0, colon);
    const value = trimmed(line, colon + 1);
    if (!isToken(name) || !isFieldValue(value)) return false;
    const key = name.toLowerCase();
    const earlier = this.headers[key];
    // A second Host or Content-Length is how requests are smuggled (RFC 9112 §3.2, RFC 9110 §8.6).
    if (earlier !== undefined && (key === 'host' || key === 'content-length')) return false;
    this.headers[key] = earlier === undefined ? value : `${earlier}, ${value}`;
    return true;
  }
}

/** The text from `start` on without the white space around it. By hand: /[ \t]+$/ takes quadratic time for white space inside. */
function trimmed(line: string, start: number): string {
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
