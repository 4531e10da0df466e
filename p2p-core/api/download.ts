import { ErrCode } from '../errors';
import type { HttpExchange, HttpResponseHead } from '../http/types';
import { parseQuery } from '../http/query';
import type { Clock, Log } from '../port/port';
import { guarded } from '../session/guard';
import { TimerSlot } from '../session/timer-slot';
import { StreamPriority } from '../transport/types';
import type { DeviceLink } from './device-link';
import type { LocalDownloadCallbacks, LocalDownloadResult } from './types';

export interface DownloadOptions {
  /** As the app gave them; `action=download` is put in front. */
  urlParams: string;
  callbacks: LocalDownloadCallbacks;
  /** From the request to the response head, connecting included. */
  headTimeoutMs: number;
  /** A camera that sends nothing for this long, on a link that lives, has lost the file or its way. */
  stallMs: number;
  /** The id is free again; called before `onComplete`, so that the next file may be started from there. At most once. */
  onOver(): void;
  /** Exactly once, last: 0 when the file is complete, else what went wrong. */
  onSettled(errcode: number, errmsg: string): void;
}

/** What the app gets at a time: a file system call for each packet would be slower than the network. */
const BLOCK_BYTES = 64 * 1024;

/** One file: `GET /ipc.flv?action=download&…`. Holds one block of it; what the app has not taken yet is not acknowledged. */
export class Download {
  private readonly timer: TimerSlot;
  private deadlineMs = 0;
  private exchange: HttpExchange | null = null;
  private head: HttpResponseHead | null = null;
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private blockBytes = 0;
  private receivedBytes = 0;
  private isOver = false;
  private isStopped = false;

  constructor(
    private readonly link: DeviceLink,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: DownloadOptions,
  ) {
    this.timer = new TimerSlot(clock, () => {
      if (clock.nowMs() < this.deadlineMs) this.timer.arm(this.deadlineMs);
      else this.fail(ErrCode.Timeout, this.head === null ? 'no answer' : `no data for ${options.stallMs} ms`);
    });
  }

  /** Sends the request. Once; callbacks may come before it returns, and may stop the download. */
  start(): void {
    const { urlParams, headTimeoutMs } = this.options;
    this.expect(headTimeoutMs);
    const exchange = this.link.get(`/ipc.flv?action=download&${urlParams}`, StreamPriority.Download, {
      onHead: (head) => this.onHead(head),
      onBody: (bytes) => this.onBody(bytes),
      onEnd: () => this.onEnd(),
      onError: (errcode, errmsg) => this.fail(errcode, errmsg),
    });
    if (!this.isOver) this.exchange = exchange;
  }

  /** Ends the download as `onError`; the bytes that arrived are handed out first. */
  fail(errcode: number, errmsg: string): void {
    if (this.isOver || (this.isGood() && !this.flush())) return;
    this.finish('onError', errcode, `${errmsg} (after ${this.receivedBytes} bytes)`);
  }

  /** No callback is called any more. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    const wasRunning = !this.isOver;
    this.close();
    if (wasRunning) this.options.onSettled(ErrCode.Aborted, 'the download was stopped');
  }

  private onHead(head: HttpResponseHead): void {
    if (this.isOver) return;
    this.head = head;
    this.expect(this.options.stallMs);
    const { status, headers } = head;
    const { onHeadersReceived } = this.options.callbacks;
    if (onHeadersReceived) this.tell('onHeadersReceived', () => onHeadersReceived({ status, headers }));
    if (this.isOver || !this.isGood()) return;
    const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
    const offset = Number(parseQuery(this.options.urlParams).get('offset') ?? 0);
    // Who knows no ranges sends all of it with a 200, and names none (RFC 9110 §14.2).
    const from = range ? Number(range[1]) : status === 206 ? offset : 0;
    // Appended to what the app has, it would spoil the file.
    if (from !== offset) {
      this.fail(ErrCode.ProtocolViolation, `asked from byte ${offset}, the camera began at ${from}`);
    }
  }

  private onBody(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.deadlineMs = this.clock.nowMs() + this.options.stallMs;
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(bytes.length - at, BLOCK_BYTES - this.blockBytes);
      this.block.set(bytes.subarray(at, at + taken), this.blockBytes);
      this.blockBytes += taken;
      at += taken;
      if (this.blockBytes < BLOCK_BYTES) continue;
      // No explanation is longer than a block: the rest of one is not waited for.
      if (!this.isGood()) return this.refuse();
      if (!this.flush()) return;
    }
  }

  private onEnd(): void {
    if (this.isOver) return;
    if (!this.isGood()) this.refuse();
    else if (this.flush()) this.finish('onSuccess', ErrCode.Ok, '');
  }

  private refuse(): void {
    this.finish('onFailure', ErrCode.HttpStatus, `the camera answered with status ${this.head!.status}`);
  }

  /** Hands the block out. False when the download has ended meanwhile. */
  private flush(): boolean {
    const { blockBytes } = this;
    if (blockBytes === 0) return true;
    this.blockBytes = 0;
    try {
      this.options.callbacks.onChunkReceived(this.block.buffer.slice(0, blockBytes));
    } catch (thrown) {
      // The app could not keep it (its disk is full, say): a file with a hole must not end in `onSuccess`.
      if (!this.isOver) {
        const cause = thrown instanceof Error ? thrown.message : String(thrown);
        this.finish('onError', ErrCode.DownloadFailed, `onChunkReceived threw: ${cause}`);
      }
      return false;
    }
    this.receivedBytes += blockBytes;
    return !this.isOver;
  }

  private finish(which: 'onSuccess' | 'onFailure' | 'onError', errcode: number, errmsg: string): void {
    this.close();
    const { callbacks, onOver, onSettled } = this.options;
    const { receivedBytes, blockBytes } = this;
    const { status, headers } = this.head ?? { status: 0, headers: {} };
    const result: LocalDownloadResult = { status, headers, errcode, errmsg, receivedBytes };
    if (which === 'onFailure') result.data = this.block.buffer.slice(0, blockBytes);
    const report = callbacks[which];
    if (report) this.tell(which, () => report(result));
    onOver();
    if (!this.isStopped) this.tell('onComplete', () => callbacks.onComplete());
    onSettled(errcode, errmsg);
  }

  private isGood(): boolean {
    return this.head !== null && this.head.status >= 200 && this.head.status < 300;
  }

  private expect(withinMs: number): void {
    this.deadlineMs = this.clock.nowMs() + withinMs;
    this.timer.arm(this.deadlineMs);
  }

  private tell(where: string, call: () => void): void {
    guarded(this.log, where, call);
  }

  private close(): void {
    this.isOver = true;
    this.timer.clear();
    // Null when the exchange failed before `get` returned.
    if (this.exchange !== null) this.exchange.abort();
  }
}
