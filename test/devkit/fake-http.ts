import { concatBytes } from '../../p2p-core/bytes/concat';
import { utf8Decode } from '../../p2p-core/bytes/utf8';
import { createFlvReader } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import type { HttpHeaders, HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';

/** A response whose bytes wait until the test takes them off, over a stream that has room for `streamBytes` of them. */
export class FakeResponse implements HttpServerResponse {
  status = 0;
  headers: HttpHeaders = {};
  isEnded = false;
  /** Ended in a way that the viewer takes for an error. */
  isAborted = false;
  priority = -1;
  onDrain: (() => void) | null = null;
  readonly extensions: string[] = [];
  private readonly parts: Uint8Array[] = [];
  private waitingBytes = 0;

  constructor(private readonly streamBytes = 1024 * 1024) {}

  start(status: number, headers: HttpHeaders): void {
    if (this.status !== 0) throw new Error('started twice');
    this.status = status;
    this.headers = headers;
  }

  write(bytes: Uint8Array, extension?: string): void {
    if (extension !== undefined) this.extensions.push(extension);
    if (this.status === 0 || this.isEnded) throw new Error('written outside of start and end');
    this.parts.push(bytes.slice());
    this.waitingBytes += bytes.length;
  }

  bufferedBytes(): number {
    return this.waitingBytes;
  }

  waitingByteCount(): number {
    return Math.max(0, this.waitingBytes - this.streamBytes);
  }

  /** The network takes so much, and the camera may go on if it had to wait. */
  take(byteCount = Infinity): void {
    const hasWaited = this.waitingByteCount() > 0;
    this.waitingBytes = Math.max(0, this.waitingBytes - byteCount);
    if (!this.isEnded && hasWaited && this.waitingByteCount() === 0) this.onDrain?.();
  }

  end(): void {
    this.isEnded = true;
  }

  abort(): void {
    this.isEnded = true;
    this.isAborted = true;
  }

  setPriority(priority: number): void {
    this.priority = priority;
  }

  body(): Uint8Array {
    return concatBytes(...this.parts);
  }

  json(): unknown {
    return JSON.parse(utf8Decode(this.body()));
  }

  tags(): FlvTag[] {
    const tags: FlvTag[] = [];
    const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: tag.data.slice() }) });
    if (!reader.feed(this.body())) throw new Error(reader.error);
    return tags;
  }
}

export function fakeRequest(target: string, method = 'GET', headers: HttpHeaders = {}): HttpServerRequest {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  return { method, path, query, headers, onBody: null, onBodyEnd: null, onAbort: null };
}
