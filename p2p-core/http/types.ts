/**
 * HTTP/1.1 (RFC 9112) on one stream each: no pipelining, no keep-alive; the end of the stream's direction ends a message
 * without length. Header names are lower case.
 */
export type HttpHeaders = Record<string, string>;

export interface HttpRequestHead {
  method: string;
  /** Path without query, e.g. `/ipc.flv`. */
  path: string;
  /** Raw query string without `?`. */
  query: string;
  headers: HttpHeaders;
}

export interface HttpResponseHead {
  status: number;
  reason: string;
  headers: HttpHeaders;
}

/** What the asking side gets. Exactly one of onEnd and onError comes last. Guarded like StreamHandler. */
export interface HttpResponseHandler {
  onHead(head: HttpResponseHead): void;
  /** Body bytes with transfer coding removed; borrowed until the call returns. */
  onBody(bytes: Uint8Array): void;
  /** What the other side wrote beside a chunk (RFC 9112 §7.1.1), without the first `;`; before the chunk's bytes. */
  onChunkExtension?(text: string): void;
  onEnd(): void;
  /** `errcode` is of ErrCode: protocol violation, link lost, closed by peer… */
  onError(errcode: number, errmsg: string): void;
}

/** The asking side of one exchange. */
export interface HttpExchange {
  /** Sends request body bytes (only for a request opened with a body; chunked coding). Returns bytes taken. */
  writeBody(bytes: Uint8Array): number;
  /** Room again for `writeBody`, after it took less than it was given. */
  onDrain: (() => void) | null;
  endBody(): void;
  bufferedBytes(): number;
  /** No handler is called any more. */
  abort(): void;
}

/** The answering side: called once the request head is complete. */
export type HttpServerHandler = (request: HttpServerRequest, response: HttpServerResponse) => void;

export interface HttpServerRequest extends HttpRequestHead {
  /** Set it synchronously to receive the request's body. */
  onBody: ((bytes: Uint8Array) => void) | null;
  onBodyEnd: (() => void) | null;
  /** The asking side went away before the exchange was complete. Nothing may be written afterwards. */
  onAbort: (() => void) | null;
}

export interface HttpServerResponse {
  /** Sends the head; without `content-length` the body is chunked. Once. */
  start(status: number, headers: HttpHeaders): void;
  /**
   * Body bytes (copied). All are taken; `bufferedBytes` tells when to hold back, `onDrain` when to go on. `extension` is
   * written beside the chunk, as `name=value` or several with `;` between; a body that is not chunked has no place for it.
   */
  write(bytes: Uint8Array, extension?: string): void;
  bufferedBytes(): number;
  /** Of `bufferedBytes`, what the stream had no room for yet. Only when there is some does `onDrain` follow. */
  waitingByteCount(): number;
  onDrain: (() => void) | null;
  end(): void;
  /** Breaks the exchange off; the other side sees an error, not an end. */
  abort(): void;
  setPriority(priority: number): void;
}
