/**
 * Runs a pure machine: feeds it one event at a time and does what comes out. Events that effects cause wait in line, so
 * that one event is finished before the next begins.
 */
export class EventQueue<Event, Effect> {
  private readonly waiting: Event[] = [];
  private isRunning = false;

  constructor(
    private readonly step: (event: Event) => readonly Effect[],
    private readonly run: (effect: Effect) => void,
  ) {}

  /** What an effect throws is thrown when the line is empty; nothing is left undone. */
  dispatch(event: Event): void {
    this.waiting.push(event);
    if (this.isRunning) return;
    this.isRunning = true;
    const errors: unknown[] = [];
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      for (const effect of this.step(next)) {
        try {
          this.run(effect);
        } catch (error) {
          errors.push(error);
        }
      }
    }
    this.isRunning = false;
    if (errors.length > 0) throw errors[0];
  }
}
