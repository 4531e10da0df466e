import type { SimEnd, World } from './world';

/** The shape of surveillance video: 25 pictures a second, one key picture a second with 24 % of the second's bytes. */
const FRAMES_PER_SECOND = 25;
const KEY_FRAME_SHARE = 0.24;

/** Writes pictures at a steady rate to one stream and tells how long each took to arrive whole, in order. */
export class VideoSource {
  readonly delaysMs: number[] = [];
  writtenBytes = 0;
  arrivedBytes = 0;
  /** Pictures for which the send buffer had no room. */
  refusedFrames = 0;
  private readonly frames: { endOffset: number; writtenMs: number }[] = [];
  private next = 0;

  constructor(
    private readonly world: Pick<World, 'clock'>,
    private readonly sender: Pick<SimEnd, 'write'>,
    private readonly streamId: number,
    private readonly bitsPerSecond: number,
  ) {}

  start(untilMs: number): void {
    const bytesPerSecond = this.bitsPerSecond / 8;
    const keyBytes = Math.round(bytesPerSecond * KEY_FRAME_SHARE);
    const otherBytes = Math.round((bytesPerSecond - keyBytes) / (FRAMES_PER_SECOND - 1));
    let index = 0;
    const tick = (): void => {
      this.writeFrame(index++ % FRAMES_PER_SECOND === 0 ? keyBytes : otherBytes);
      const nextMs = this.world.clock.nowMs() + 1000 / FRAMES_PER_SECOND;
      if (nextMs < untilMs) this.world.clock.at(nextMs, tick);
    };
    tick();
  }

  onData(byteCount: number): void {
    this.arrivedBytes += byteCount;
    let frame;
    while ((frame = this.frames[this.next]) && frame.endOffset <= this.arrivedBytes) {
      this.delaysMs.push(this.world.clock.nowMs() - frame.writtenMs);
      this.next++;
    }
  }

  /** How long the pictures that have not arrived yet have waited by now: without them a stalled stream would look good. */
  waitingMs(): number[] {
    const nowMs = this.world.clock.nowMs();
    return this.frames.slice(this.next).map((frame) => nowMs - frame.writtenMs);
  }

  private writeFrame(byteCount: number): void {
    const taken = this.sender.write(this.streamId, new Uint8Array(byteCount));
    this.writtenBytes += taken;
    if (taken < byteCount) this.refusedFrames++;
    this.frames.push({ endOffset: this.writtenBytes, writtenMs: this.world.clock.nowMs() });
  }
}

/** The value below which the given share of samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted.length === 0
    ? Infinity
    : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
