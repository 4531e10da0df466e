const LENGTH = 50;

/** The last events of a world, for who must find out why it failed. */
export class EventLog {
  private readonly events: string[] = [];
  private count = 0;

  constructor(private readonly nowMs: () => number) {}

  add(who: string, what: string): void {
    this.events[this.count++ % LENGTH] = `${this.nowMs().toFixed(2)} ${who}: ${what}`;
  }

  /** Oldest first. */
  toString(): string {
    const oldest = this.count % LENGTH;
    return [...this.events.slice(oldest), ...this.events.slice(0, oldest)].join('\n');
  }
}
