import type { Prng } from '../prng';
import type { VirtualClock } from '../virtual-clock';
import type { SourceTag, StreamSource } from './source';

/** How the origin serves; may be changed while it runs. */
export interface OriginOptions {
  /** From the request to the first byte: the median; one in twenty takes three times as long. */
  openMs: number;
  /** To one viewer. */
  kbps: number;
  /** Answers nobody, and whoever it served is cut off. */
  isDown: boolean;
  /** Share of requests that fail. */
  failureRate: number;
  /** Gives nothing from time to time: mean distance and length. */
  pauses: { everyMs: number; lengthMs: number } | null;
}

export interface OriginReader {
  onInit(init: StreamSource['init']): void;
  onGop(gopId: Uint8Array, gapMs: number): void;
  onTag(tag: SourceTag): void;
  onGopEnd(): void;
  /** The connection failed or ended. */
  onEnd(): void;
}

/** One GET of one viewer: the newest key frame and what followed at once, then live. */
export class OriginConnection {
  isClosed = false;
  bytes = 0;
  private gop = -1;
  private tag = 0;
  private isFirstGop = true;
  private init: StreamSource['init'] | null = null;
  private lastMs = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Prng,
    private readonly source: StreamSource,
    private readonly options: OriginOptions,
    private readonly delayMs: number,
    private readonly reader: OriginReader,
  ) {
    const { openMs, failureRate } = options;
    const waitMs = openMs * (random.chance(0.05) ? 2.5 + random.next() : 0.7 + 0.7 * random.next());
    clock.at(clock.nowMs() + waitMs, () => {
      if (this.isClosed) return;
      if (options.isDown || random.chance(failureRate)) this.end();
      else this.begin();
    });
  }

  close(): void {
    this.isClosed = true;
  }

  /** The origin dies. */
  end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.reader.onEnd();
  }

  private begin(): void {
    const nowMs = this.clock.nowMs();
    const atMs = nowMs - this.delayMs;
    this.source.extend(nowMs + 1000);
    const { gops } = this.source;
    this.gop = gops.findIndex(({ endMs }) => endMs > atMs);
    this.lastMs = nowMs;
    this.next();
  }

  private next(): void {
    const { gops } = this.source;
    const gop = gops[this.gop]!;
    const tag = gop.tags[this.tag]!;
    const { kbps, pauses } = this.options;
    let atMs = Math.max(
      this.lastMs + (8 * tag.data.length) / kbps,
      tag.atMs + this.delayMs + 15 * this.random.next(),
    );
    if (
      pauses &&
      this.random.chance((tag.atMs - (gop.tags[this.tag - 1]?.atMs ?? tag.atMs)) / pauses.everyMs)
    ) {
      atMs += pauses.lengthMs * (0.5 + this.random.next());
    }
    this.lastMs = atMs;
    this.clock.at(atMs, () => this.deliver(tag));
  }

  private deliver(tag: SourceTag): void {
    if (this.isClosed) return;
    if (this.options.isDown) return this.end();
    const { gops } = this.source;
    const gop = gops[this.gop]!;
    if (this.tag === 0) {
      if (this.init !== gop.init) this.reader.onInit((this.init = gop.init));
      this.reader.onGop(gop.gopId, this.isFirstGop ? 0 : gops[this.gop - 1]!.stampMs);
      this.isFirstGop = false;
    }
    this.bytes += tag.data.length;
    this.reader.onTag(tag);
    if (this.isClosed) return;
    if (++this.tag === gop.tags.length) {
      this.tag = 0;
      this.gop++;
      this.source.extend(this.clock.nowMs() + 10_000);
      const next = gops[this.gop]!;
      // The end of a GOP shows when the next one begins.
      const first = next.tags[0]!;
      this.lastMs = Math.max(this.lastMs, first.atMs + this.delayMs);
      this.clock.at(this.lastMs, () => {
        if (this.isClosed) return;
        this.reader.onGopEnd();
        this.next();
      });
      return;
    }
    this.next();
  }
}
