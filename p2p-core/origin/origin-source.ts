import { ErrCode } from '../errors';
import { createFlvReader } from '../flv/tag-reader';
import type { FlvReader, FlvTag } from '../flv/tag-reader';
import type { Clock, HttpFetch, Port } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import { shifted, Splice } from './splice';

export interface OriginHandler {
  /** Of the first connection, as `onHeader`. Names of headers are lower case. */
  onHead(status: number, headers: Record<string, string>): void;
  /** The file header. */
  onHeader(hasVideo: boolean, hasAudio: boolean): void;
  /** On one clock, over all connections. Borrowed until the call returns. */
  onTag(tag: FlvTag): void;
  /** Once, last, and not after `stop`: errcode 0 is the stream's normal end. */
  onEnd(errcode: number, errmsg: string): void;
}

export interface OriginOptions {
  /** A secret: it may hold a token. */
  url: string;
  /** From the request to the answer's head. */
  headTimeoutMs: number;
  /** The platform ends requests after this long, whatever they do. */
  requestLimitMs: number;
}

/** The next connection is opened after this share of what the platform allows one… */
const RENEW_SHARE = 0.8;
/** …and has until then to be one with it. */
const HURRY_SHARE = 0.95;
const RETRY_MS = 2000;
/** A live stream that says nothing for so long may be a connection that died without a word: another one is tried. */
const SILENCE_MS = 5000;
/** So long the next connection, which speaks, waits for one that does not. */
const HURRY_SILENCE_MS = 1500;

/** One request: FLV tags as they come. */
interface Connection {
  request: HttpFetch | null;
  reader: FlvReader;
  openedMs: number;
  hasHead: boolean;
  isOver: boolean;
}

/**
 * The stream as its server gives it, for as long as somebody watches. Platforms end long requests: before that, a second
 * connection takes over, without a seam.
 */
export class OriginSource {
  /** Body bytes of all connections, what came twice included. */
  receivedBytes = 0;
  /** Connections made so far. */
  opens = 0;
  private current: Connection | null = null;
  private next: Connection | null = null;
  /** What the current connection's timestamps lack to be the first one's. */
  private offsetMs = 0;
  private isOver = false;
  private hasTags = false;
  private lastByteMs = 0;
  /** Why the current connection ended, and until when another one is tried. */
  private broken: { errcode: number; errmsg: string; untilMs: number } | null = null;
  private readonly splice = new Splice();
  private readonly timer: TimerSlot;

  constructor(
    private readonly port: Pick<Port, 'openHttp'>,
    private readonly clock: Clock,
    private readonly options: OriginOptions,
    private readonly handler: OriginHandler,
  ) {
    this.timer = new TimerSlot(clock, () => this.onTimer());
  }

  /** Once. False where the platform cannot give an answer in parts; nothing is called then. */
  start(): boolean {
    this.current = this.open();
    if (this.current === null) this.isOver = true;
    else this.arm();
    return this.current !== null;
  }

  /** The network has changed: the connection may be dead without knowing. */
  renew(): void {
    if (this.isOver || this.next !== null || !this.hasTags) return;
    this.next = this.open();
    this.arm();
  }

  stop(): void {
    this.isOver = true;
    this.timer.clear();
    close(this.current);
    close(this.next);
    this.current = this.next = null;
  }

  private open(): Connection | null {
    const { port, options } = this;
    const connection: Connection = {
      request: null,
      reader: createFlvReader({
        onHeader: (hasVideo, hasAudio) => {
          if (this.opens === 1 && this.current === connection) this.handler.onHeader(hasVideo, hasAudio);
        },
        onTag: (tag) => this.onTag(connection, tag),
      }),
      openedMs: this.clock.nowMs(),
      hasHead: false,
      isOver: false,
    };
    const request = port.openHttp
      ? port.openHttp(options.url, {
          onHead: (status, headers) => this.onHead(connection, status, headers),
          onChunk: (bytes) => {
            if (connection.isOver) return;
            this.receivedBytes += bytes.length;
            if (connection === this.current) this.lastByteMs = this.clock.nowMs();
            if (!connection.reader.feed(bytes) && !connection.isOver) {
              this.lose(
                connection,
                ErrCode.ProtocolViolation,
                `the server's FLV is broken: ${connection.reader.error}`,
              );
            }
          },
          onEnd: (errmsg) => {
            if (errmsg === '') this.lose(connection, ErrCode.Ok, '');
            else
              this.lose(
                connection,
                ErrCode.OriginLost,
                `the server's connection broke: ${withoutUrl(errmsg)}`,
              );
          },
        })
      : null;
    if (request === null) return null;
    this.opens++;
    connection.request = request;
    return connection;
  }

  private onHead(connection: Connection, status: number, headers: Record<string, string>): void {
    if (connection.isOver) return;
    connection.hasHead = true;
    const isFirst = this.opens === 1;
    if (isFirst) {
      const named: Record<string, string> = {};
      for (const name of Object.keys(headers)) named[name.toLowerCase()] = String(headers[name]);
      this.handler.onHead(status, named);
    }
    if (connection.isOver) return; // stopped while it was told
    this.lastByteMs = Math.max(this.lastByteMs, connection === this.current ? this.clock.nowMs() : 0);
    if (status < 200 || status > 299)
      this.lose(connection, ErrCode.HttpStatus, `the server answered with status ${status}`);
    else this.arm();
  }

  private onTag(connection: Connection, tag: FlvTag): void {
    if (connection.isOver) return;
    if (connection === this.current) {
      this.give(this.offsetMs === 0 ? tag : shifted(tag, this.offsetMs));
      if (this.next !== null) this.tryTake(false);
    } else if (connection === this.next) {
      this.splice.addFresh(tag);
      const silentMs = this.clock.nowMs() - this.lastByteMs;
      this.tryTake(
        this.broken !== null ||
          silentMs >= HURRY_SILENCE_MS ||
          this.ageMs >= this.options.requestLimitMs * HURRY_SHARE,
      );
    }
  }

  private give(tag: FlvTag): void {
    this.hasTags = true;
    this.splice.addOld(tag);
    this.handler.onTag(tag);
  }

  /** Of the connection that plays. */
  private get ageMs(): number {
    return this.current === null ? 0 : this.clock.nowMs() - this.current.openedMs;
  }

  /** The next connection becomes the one that plays, as soon as it can. */
  private tryTake(isHurried: boolean): void {
    const taken = this.splice.take(isHurried);
    if (taken === null) return;
    close(this.current);
    this.current = this.next;
    this.next = null;
    this.broken = null;
    this.offsetMs = taken.offsetMs;
    this.lastByteMs = this.clock.nowMs();
    for (const tag of taken.tags) if (!this.isOver) this.give(tag);
    this.arm();
  }

  private lose(connection: Connection, errcode: number, errmsg: string): void {
    if (connection.isOver) return;
    close(connection);
    const nowMs = this.clock.nowMs();
    if (connection === this.next) {
      this.next = null;
      this.splice.dropFresh();
      const { broken } = this;
      if (broken !== null && (errcode === ErrCode.Ok || nowMs >= broken.untilMs)) {
        return this.end(broken.errcode, broken.errmsg);
      }
      return this.arm();
    }
    const mayRetry = this.hasTags && errcode === ErrCode.OriginLost;
    if (this.next === null && !mayRetry) return this.end(errcode, errmsg);
    // The picture waits for another connection.
    this.broken = { errcode, errmsg, untilMs: nowMs + this.options.headTimeoutMs };
    if (this.next === null) this.next = this.open();
    this.tryTake(true);
    this.arm();
  }

  private end(errcode: number, errmsg: string): void {
    if (this.isOver) return;
    this.stop();
    this.handler.onEnd(errcode, errmsg);
  }

  private arm(): void {
    const { headTimeoutMs, requestLimitMs } = this.options;
    const { current, next, broken } = this;
    if (this.isOver || current === null) return;
    this.timer.clear();
    const nowMs = this.clock.nowMs();
    const waiting = next || current;
    if (!waiting.hasHead) this.timer.arm(waiting.openedMs + headTimeoutMs);
    else if (broken !== null) this.timer.arm(next === null ? nowMs + RETRY_MS : broken.untilMs);
    else if (next === null) {
      const dueMs = Math.min(current.openedMs + requestLimitMs * RENEW_SHARE, this.lastByteMs + SILENCE_MS);
      // Later only after a try that failed.
      this.timer.arm(dueMs > nowMs ? dueMs : nowMs + RETRY_MS);
    }
  }

  private onTimer(): void {
    const { current, next, broken } = this;
    if (this.isOver || current === null) return;
    const nowMs = this.clock.nowMs();
    const waiting = next || current;
    if (broken !== null && nowMs >= broken.untilMs) return this.end(broken.errcode, broken.errmsg);
    if (!waiting.hasHead && !waiting.isOver) {
      const { headTimeoutMs } = this.options;
      return this.lose(waiting, ErrCode.Timeout, `no answer of the server within ${headTimeoutMs} ms`);
    }
    const isDue =
      broken !== null ||
      nowMs - this.lastByteMs >= SILENCE_MS ||
      this.ageMs >= this.options.requestLimitMs * RENEW_SHARE;
    if (next === null && isDue && this.hasTags) this.next = this.open();
    this.arm();
  }
}

function close(connection: Connection | null): void {
  if (connection === null || connection.isOver) return;
  connection.isOver = true;
  // Null when it failed before the port returned.
  if (connection.request !== null) connection.request.abort();
}

/** Platforms put the URL into their messages, and the URL may hold a token. */
const withoutUrl = (errmsg: string): string => errmsg.slice(0, 200).replace(/\w+:\/\/\S+/g, '(url)');
