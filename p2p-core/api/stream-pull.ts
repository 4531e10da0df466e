import { ErrCode } from '../errors';
import type { HttpExchange, HttpHeaders } from '../http/types';
import type { Clock } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import { StreamPriority } from '../transport/types';
import type { DeviceLink } from './device-link';
import type { StreamStats } from './stats';
import type { DataCallback } from './types';

export interface StreamPullHandler {
  onRequest(): void;
  onParsed(status: number, headers: HttpHeaders): void;
  /** Exactly once: 0 when the camera began to answer with success, else the cause. */
  onStarted(errcode: number, errmsg: string): void;
  /** The camera left so much out: FLV tags, and the time that they would have played. */
  onSkipped(skippedMs: number, skippedTags: number): void;
  /** At most once, after a start: the stream is over. errcode 0 is its normal end. */
  onEnded(errcode: number, errmsg: string): void;
}

export interface StreamPullOptions {
  filename: string;
  params: string;
  dataCallback: DataCallback;
  /** From the request to the response head, connecting included. */
  headTimeoutMs: number;
}

/** docs/protocol.md §6, Live: the chunk extension in front of the key frame after a skip. */
const SKIP = /^skip-ms=(\d{1,10});skip-tags=(\d{1,10})$/;

/** One media stream: `GET /<filename>?<params>`. Media goes straight from the stream to `dataCallback`. */
export class StreamPull {
  private readonly timer: TimerSlot;
  private exchange: HttpExchange | null = null;
  private phase: 'waiting' | 'streaming' | 'over' = 'waiting';
  private startedMs = 0;
  private requestMs: number | null = null;
  private headerMs: number | null = null;
  private firstByteMs: number | null = null;
  private receivedBytes = 0;
  private skippedMs = 0;
  private skips = 0;

  constructor(
    private readonly link: DeviceLink,
    private readonly clock: Clock,
    private readonly options: StreamPullOptions,
    private readonly handler: StreamPullHandler,
  ) {
    this.timer = new TimerSlot(clock, () =>
      this.fail(ErrCode.Timeout, `no answer to the stream request within ${options.headTimeoutMs} ms`),
    );
  }

  /** Sends the request. Once; the handler may be called before it returns, and may stop the pull. */
  start(): void {
    const { link, clock } = this;
    const { filename, params, dataCallback, headTimeoutMs } = this.options;
    this.startedMs = clock.nowMs();
    this.timer.arm(this.startedMs + headTimeoutMs);
    const priority = /(?:^|&)action=playback(?:&|$)/.test(params)
      ? StreamPriority.Playback
      : StreamPriority.Live;
    this.exchange = link.get(`/${filename}${params === '' ? '' : `?${params}`}`, priority, {
      onHead: (head) => this.onHead(head.status, head.headers),
      onBody: (bytes) => {
        if (this.phase !== 'streaming') return;
        if (this.firstByteMs === null) this.firstByteMs = clock.nowMs();
        this.receivedBytes += bytes.length;
        dataCallback(bytes.slice().buffer as ArrayBuffer);
      },
      onChunkExtension: (text) => this.onExtension(text),
      onEnd: () => {
        if (this.phase === 'streaming') this.end(ErrCode.Ok, '');
      },
      onError: (errcode, errmsg) => this.fail(errcode, errmsg),
    });
    if (link.isConnected) this.announceRequest();
  }

  /** What it has received, and when each step was done, counted from `sinceMs`; by default from its own start. */
  stats(sinceMs = this.startedMs): Omit<StreamStats, 'bitrateKbps'> {
    const since = (ms: number | null): number | null => (ms === null ? null : ms - sinceMs);
    return {
      requestMs: since(this.requestMs),
      headerMs: since(this.headerMs),
      firstByteMs: since(this.firstByteMs),
      receivedBytes: this.receivedBytes,
      skippedMs: this.skippedMs,
      skips: this.skips,
    };
  }

  get hasReceived(): boolean {
    return this.firstByteMs !== null;
  }

  /** The request left this side (now, or when the session connected). */
  announceRequest(): void {
    if (this.requestMs !== null || this.phase === 'over') return;
    this.requestMs = this.clock.nowMs();
    this.handler.onRequest();
  }

  /** Stops the stream; a start still waiting is told -2810. Returns whether anything was running. */
  stop(): boolean {
    if (this.phase === 'over') return false;
    const wasWaiting = this.phase === 'waiting';
    this.close();
    if (wasWaiting) this.handler.onStarted(ErrCode.Aborted, 'the stream was stopped while it was starting');
    return true;
  }

  private onHead(status: number, headers: HttpHeaders): void {
    if (this.phase !== 'waiting') return;
    this.timer.clear();
    this.headerMs = this.clock.nowMs();
    this.announceRequest();
    this.handler.onParsed(status, headers);
    if (this.phase !== 'waiting') return; // the app stopped it while being told
    if (status < 200 || status > 299) {
      return this.fail(ErrCode.HttpStatus, `the camera answered with status ${status}`);
    }
    this.phase = 'streaming';
    this.handler.onStarted(ErrCode.Ok, '');
  }

  private onExtension(text: string): void {
    const skip = SKIP.exec(text);
    if (skip === null || this.phase !== 'streaming') return;
    const skippedMs = Number(skip[1]);
    this.skippedMs += skippedMs;
    this.skips++;
    this.handler.onSkipped(skippedMs, Number(skip[2]));
  }

  private fail(errcode: number, errmsg: string): void {
    if (this.phase === 'waiting') {
      this.close();
      this.handler.onStarted(errcode, errmsg);
    } else if (this.phase === 'streaming') this.end(errcode, errmsg);
  }

  private end(errcode: number, errmsg: string): void {
    this.close();
    this.handler.onEnded(errcode, errmsg);
  }

  private close(): void {
    this.phase = 'over';
    this.timer.clear();
    // Null when the exchange failed before `get` returned.
    if (this.exchange !== null) this.exchange.abort();
  }
}
