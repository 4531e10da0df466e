/**
 * Keeps the first thing that callbacks threw while a parser was in the middle of its bytes, so that the parser goes on
 * undisturbed and whoever called it (the session, which guards and logs) still sees the failure.
 */
export class ThrowKeeper {
  private hasThrown = false;
  private thrown: unknown = undefined;

  keep(thrown: unknown): void {
    if (this.hasThrown) return;
    this.hasThrown = true;
    this.thrown = thrown;
  }

  /** Throws what was kept, once. */
  rethrow(): void {
    if (!this.hasThrown) return;
    const thrown = this.thrown;
    this.hasThrown = false;
    this.thrown = undefined;
    throw thrown;
  }
}
