import type { ByteStream, StreamHandler } from '../session/types';
import type { MessageParser, MessageSink } from './message-parser';
import type { HttpProblem } from './problem';
import { AbortCode, statusOfProblem } from './problem';
import { createRequestParser } from './request-parser';
import { ResponseWriter } from './response-writer';
import { ThrowKeeper } from './throw-keeper';
import type { HttpHeaders, HttpRequestHead, HttpServerHandler, HttpServerRequest } from './types';

/**
 * Answers one exchange on a stream the peer opened; return the result from `SessionHandler.onStream`.
 * A broken request is answered here (400, 431, 501, 505) and never reaches `handler`. A handler that throws before it
 * started its response is answered with 500, later its exchange is broken off; the throw goes on to the session's guard.
 */
export function serveExchange(stream: ByteStream, handler: HttpServerHandler): StreamHandler {
  return new ServerExchange(stream, handler);
}

class ServerRequest implements HttpServerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HttpHeaders;
  onBody: ((bytes: Uint8Array) => void) | null = null;
  onBodyEnd: (() => void) | null = null;
  onAbort: (() => void) | null = null;

  constructor(head: HttpRequestHead) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.headers = head.headers;
  }
}

class ServerExchange implements StreamHandler, MessageSink<HttpRequestHead> {
  private readonly parser: MessageParser<HttpRequestHead>;
  private readonly response: ResponseWriter;
  private readonly throws = new ThrowKeeper();
  private request: ServerRequest | null = null;
  private isRequestComplete = false;
  private isGone = false;

  constructor(
    private readonly stream: ByteStream,
    private readonly handler: HttpServerHandler,
  ) {
    this.parser = createRequestParser(this);
    this.response = new ResponseWriter(
      stream,
      () => (this.request === null ? '' : this.request.method),
      () => this.leave(),
    );
  }

  onData(bytes: Uint8Array): void {
    this.parser.push(bytes);
    if (!this.isGone) this.stream.consume(bytes.length);
    this.throws.rethrow();
  }

  onEnd(): void {
    this.parser.end();
    this.throws.rethrow();
  }

  onWritable(): void {
    this.response.onWritable();
  }

  onReset(): void {
    if (this.isGone) return;
    const isUnfinished = !this.response.isEnded || !this.isRequestComplete;
    this.leave();
    this.response.lose();
    if (isUnfinished) this.tellAbort();
    this.throws.rethrow();
  }

  onHead(head: HttpRequestHead): void {
    const request = new ServerRequest(head);
    this.request = request;
    try {
      this.handler(request, this.response);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  onBody(bytes: Uint8Array): void {
    const onBody = this.request!.onBody;
    if (onBody === null) return;
    try {
      onBody(bytes);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  onComplete(): void {
    this.isRequestComplete = true;
    const onBodyEnd = this.request!.onBodyEnd;
    if (onBodyEnd === null) return;
    try {
      onBodyEnd();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  onProblem(problem: HttpProblem): void {
    this.refuse(statusOfProblem(problem), AbortCode.MessageError);
    this.tellAbort();
  }

  /** The handler threw. It is not called again, apart from its `onAbort`, where it cleans up. */
  private fail(thrown: unknown): void {
    this.throws.keep(thrown);
    this.refuse(500, AbortCode.InternalError);
    this.tellAbort();
  }

  /** Answers in the handler's place where no answer was begun, otherwise makes sure that it does not look complete. */
  private refuse(status: number, code: number): void {
    this.parser.stop();
    if (this.response.isEnded) return;
    if (this.response.isStarted) {
      this.response.abortWith(code);
    } else {
      this.response.respond(status);
      this.response.onDrain = null;
    }
  }

  private tellAbort(): void {
    const request = this.request;
    if (request === null) return;
    const onAbort = request.onAbort;
    request.onBody = request.onBodyEnd = request.onAbort = null;
    if (onAbort === null) return;
    try {
      onAbort();
    } catch (thrown) {
      this.throws.keep(thrown);
    }
  }

  private leave(): void {
    this.isGone = true;
    this.parser.stop();
  }
}
