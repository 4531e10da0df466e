import { ErrCode } from '../errors';
import type { HttpExchange } from '../http/types';
import type { Clock } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import type { DeviceLink } from './device-link';

export interface VoiceUplinkOptions {
  /** Path and query. */
  target: string;
  /** From the request to the response head, connecting included. */
  headTimeoutMs: number;
  /** What may wait here and on the stream together. */
  limitBytes: number;
}

/** Of the limit: above HIGH the path is too slow for what is sent, below LOW it has caught up. */
const HIGH_SHARE = 0.5;
const LOW_SHARE = 0.125;

export interface VoiceUplinkHandler {
  /** The camera said yes, by a response head with success; its body lasts as long as it listens. At most once. */
  onAccepted(): void;
  /** What waits has risen above the high water mark, or fallen below the low one. High first, then in turns. */
  onWaterMark(isHigh: boolean, bufferedBytes: number): void;
  /** At most once, last; not after `finish` or `abort`. */
  onOver(errcode: number, errmsg: string): void;
}

/** Of the limit, what the stream may hold unacknowledged: enough for a second of round-trip time. */
const STREAM_SHARE = 2 / 3;

/**
 * Sound on its way to the camera: `POST /voice?…`. A slow path must not add delay without end, so frames queue here up to
 * a limit, where their owner can still give them up.
 */
export class VoiceUplink {
  private readonly timer: TimerSlot;
  private exchange: HttpExchange | null = null;
  private phase: 'asking' | 'open' | 'finishing' | 'over' = 'asking';
  private readonly queue: Uint8Array[] = [];
  private queuedBytes = 0;
  /** The beginning of the first frame in the queue is on its way. */
  private isCut = false;
  private isHigh = false;

  constructor(
    private readonly link: DeviceLink,
    private readonly clock: Clock,
    private readonly options: VoiceUplinkOptions,
    private readonly handler: VoiceUplinkHandler,
  ) {
    this.timer = new TimerSlot(clock, () =>
      this.fail(ErrCode.Timeout, `no answer to the talk request within ${options.headTimeoutMs} ms`),
    );
  }

  /** Sends the request. Once. */
  start(): void {
    this.timer.arm(this.clock.nowMs() + this.options.headTimeoutMs);
    const exchange = this.link.post(this.options.target, {
      onHead: ({ status, reason }) => {
        if (this.phase !== 'asking') return;
        if (status < 200 || status > 299) {
          return this.fail(ErrCode.HttpStatus, `the camera refused: status ${status} ${reason}`);
        }
        this.timer.clear();
        this.phase = 'open';
        this.handler.onAccepted();
      },
      onBody: () => {}, // what a camera says back comes with its picture
      onEnd: () => this.fail(ErrCode.ClosedByPeer, 'the camera ended the talk'),
      onError: (errcode, errmsg) => this.fail(errcode, errmsg),
    });
    this.exchange = exchange;
    exchange.onDrain = () => {
      this.pump();
      this.checkWaterMark();
    };
    if (this.phase === 'over') exchange.abort();
  }

  /** Accepted and not yet acknowledged by the camera. */
  get bufferedBytes(): number {
    return this.phase === 'over' || !this.exchange ? 0 : this.queuedBytes + this.exchange.bufferedBytes();
  }

  get isFull(): boolean {
    return this.bufferedBytes > this.options.limitBytes;
  }

  /** Takes the frame over. Ignored unless the camera listens. */
  push(frame: Uint8Array): void {
    if (this.phase !== 'open') return;
    this.queue.push(frame);
    this.queuedBytes += frame.length;
    this.pump();
    this.checkWaterMark();
  }

  private checkWaterMark(): void {
    if (this.phase !== 'open') return;
    const { bufferedBytes, isHigh } = this;
    const mark = this.options.limitBytes * (isHigh ? LOW_SHARE : HIGH_SHARE);
    if (isHigh ? bufferedBytes > mark : bufferedBytes < mark) return;
    this.isHigh = !isHigh;
    this.handler.onWaterMark(!isHigh, bufferedBytes);
  }

  /** Gives up the oldest frames while there is too much, never part of one. Returns how many. */
  dropOldest(): number {
    let count = 0;
    const first = this.isCut ? 1 : 0;
    for (; this.isFull && this.queue.length > first; count++) {
      this.queuedBytes -= this.queue.splice(first, 1)[0]!.length;
    }
    return count;
  }

  /** Ends the body after what is queued. The handler hears nothing any more; the camera's answer is not waited for. */
  finish(): void {
    if (this.phase !== 'open') return this.abort();
    this.phase = 'finishing';
    this.pump();
  }

  /** Ends everything at once. */
  abort(): void {
    if (this.phase === 'over') return;
    this.close();
    this.exchange?.abort();
  }

  private pump(): void {
    const { queue, exchange } = this;
    const isFinishing = this.phase === 'finishing';
    if (exchange === null || (this.phase !== 'open' && !isFinishing)) return;
    const windowBytes = this.options.limitBytes * STREAM_SHARE;
    while (queue.length > 0 && (isFinishing || exchange.bufferedBytes() < windowBytes)) {
      const frame = queue[0]!;
      const taken = exchange.writeBody(frame);
      if (taken === 0) return; // `onDrain` follows
      this.queuedBytes -= taken;
      this.isCut = taken < frame.length;
      if (this.isCut) queue[0] = frame.subarray(taken);
      else queue.shift();
    }
    if (isFinishing) exchange.endBody();
  }

  private fail(errcode: number, errmsg: string): void {
    if (this.phase === 'over') return;
    const isExpected = this.phase === 'finishing';
    this.abort();
    if (!isExpected) this.handler.onOver(errcode, errmsg);
  }

  private close(): void {
    this.phase = 'over';
    this.timer.clear();
    this.queue.length = 0;
    this.queuedBytes = 0;
  }
}
