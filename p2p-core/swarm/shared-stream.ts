import { flvHeader, flvTag } from '../flv/tag-writer';
import type { Clock, Port } from '../port/port';
import { OriginSource } from './origin-source';

export interface SharedStreamHandler {
  /** The server's answer; once. Names of headers are lower case. */
  onHead(status: number, headers: Record<string, string>): void;
  /** FLV, whole tags; the array, and its buffer, belong to the receiver. */
  onData(bytes: Uint8Array): void;
  /** Once, last, and not after `stop`: errcode 0 is the stream's normal end. */
  onEnd(errcode: number, errmsg: string): void;
}

export interface SharedStreamOptions {
  /** A secret: it may hold a token. */
  url: string;
  headTimeoutMs: number;
  requestLimitMs: number;
}

/** One viewer's share of a stream that many watch. */
export class SharedStream {
  private readonly origin: OriginSource;

  constructor(
    port: Pick<Port, 'openHttp'>,
    clock: Clock,
    options: SharedStreamOptions,
    handler: SharedStreamHandler,
  ) {
    this.origin = new OriginSource(port, clock, options, {
      onHead: (status, headers) => handler.onHead(status, headers),
      onHeader: (hasVideo, hasAudio) => handler.onData(flvHeader(hasVideo, hasAudio)),
      onTag: ({ type, timestampMs, data }) => handler.onData(flvTag(type, timestampMs, data)),
      onEnd: (errcode, errmsg) => handler.onEnd(errcode, errmsg),
    });
  }

  /** Once. False where the platform cannot do it; nothing is called then. */
  start(): boolean {
    return this.origin.start();
  }

  /** The network has changed: the connection may be dead without knowing. */
  renew(): void {
    this.origin.renew();
  }

  /** No handler is called any more. */
  stop(): void {
    this.origin.stop();
  }

  get receivedBytes(): number {
    return this.origin.receivedBytes;
  }
}
