import { utf8Decode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { ErrCode } from '../errors';
import type { HttpExchange } from '../http/types';
import type { Clock } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import { StreamPriority } from '../transport/types';
import type { DeviceLink } from './device-link';
import type { CommandResult } from './types';

/** An answer is a status or a list, never media. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface CommandRequest {
  command: string;
  responseType: 'text' | 'arraybuffer';
  timeoutMs: number;
  /** Exactly once. */
  onResult(result: CommandResult): void;
}

export const commandError = (errcode: number, errmsg: string): CommandResult => ({
  type: errcode === ErrCode.Timeout ? 'timeout' : 'error',
  status: 0,
  data: '',
  errcode,
  errmsg,
});

/** One command and its answer: `GET /command?<command>`. */
export class PendingCommand {
  private readonly exchange: HttpExchange;
  private readonly timer: TimerSlot;
  /** One buffer: an answer in chunks of one byte must not cost an object each. */
  private readonly body = new ByteWriter();
  private status = 0;
  private isOver = false;

  constructor(
    link: DeviceLink,
    clock: Clock,
    private readonly request: CommandRequest,
  ) {
    this.timer = new TimerSlot(clock, () =>
      this.fail(ErrCode.Timeout, `no answer to the command within ${request.timeoutMs} ms`),
    );
    this.timer.arm(clock.nowMs() + request.timeoutMs);
    this.exchange = link.get(`/command?${request.command}`, StreamPriority.Command, {
      onHead: (head) => {
        this.status = head.status;
      },
      onBody: (bytes) => {
        if (this.body.length + bytes.length > MAX_ANSWER_BYTES) {
          this.fail(ErrCode.ProtocolViolation, `the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
        } else this.body.bytes(bytes);
      },
      onEnd: () => this.succeed(),
      onError: (errcode, errmsg) => this.fail(errcode, errmsg),
    });
  }

  fail(errcode: number, errmsg: string): void {
    this.settle({ ...commandError(errcode, errmsg), status: this.status });
  }

  private succeed(): void {
    const body = this.body.finish().slice();
    const isSuccess = this.status >= 200 && this.status < 300;
    this.settle({
      type: isSuccess ? 'success' : 'failure',
      status: this.status,
      data: this.request.responseType === 'arraybuffer' ? (body.buffer as ArrayBuffer) : utf8Decode(body),
      errcode: isSuccess ? ErrCode.Ok : ErrCode.HttpStatus,
      errmsg: isSuccess ? '' : `the camera answered with status ${this.status}`,
    });
  }

  private settle(result: CommandResult): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timer.clear();
    // Undefined when the exchange failed before its constructor returned.
    this.exchange?.abort();
    this.request.onResult(result);
  }
}
