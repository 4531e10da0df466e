/**
 * Everything the core needs from the outside world. Protocol code never sees a port: it takes `nowMs` and bytes.
 * `wx-port.ts` binds it to WeChat, `devkit/port/node-port.ts` to Node, `test/sim` to virtual time.
 */
export interface Port {
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Asks the platform's secure generator for bytes (asynchronous on WeChat). Called at `init` and for reseeding; the
   * core expands the seed itself. `done` gets null where the platform has no secure generator.
   */
  randomBytes(byteCount: number, done: (bytes: Uint8Array | null) => void): void;
  /** Opens a UDP socket on a free port, for IPv4 and, where the platform has it, IPv6. Throws, or calls `onError`, when the platform refuses. */
  openUdp(handlers: UdpHandlers): UdpSocket;
  /** Opens a WebSocket for binary messages. Exactly one `onClose` follows, whatever happens. */
  openWebSocket(url: string, protocol: string, handlers: WebSocketHandlers): WebSocketLink;
  /**
   * Gets a resource whose body is handed on as it comes; redirects are followed. Missing, or null, where the platform
   * cannot. `url` is a secret: it may hold a token.
   */
  openHttp?(url: string, handlers: HttpFetchHandlers): HttpFetch | null;
  /** The addresses of this host that may be offered as host candidates; [] where the platform hides them. */
  localAddresses(done: (addresses: string[]) => void): void;
  /**
   * The network's type of now, as NetworkChange names it; 'unknown' where the platform does not tell. Missing where there
   * is but one kind, which costs nothing.
   */
  networkType?(done: (networkType: string) => void): void;
  /** Reports that the platform's network changed (type or connectivity). Returns the unsubscribe function. */
  onNetworkChange(listener: (change: NetworkChange) => void): () => void;
}

export type TimerId = number | object;

export interface Clock {
  /** Monotonic milliseconds; the origin does not matter. */
  nowMs(): number;
  /** Wall clock in milliseconds since 1970; may jump. */
  wallMs(): number;
  setTimer(fire: () => void, delayMs: number): TimerId;
  clearTimer(id: TimerId): void;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
/** Never given secrets: no xp2pInfo, no keys, no credentials. */
export type Log = (level: LogLevel, message: string) => void;

export interface UdpHandlers {
  /** `datagram` is a view that belongs to the receiver from here on and is never written by the port again. */
  onMessage(datagram: Uint8Array, address: string, port: number): void;
  onError(errmsg: string): void;
  /** The platform closed the socket (iOS does in the background). Not called after `close()`. */
  onClose(): void;
}

export interface UdpSocket {
  /** 0 while the platform has not told yet. */
  readonly localPort: number;
  /** Of the IPv6 half; 0 or missing while there is none: nothing goes to IPv6 addresses then. */
  readonly localPort6?: number;
  /** Sends one datagram. `datagram` is borrowed until the call returns. `address` is an IP or a DNS name. */
  send(datagram: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface WebSocketHandlers {
  onOpen(): void;
  onMessage(bytes: Uint8Array): void;
  /** Exactly once, after an error, a failed connect, a close by the peer, or `close()`. */
  onClose(reason: string): void;
}

export interface WebSocketLink {
  /** `bytes` is borrowed until the call returns. Ignored when not open. */
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface HttpFetchHandlers {
  /** Once, of the answer behind all redirects. Names of headers are as the platform spells them. */
  onHead(status: number, headers: Record<string, string>): void;
  /** Part of the body; it belongs to the receiver. */
  onChunk(bytes: Uint8Array): void;
  /** Once, last, and not after `abort`: '' when the body was complete, else what broke it. */
  onEnd(errmsg: string): void;
}

export interface HttpFetch {
  /** No handler is called any more. */
  abort(): void;
}

export interface NetworkChange {
  isConnected: boolean;
  /** As wx.onNetworkStatusChange: wifi, 2g, 3g, 4g, 5g, ethernet, unknown, none. */
  networkType: string;
}

/** Fills `bytes` with cryptographically secure random values; synchronous (the core's own generator, seeded by the port). */
export type FillRandom = (bytes: Uint8Array) => void;
