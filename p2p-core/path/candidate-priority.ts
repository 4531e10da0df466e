/** Priorities of candidates and pairs (RFC 8445 §5.1.2, §6.1.2.3). */
import type { CandidateKind } from './types';

/** Type preferences that RFC 8445 §5.1.2.2 recommends. */
const TYPE_PREFERENCE: Readonly<Record<CandidateKind, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};
export const MAX_LOCAL_PREFERENCE = 0xffff;
/** One data stream with one component: media, commands and acks share one socket. */
const COMPONENT_ID = 1;
export const MAX_CANDIDATE_PRIORITY = 0x7fffffff;

/** 2^24 x type preference + 2^8 x local preference + 256 - component id; `localPreference` is 0 to 65535. */
export function candidatePriority(kind: CandidateKind, localPreference = MAX_LOCAL_PREFERENCE): number {
  return TYPE_PREFERENCE[kind] * 0x1000000 + localPreference * 0x100 + 256 - COMPONENT_ID;
}

/** Whether a priority is that of a relay: the type preference 0 (§5.1.2.2) is nobody else's. */
export function isRelayPriority(priority: number): boolean {
  return priority < 0x1000000;
}

/** Whether a value may stand where the wire carries a candidate's priority: 1 to 2^31 - 1 (§5.1.2). */
export function isCandidatePriority(value: number): boolean {
  return value >= 1 && value <= MAX_CANDIDATE_PRIORITY && value % 1 === 0;
}

/** A pair's priority, split: 2^32 x min + 2 x max + tie does not fit a double, its parts compared in turn are the same. */
export interface PairPriority {
  readonly min: number;
  readonly max: number;
  /** 1 when the controlling side's candidate has the higher priority. */
  readonly tie: 0 | 1;
}

export function pairPriority(controlling: number, controlled: number): PairPriority {
  return {
    min: Math.min(controlling, controlled),
    max: Math.max(controlling, controlled),
    tie: controlling > controlled ? 1 : 0,
  };
}

/** Negative when `a` is the better pair: for sorting best first. */
export function comparePairPriority(a: PairPriority, b: PairPriority): number {
  return b.min - a.min || b.max - a.max || b.tie - a.tie;
}
