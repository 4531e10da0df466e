import { toHex } from '../../p2p-core/bytes/hex';

/** GOPs whose numbers are kept: a minute or more. */
const MAX_GOPS = 64;
/** Different things that viewers say of one GOP. */
const MAX_CLAIMS = 4;

/** `known`: the number of the first GOP asked for. `many`: it fits in several places. `none`: it fits nowhere. */
export type Placement = { kind: 'known'; gopNo: number } | { kind: 'many' } | { kind: 'none' };

/**
 * The numbers of the GOPs of one swarm, by their ids. Pictures that do not move have equal ids, so what is asked for is a row
 * of GOPs, placed where all of it fits and nothing contradicts; what fits twice is not guessed.
 */
export class Numbering {
  /** Number → what was said of that GOP (id and body), the oldest number first. */
  private readonly claims = new Map<number, string[]>();
  /** GOP id → numbers that it was seen under. */
  private readonly places = new Map<string, Set<number>>();
  private lastNo: number;
  /** When the last GOP was added. */
  grownMs = -Infinity;

  /** `firstNo`: of the first GOP that is added. */
  constructor(readonly firstNo: number) {
    this.lastNo = firstNo - 1;
  }

  /** `expectedNo`: where the asker would have it; decides where several places fit. */
  place(gops: readonly Uint8Array[], bodies: readonly Uint8Array[], expectedNo: number | null): Placement {
    if (this.claims.size === 0) return { kind: 'none' };
    const row = gops.map((gop, i) => [toHex(gop), toHex(bodies[i]!)] as const);
    const starts = new Set<number>();
    row.forEach(([id], i) => {
      for (const no of this.places.get(id) ?? []) if (this.fits(row, no - i)) starts.add(no - i);
    });
    if (starts.size === 0) return { kind: 'none' };
    if (expectedNo !== null && starts.has(expectedNo)) return { kind: 'known', gopNo: expectedNo };
    return starts.size === 1 ? { kind: 'known', gopNo: starts.values().next().value! } : { kind: 'many' };
  }

  /** Remembers GOPs that were placed, or the first ones of all. */
  add(nowMs: number, gopNo: number, gops: readonly Uint8Array[], bodies: readonly Uint8Array[]): void {
    gops.forEach((gop, i) => {
      const no = gopNo + i;
      if (no <= this.lastNo - MAX_GOPS) return;
      const id = toHex(gop);
      const claim = id + toHex(bodies[i]!);
      const claims = this.claims.get(no) ?? [];
      if (claims.includes(claim) || claims.length >= MAX_CLAIMS) return;
      this.claims.set(no, [...claims, claim]);
      const places = this.places.get(id) ?? new Set();
      this.places.set(id, places.add(no));
      if (no > this.lastNo) this.grownMs = nowMs;
      this.lastNo = Math.max(this.lastNo, no);
    });
    for (const [no, claims] of this.claims) {
      if (no > this.lastNo - MAX_GOPS) continue;
      this.claims.delete(no);
      for (const claim of claims) {
        const id = claim.slice(0, claim.length - 16);
        const places = this.places.get(id);
        places?.delete(no);
        if (places?.size === 0) this.places.delete(id);
      }
    }
  }

  get size(): number {
    return this.claims.size;
  }

  get newestNo(): number {
    return this.lastNo;
  }

  private fits(row: readonly (readonly [string, string])[], start: number): boolean {
    return row.every(([id, body], i) => {
      const claims = this.claims.get(start + i);
      return claims === undefined || claims.includes(id + body);
    });
  }
}
