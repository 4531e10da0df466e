/** The highest value of the last rounds: one slot per round, the oldest is given up when a round begins. */
export class RoundMaxFilter {
  /** 0 before the first sample. */
  value = 0;
  private readonly slots: Float64Array;
  private current = 0;

  constructor(roundCount: number) {
    this.slots = new Float64Array(roundCount);
  }

  startRound(): void {
    const { slots } = this;
    this.current = (this.current + 1) % slots.length;
    const isHighest = slots[this.current]! >= this.value;
    slots[this.current] = 0;
    if (!isHighest) return;
    let highest = 0;
    for (let i = 0; i < slots.length; i++) highest = Math.max(highest, slots[i]!);
    // An estimate does not vanish because a round brought no sample.
    if (highest > 0) this.value = highest;
    else slots[this.current] = this.value;
  }

  add(sample: number): void {
    if (sample > this.slots[this.current]!) this.slots[this.current] = sample;
    if (sample > this.value) this.value = sample;
  }
}
