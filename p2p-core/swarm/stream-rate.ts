const FIRST_RATE_KBPS = 800;
const WINDOW_MS = 2000;
/** Around the data of a tag in FLV. */
export const FLV_TAG_BYTES = 15;

/** The stream's rate, from what is played. */
export class StreamRate {
  kbps = FIRST_RATE_KBPS;
  /** All that was played. */
  bytes = 0;
  private isMeasured = false;
  private windowBytes = 0;
  private windowMs = 0;

  onTag(dataBytes: number): void {
    this.bytes += dataBytes + FLV_TAG_BYTES;
  }

  /** `streamMs`: of what was played last. True when the rate was measured again. */
  measure(streamMs: number): boolean {
    const mediaMs = streamMs - this.windowMs;
    if (mediaMs >= 0 && mediaMs < WINDOW_MS) return false;
    const kbps = (8 * (this.bytes - this.windowBytes)) / Math.max(1, mediaMs);
    this.windowBytes = this.bytes;
    this.windowMs = streamMs;
    if (mediaMs < 0 || kbps < 1) return false;
    this.kbps = Math.round(this.isMeasured ? this.kbps + (kbps - this.kbps) / 8 : kbps);
    this.isMeasured = true;
    return true;
  }
}
