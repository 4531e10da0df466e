/**
 * How long the oldest of what waits for a viewer has waited. By the clock and not by timestamps: a source that has just been
 * started gives seconds of pictures at once. What a new viewer got in one go is not old when it is sent: its time counts from
 * when it has left.
 */
export class QueueAge {
  /** Of each write that waits: where it ends, counted from the first byte, and when that was. */
  private readonly endBytes: number[] = [];
  private readonly writtenMs: number[] = [];
  private totalBytes = 0;
  private burstBytes = 0;

  onWritten(byteCount: number, nowMs: number): void {
    this.totalBytes += byteCount;
    this.endBytes.push(this.totalBytes);
    this.writtenMs.push(nowMs);
  }

  /** All that was written until now came in one go. */
  onBurstEnd(): void {
    this.endBytes.length = this.writtenMs.length = 0;
    this.burstBytes = this.totalBytes;
  }

  /** @param waitingBytes of all that was written, what was not acknowledged yet */
  ageMs(waitingBytes: number, nowMs: number): number {
    const { endBytes, writtenMs } = this;
    const goneBytes = this.totalBytes - waitingBytes;
    if (goneBytes < this.burstBytes) return 0;
    if (this.burstBytes > 0) writtenMs.fill(nowMs);
    this.burstBytes = 0;
    while (endBytes.length > 0 && endBytes[0]! <= goneBytes) {
      endBytes.shift();
      writtenMs.shift();
    }
    return endBytes.length === 0 ? 0 : nowMs - writtenMs[0]!;
  }
}
