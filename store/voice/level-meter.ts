/** How often a level is told at most: each one is a setData. */
const INTERVAL_MS = 200;
/** Every so many samples are looked at: more would not be seen. */
const STRIDE = 4;
/** Below this a room is silent to a phone's microphone. */
const FLOOR_DB = -54;
const FULL_SCALE = 32768;
const STEPS = 20;

/** How loud 16-bit PCM is, in 20 steps, told a few times a second and only when it changes. */
export class LevelMeter {
  private level = 0;
  private loudest = 0;
  private toldMs = -Infinity;

  constructor(
    private readonly nowMs: () => number,
    /** 0 (silence) to 1 (full scale). */
    private readonly onLevel: (level: number) => void,
  ) {}

  /** One frame of little-endian samples; borrowed. */
  feed(frame: ArrayBuffer): void {
    // Frames come whole and on even bytes from the platform; phones are little-endian, as PCM is.
    const samples = new Int16Array(frame, 0, frame.byteLength >> 1);
    let sum = 0;
    let count = 0;
    for (let i = 0; i < samples.length; i += STRIDE) {
      const sample = samples[i]!;
      sum += sample * sample;
      count++;
    }
    if (count > 0) this.loudest = Math.max(this.loudest, sum / count);
    const nowMs = this.nowMs();
    if (nowMs - this.toldMs < INTERVAL_MS) return;
    this.toldMs = nowMs;
    const db = 10 * Math.log10(this.loudest / (FULL_SCALE * FULL_SCALE));
    this.loudest = 0;
    this.tell(Math.max(0, Math.min(1, 1 - db / FLOOR_DB)));
  }

  /** Silence, at once. */
  reset(): void {
    this.loudest = 0;
    this.toldMs = -Infinity;
    this.tell(0);
  }

  private tell(exact: number): void {
    const level = Math.round(exact * STEPS) / STEPS;
    if (level === this.level) return;
    this.level = level;
    this.onLevel(level);
  }
}
