import { equalBytes } from '../bytes/concat';
import { FlvTagType } from '../flv/tag-reader';
import type { FlvTag } from '../flv/tag-reader';

/** Tags kept of one connection at most. More is a stream too heavy for this: it changes at a key frame. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** Of sound without pictures, which has no key frames to count by. */
const KEPT_SOUND_MS = 5000;
/** So many equal tags in a row, at one place only, say where the new connection is. */
const ENOUGH_TAGS = 16;
/** From the last tag of the old connection to a key frame of which nobody knows how much later it is. */
const UNKNOWN_GAP_MS = 40;

/** A place in the old connection's tags where the new one's can begin, and how many of them were compared there. */
interface Place {
  at: number;
  compared: number;
}

/**
 * Joins two connections to one live stream so that nothing is missing, nothing comes twice and the clock goes on:
 * the new one, which begins with an earlier key frame, is followed until it has everything that the old one gave.
 */
export class Splice {
  private readonly old: FlvTag[] = [];
  private oldBytes = 0;
  private readonly fresh: FlvTag[] = [];
  private freshBytes = 0;
  private readonly freshHeaders: FlvTag[] = [];
  private places: Place[] = [];
  private lastMs = 0;
  /** Of the old connection, by type. */
  private readonly headers: (Uint8Array | undefined)[] = [];

  /** A tag of the connection that plays: the last one or two GOPs are kept, to be looked for later. */
  addOld(tag: FlvTag): void {
    if (tag.type === FlvTagType.Script) return;
    this.lastMs = tag.timestampMs;
    if (tag.isSequenceHeader) {
      this.headers[tag.type] = tag.data.slice();
      return;
    }
    const { old } = this;
    if (this.fresh.length === 0) this.trim(tag);
    if (this.oldBytes + tag.data.length > MAX_KEPT_BYTES) this.forget(old.length);
    old.push(copyOf(tag));
    this.oldBytes += tag.data.length;
    if (this.fresh.length > 0) this.tryPlace(old.length - 1);
  }

  /** A tag of the new connection. */
  addFresh(tag: FlvTag): void {
    const { fresh } = this;
    if (tag.type === FlvTagType.Script) return;
    if (tag.isSequenceHeader) {
      this.freshHeaders.push(copyOf(tag));
      return;
    }
    const isFirst = fresh.length === 0;
    if (isFirst && !this.isCut(tag)) return; // what no decoder can begin with
    fresh.push(copyOf(tag));
    this.freshBytes += tag.data.length;
    if (isFirst) for (let at = 0; at < this.old.length; at++) this.tryPlace(at);
  }

  /** The new connection is gone: what it gave counts no more. */
  dropFresh(): void {
    this.fresh.length = this.freshHeaders.length = this.freshBytes = 0;
    this.places = [];
  }

  /**
   * What the new connection has beyond the old one, on the old one's clock, as soon as that is certain: the old one is
   * not needed any more, and forgotten. Null until then. Hurried, it takes the likeliest place, and without any, the new
   * connection's last key frame. `offsetMs` is between the clocks.
   */
  take(isHurried: boolean): { tags: FlvTag[]; offsetMs: number } | null {
    this.compare();
    const { places, old, fresh } = this;
    const isCertain = places.length === 1 && places[0]!.compared >= ENOUGH_TAGS;
    if (!isCertain && !isHurried && this.freshBytes <= MAX_KEPT_BYTES) return null;
    // Both are live: of equal places the latest is the likeliest.
    const place = places[places.length - 1];
    if (place) {
      const from = old.length - place.at;
      if (from > fresh.length) return null; // it has not caught up yet
      return this.cut(from, old[place.at]!.timestampMs - fresh[0]!.timestampMs);
    }
    let from = fresh.length - 1;
    while (from >= 0 && !this.isCut(fresh[from]!)) from--;
    return from < 0 ? null : this.cut(from, this.lastMs + UNKNOWN_GAP_MS - fresh[from]!.timestampMs);
  }

  private cut(from: number, offset: number): { tags: FlvTag[]; offsetMs: number } {
    const offsetMs = offset | 0;
    const headers = this.freshHeaders.filter(({ type, data }) => {
      const known = this.headers[type];
      return known === undefined || !equalBytes(known, data);
    });
    const tags = [...headers, ...this.fresh.slice(from)].map((tag) => shifted(tag, offsetMs));
    this.forget(this.old.length);
    this.dropFresh();
    return { tags, offsetMs };
  }

  private tryPlace(at: number): void {
    const tag = this.old[at]!;
    if (this.isCut(tag) && isSame(tag, this.fresh[0]!)) this.places.push({ at, compared: 1 });
  }

  /** What both have at each place, and was not compared yet. */
  private compare(): void {
    const { old, fresh } = this;
    this.places = this.places.filter((place) => {
      const common = Math.min(fresh.length, old.length - place.at);
      for (; place.compared < common; place.compared++) {
        if (!isSame(old[place.at + place.compared]!, fresh[place.compared]!)) return false;
      }
      return true;
    });
  }

  /** Where a connection can begin: at a key frame, or anywhere in sound without pictures. */
  private isCut(tag: FlvTag): boolean {
    return tag.isKeyframe || (tag.type === FlvTagType.Audio && this.isSoundOnly);
  }

  private get isSoundOnly(): boolean {
    return this.headers[FlvTagType.Video] === undefined;
  }

  /** A new connection will begin with the last key frame that its server knows: this end may be one further, or one behind. */
  private trim(next: FlvTag): void {
    const { old } = this;
    let count = 0;
    if (this.isSoundOnly) {
      while (count < old.length && ((next.timestampMs - old[count]!.timestampMs) | 0) > KEPT_SOUND_MS)
        count++;
    } else if (next.isKeyframe) {
      count = old.length - 1;
      while (count > 0 && !old[count]!.isKeyframe) count--;
    }
    this.forget(count);
  }

  private forget(count: number): void {
    if (count <= 0) return;
    for (const { data } of this.old.splice(0, count)) this.oldBytes -= data.length;
    this.places = this.places.filter((place) => (place.at -= count) >= 0);
  }
}

const isSame = (a: FlvTag, b: FlvTag): boolean => a.type === b.type && equalBytes(a.data, b.data);

const copyOf = (tag: FlvTag): FlvTag => ({ ...tag, data: tag.data.slice() });

/** The same tag on another clock, which wraps at 2^32 ms. */
export function shifted(tag: FlvTag, offsetMs: number): FlvTag {
  return { ...tag, timestampMs: (tag.timestampMs + offsetMs) >>> 0 };
}
