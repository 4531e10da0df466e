import { ErrCode } from '../errors';
import type { ByteStream, StreamHandler } from '../session/types';
import { writeChunk, writeLastChunk } from './chunk-writer';
import { encodeRequestHead } from './head-writer';
import type { MessageParser, MessageSink } from './message-parser';
import { Outbox } from './outbox';
import type { HttpProblem } from './problem';
import { AbortCode } from './problem';
import { encodeTarget } from './query';
import { createResponseParser } from './response-parser';
import { ThrowKeeper } from './throw-keeper';
import type { HttpExchange, HttpHeaders, HttpResponseHandler, HttpResponseHead } from './types';

export interface HttpRequest {
  method: string;
  /** Path and query, e.g. `/ipc.flv?action=live`. Characters HTTP cannot carry are percent-encoded. */
  target: string;
  headers?: HttpHeaders;
  /** A body follows by `writeBody` and `endBody`, in chunked coding. */
  hasBody?: boolean;
}

/**
 * Sends one request on a stream of its own and reports the response.
 * `open` makes the stream, usually `(handler) => session.openStream(priority, handler)`.
 * Throws P2PError BadArgument, before a stream is opened, when the request cannot be written as HTTP.
 */
export function openExchange(
  open: (handler: StreamHandler) => ByteStream,
  request: HttpRequest,
  handler: HttpResponseHandler,
): HttpExchange {
  const head = encodeRequestHead(request.method, encodeTarget(request.target), requestHeaders(request));
  return new ClientExchange(open, head, request, handler);
}

function requestHeaders(request: HttpRequest): HttpHeaders {
  // The stream leads to one camera, so the target has no authority, and Host is sent empty (RFC 9112 §3.2).
  const headers: HttpHeaders = { host: '', ...request.headers };
  if (request.hasBody === true) headers['transfer-encoding'] = 'chunked';
  return headers;
}

/** The most one `writeBody` takes, which bounds what can wait here. */
const MAX_BODY_WRITE_BYTES = 65536;

class ClientExchange implements HttpExchange, StreamHandler, MessageSink<HttpResponseHead> {
  onDrain: (() => void) | null = null;

  private readonly parser: MessageParser<HttpResponseHead>;
  private readonly throws = new ThrowKeeper();
  private readonly stream: ByteStream;
  private readonly outbox: Outbox;
  /** The handler has got its last call, or must not be called any more. */
  private isOver = false;
  private isStreamGone = false;
  private isBodyOpen: boolean;
  private isWriterWaiting = false;

  constructor(
    open: (handler: StreamHandler) => ByteStream,
    head: Uint8Array,
    request: HttpRequest,
    private readonly handler: HttpResponseHandler,
  ) {
    this.parser = createResponseParser(request.method, this);
    this.isBodyOpen = request.hasBody === true;
    this.stream = open(this);
    this.outbox = new Outbox(this.stream);
    if (this.isOver) return; // reset from inside `open`
    this.outbox.write(head);
    if (!this.isBodyOpen) this.outbox.finish();
  }

  writeBody(bytes: Uint8Array): number {
    if (this.isOver || !this.isBodyOpen) return 0;
    if (this.outbox.waitingByteCount() > 0) {
      this.isWriterWaiting = true;
      return 0;
    }
    const taken = Math.min(bytes.length, MAX_BODY_WRITE_BYTES);
    writeChunk(this.outbox, taken === bytes.length ? bytes : bytes.subarray(0, taken));
    if (taken < bytes.length && this.outbox.waitingByteCount() > 0) this.isWriterWaiting = true;
    return taken;
  }

  endBody(): void {
    if (this.isOver || !this.isBodyOpen) return;
    this.isBodyOpen = false;
    writeLastChunk(this.outbox);
    this.outbox.finish();
  }

  bufferedBytes(): number {
    return this.isOver ? 0 : this.outbox.bufferedBytes();
  }

  abort(): void {
    if (this.isOver) return;
    this.close();
    this.giveStreamUp(AbortCode.Cancelled);
  }

  onData(bytes: Uint8Array): void {
    this.parser.push(bytes);
    // What follows a complete message is consumed as well: it must not hold the connection's window.
    if (!this.isStreamGone) this.stream.consume(bytes.length);
    this.throws.rethrow();
  }

  onEnd(): void {
    this.parser.end();
    this.throws.rethrow();
  }

  onWritable(): void {
    if (this.isStreamGone || !this.outbox.onWritable() || !this.isWriterWaiting || this.isOver) return;
    this.isWriterWaiting = false;
    if (this.onDrain !== null) this.onDrain();
  }

  onReset(errcode: number, errmsg: string): void {
    this.isStreamGone = true;
    if (this.isOver) return;
    this.close();
    this.handler.onError(errcode, errmsg);
  }

  onHead(head: HttpResponseHead): void {
    try {
      this.handler.onHead(head);
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  onBody(bytes: Uint8Array): void {
    try {
      this.handler.onBody(bytes);
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  onExtension(text: string): void {
    if (!this.handler.onChunkExtension) return;
    try {
      this.handler.onChunkExtension(text);
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  onComplete(): void {
    // Answered before our body was complete: nobody wants the rest of it.
    const isAnsweredEarly = this.isBodyOpen;
    this.close();
    if (isAnsweredEarly) this.giveStreamUp(AbortCode.NoError);
    try {
      this.handler.onEnd();
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  onProblem(problem: HttpProblem): void {
    const errmsg =
      problem === 'truncated' ? 'the HTTP response ended too early' : `bad HTTP response: ${problem}`;
    this.close();
    this.giveStreamUp(AbortCode.MessageError);
    try {
      this.handler.onError(ErrCode.ProtocolViolation, errmsg);
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  private close(): void {
    this.isOver = true;
    this.isBodyOpen = false;
    this.parser.stop();
  }

  private giveStreamUp(code: number): void {
    this.isStreamGone = true;
    this.outbox.clear();
    this.stream.abort(code);
  }
}
