import type { Stream } from './stream';

const PRIORITY_COUNT = 5;

/**
 * Streams that may have data to send: strictly by priority, in turn within one. A stream is put in when something
 * becomes sendable; whoever takes it out finds out whether there really is.
 */
export class StreamScheduler {
  private readonly queues: Stream[][] = [];
  private count = 0;

  constructor() {
    for (let i = 0; i < PRIORITY_COUNT; i++) this.queues.push([]);
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  add(stream: Stream): void {
    if (stream.isQueued || !stream.isAllowed) return;
    stream.isQueued = true;
    this.queues[stream.priority]!.push(stream);
    this.count++;
  }

  /** Takes the most urgent stream out; null when there is none. */
  take(): Stream | null {
    if (this.count === 0) return null;
    for (const queue of this.queues) {
      const stream = queue.shift();
      if (!stream) continue;
      this.count--;
      stream.isQueued = false;
      return stream;
    }
    return null;
  }

  /** Before the stream's priority changes, or it is forgotten. */
  remove(stream: Stream): void {
    if (!stream.isQueued) return;
    const queue = this.queues[stream.priority]!;
    queue.splice(queue.indexOf(stream), 1);
    stream.isQueued = false;
    this.count--;
  }
}
