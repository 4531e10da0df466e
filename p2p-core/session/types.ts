import type { Candidate } from '../path/types';

/**
 * One secure session with one peer, as the layers above see it. HTTP runs on its streams; the camera agent answers on them.
 */
export interface Session {
  readonly state: SessionState;
  /** Opens a stream. Bytes written before the session is connected go out with its first flight. */
  openStream(priority: number, handler: StreamHandler): ByteStream;
  /** Where the packets go now; null until connected. */
  readonly path: SessionPath | null;
  /** Closes with a code the peer learns. Streams end with `onReset`; `onClosed` of the session is not called. */
  close(code: number, reason: string): void;
}

export type SessionState = 'calling' | 'connected' | 'closed';

export interface SessionPath {
  kind: 'host' | 'srflx' | 'prflx' | 'relay';
  rttMs: number;
}

export interface SessionHandler {
  /** Once: keys exist and a path was validated. */
  onConnected(path: SessionPath): void;
  /** The packets go over a path of another kind now: from a relay to a direct one, say. */
  onPathChanged?(path: SessionPath): void;
  /** The path is silent, or this end's network has changed: another one is looked for, with the peer's help. */
  onPathDoubtful?(): void;
  /** An address of ours was found that the peer has to hear of. */
  onLocalCandidate?(candidate: Candidate): void;
  /** The peer opened a stream; return the handler of its bytes, or null to refuse it. */
  onStream(stream: ByteStream): StreamHandler | null;
  /** Once, last, with one of ErrCode's codes; not after our own `close`. */
  onClosed(errcode: number, errmsg: string): void;
}

/** Our end of one bidirectional stream of bytes. */
export interface ByteStream {
  readonly id: number;
  /** Queues bytes (copied); returns how many were taken. `onWritable` follows after a short count. */
  write(bytes: Uint8Array): number;
  /** Queued and not yet acknowledged. */
  bufferedBytes(): number;
  setPriority(priority: number): void;
  /** Ends our direction after what is queued. */
  finish(): void;
  /** Gives both directions up at once; no handler is called any more. */
  abort(code: number): void;
  /** Tells that received bytes were consumed: opens the flow-control window again. */
  consume(byteCount: number): void;
}

/** Every callback is guarded: what it throws is logged and does not hurt the session. */
export interface StreamHandler {
  /** In order; `bytes` is borrowed until the call returns. */
  onData(bytes: Uint8Array): void;
  /** The peer finished its direction. */
  onEnd(): void;
  /** The peer gave the stream up, or the session closed; nothing follows. */
  onReset(errcode: number, errmsg: string): void;
  onWritable(): void;
}
