/** The listeners of one event, as `onX` / `offX` pairs of wx objects manage them. */
export class Listeners<T> {
  private list: readonly ((detail: T) => void)[] = [];

  readonly on = (listener: (detail: T) => void): void => {
    this.list = [...this.list, listener];
  };

  /** Without an argument: all of them. */
  readonly off = (listener?: (detail: T) => void): void => {
    this.list = listener ? this.list.filter((other) => other !== listener) : [];
  };

  emit(detail: T): void {
    for (const listener of this.list) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
