import type { ReceiveStream } from './receive-stream';
import type { SendStream } from './send-stream';
import type { StreamPriority } from './types';

/** Both directions of one bidirectional stream. */
export class Stream {
  /** It waits in the scheduler; see stream-scheduler.ts. */
  isQueued = false;
  /** It waits in the list of streams with frames other than data. */
  hasControl = false;
  /** A stream of ours that the peer has not allowed yet sends nothing. */
  isAllowed = true;

  constructor(
    readonly id: number,
    public priority: StreamPriority,
    readonly send: SendStream,
    readonly receive: ReceiveStream,
  ) {}

  get isFinished(): boolean {
    return this.send.isDone && this.receive.isDone;
  }
}
