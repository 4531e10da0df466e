import { action, makeObservable, observable } from 'mobx-miniprogram';
import type { CameraLink } from '../command/camera-link';
import type { DeviceCommands } from '../command/device-commands';
import { dayRange } from './calendar';
import type { Day } from './calendar';

/** What is known of a day's list. */
export type Listing = 'loading' | 'ready' | 'failed';

export interface DayListOptions<Entry> {
  day: () => Day;
  /** Null while there is no camera. */
  link: () => CameraLink | null;
  /** Unix seconds. */
  ask: (commands: DeviceCommands, fromS: number, toS: number) => Promise<readonly Entry[]>;
  /** Within the change of `listing`. Empty, unless it is `ready`. */
  onList: (list: readonly Entry[], listing: Listing) => void;
  /** Behind it. */
  onReady?: () => void;
  onError: (cause: unknown) => void;
}

/** What a camera has of a day: asked for anew with each day, and whenever the link is there again while there is none. */
export class DayList<Entry> {
  listing: Listing = 'loading';
  /** One per list that is asked for: an answer for another day is late. */
  private epoch = 0;
  private isClosed = false;

  constructor(private readonly options: DayListOptions<Entry>) {
    makeObservable<DayList<Entry>, 'set'>(this, { listing: observable, set: action });
  }

  load(): void {
    const epoch = ++this.epoch;
    this.set('loading', []);
    const link = this.options.link();
    if (link === null || !link.isUp) return;
    const { startMs, endMs } = dayRange(this.options.day());
    this.options.ask(link.commands, startMs / 1000, endMs / 1000).then(
      (list) => {
        if (epoch !== this.epoch) return;
        this.set('ready', list);
        if (this.options.onReady) this.options.onReady();
      },
      (cause: unknown) => {
        if (epoch === this.epoch) this.fail(cause);
      },
    );
  }

  /** A day was picked, perhaps the same. */
  pick(isOther: boolean): void {
    if (isOther || this.listing !== 'ready') this.load();
  }

  /** Asks again; opens the link where it was lost. */
  reload(): void {
    const link = this.options.link();
    if (link === null) return;
    if (link.isUp) this.load();
    else link.start();
  }

  /** A list that is there stays: whoever uses the link tells that it is lost. */
  fail(cause: unknown): void {
    if (this.listing === 'ready' || this.isClosed) return;
    this.set('failed', []);
    this.options.onError(cause);
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.isClosed = true;
    this.epoch += 1;
  }

  private set(listing: Listing, list: readonly Entry[]): void {
    this.listing = listing;
    this.options.onList(list, listing);
  }
}
