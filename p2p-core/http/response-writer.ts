import { ErrCode, P2PError } from '../errors';
import type { ByteStream } from '../session/types';
import { writeChunk, writeLastChunk } from './chunk-writer';
import { encodeResponseHead } from './head-writer';
import { Outbox } from './outbox';
import { AbortCode } from './problem';
import { isBodiless } from './status';
import type { HttpHeaders, HttpServerResponse } from './types';

/** `idle` → (`start`) → `chunked`, `length` or `bodiless` → (`end`) → `ended`; `gone` from anywhere. */
type WriterState = 'idle' | 'chunked' | 'length' | 'bodiless' | 'ended' | 'gone';

const DECIMAL = /^[0-9]{1,15}$/;

/**
 * The answering side's writer. Misuse (writing before `start`, more than `content-length` says) throws P2PError
 * BadArgument; calls after the exchange is gone do nothing, since the other side may leave at any moment.
 */
export class ResponseWriter implements HttpServerResponse {
  onDrain: (() => void) | null = null;

  private state: WriterState = 'idle';
  private readonly outbox: Outbox;
  private remaining = 0;

  /** `onAbort` is told when this side breaks the exchange off. */
  constructor(
    private readonly stream: ByteStream,
    private readonly requestMethod: () => string,
    private readonly onAbort: () => void,
  ) {
    this.outbox = new Outbox(stream);
  }

  get isStarted(): boolean {
    return this.state !== 'idle';
  }

  get isEnded(): boolean {
    return this.state === 'ended' || this.state === 'gone';
  }

  start(status: number, headers: HttpHeaders): void {
    if (this.state === 'gone') return;
    if (this.state !== 'idle') throw new P2PError(ErrCode.BadArgument, 'HTTP response: already started');
    const all: HttpHeaders = {};
    for (const name of Object.keys(headers)) all[name.toLowerCase()] = headers[name]!;
    if (all['transfer-encoding'] !== undefined) {
      throw new P2PError(
        ErrCode.BadArgument,
        'HTTP response: the transfer coding is not the handler’s to choose',
      );
    }
    const length = all['content-length'];
    if (length !== undefined && !DECIMAL.test(length)) {
      throw new P2PError(ErrCode.BadArgument, 'HTTP response: content-length must be a decimal number');
    }
    const isWithoutBody = isBodiless(status, this.requestMethod());
    if (length === undefined && !isWithoutBody) all['transfer-encoding'] = 'chunked';
    const head = encodeResponseHead(status, all);
    this.remaining = Number(length ?? 0);
    this.state = isWithoutBody ? 'bodiless' : length === undefined ? 'chunked' : 'length';
    this.outbox.write(head);
  }

  write(bytes: Uint8Array, extension?: string): void {
    switch (this.state) {
      case 'chunked':
        return writeChunk(this.outbox, bytes, extension);
      case 'length':
        if (bytes.length > this.remaining) {
          throw new P2PError(ErrCode.BadArgument, 'HTTP response: body is longer than its content-length');
        }
        this.remaining -= bytes.length;
        if (bytes.length > 0) this.outbox.write(bytes);
        return;
      case 'idle':
        throw new P2PError(ErrCode.BadArgument, 'HTTP response: write before start');
      case 'ended':
        throw new P2PError(ErrCode.BadArgument, 'HTTP response: write after end');
      default:
        return; // a HEAD request's handler may write its body as for GET; or the other side is gone
    }
  }

  bufferedBytes(): number {
    return this.state === 'gone' ? 0 : this.outbox.bufferedBytes();
  }

  waitingByteCount(): number {
    return this.outbox.waitingByteCount();
  }

  end(): void {
    if (this.state === 'gone' || this.state === 'ended') return;
    if (this.state === 'idle') throw new P2PError(ErrCode.BadArgument, 'HTTP response: end before start');
    if (this.state === 'length' && this.remaining > 0) return this.abort(); // cut short: must not look complete
    if (this.state === 'chunked') writeLastChunk(this.outbox);
    this.state = 'ended';
    this.outbox.finish();
  }

  abort(): void {
    this.abortWith(AbortCode.InternalError);
  }

  abortWith(code: number): void {
    if (this.state === 'gone') return;
    this.lose();
    this.stream.abort(code);
    this.onAbort();
  }

  setPriority(priority: number): void {
    if (this.state !== 'gone') this.stream.setPriority(priority);
  }

  /** A complete short response, e.g. of a refusal. */
  respond(status: number): void {
    this.start(status, { 'content-length': '0' });
    this.end();
  }

  /** The stream is gone: nothing is written any more. */
  lose(): void {
    this.state = 'gone';
    this.outbox.clear();
    this.onDrain = null;
  }

  onWritable(): void {
    if (this.state === 'gone' || !this.outbox.onWritable() || this.state === 'ended') return;
    if (this.onDrain !== null) this.onDrain();
  }
}
