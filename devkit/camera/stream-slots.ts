/**
 * Counts what the camera streams at once (live, playback, download): a session may open any number of streams, a camera has
 * one uplink.
 */
export class StreamSlots {
  private taken = 0;

  constructor(private readonly limit: number) {}

  get isFull(): boolean {
    return this.taken >= this.limit;
  }

  /** Returns what gives the slot back, harmless when called again; null when there is none. */
  take(): (() => void) | null {
    if (this.isFull) return null;
    this.taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.taken--;
      isTaken = false;
    };
  }
}
