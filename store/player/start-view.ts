import type { Locale } from '../locale/locale';
import type { PlayerState, StartStep, StartTimes } from './player-state';

/** A start that takes longer than this shows its steps. */
const SLOW_START_MS = 2500;
const MS_PER_SECOND = 1000;

/** One step of a start, as a user understands it. */
export interface StepView {
  name: StepName;
  label: string;
  state: 'done' | 'active' | 'waiting';
  /** How long it took, or takes so far; '' where that is nothing to speak of. */
  time: string;
}

const STEPS = ['prepare', 'connect', 'request', 'picture'] as const;
export type StepName = (typeof STEPS)[number];

/** What has to be done for a step to be done. */
const PARTS: Record<StepName, readonly StartStep[]> = {
  prepare: ['module', 'service', 'player', 'pull'],
  connect: ['link', 'request'],
  request: ['header'],
  picture: ['firstByte', 'picture'],
};

export function selectSteps(state: PlayerState, locale: Locale, nowMs: number): StepView[] {
  const elapsedMs = nowMs - state.startedAtMs;
  if (!state.isStarting || elapsedMs < SLOW_START_MS) return [];
  const doneCount = countDone(state);
  const ends = stepEnds(state.times);
  return STEPS.map((name, index) => {
    const label = locale.text(`step.${name}`);
    if (index > doneCount) return { name, label, state: 'waiting', time: '' };
    const beganMs = index === 0 ? 0 : ends[index - 1]!;
    if (index < doneCount)
      return { name, label, state: 'done', time: tenths(locale, ends[index]! - beganMs) };
    const seconds = Math.floor((elapsedMs - beganMs) / MS_PER_SECOND);
    return {
      name,
      label,
      state: 'active',
      time: seconds > 0 ? locale.format('unit.seconds', seconds) : '',
    };
  });
}

/** The steps of the last start with the time that each took; empty before the first one. */
export function selectTimes(times: StartTimes, locale: Locale): { label: string; value: string }[] {
  if (times.picture === undefined) return [];
  const ends = stepEnds(times);
  return STEPS.map((name, index) => ({
    label: locale.text(`step.${name}`),
    value: milliseconds(ends[index]! - (index === 0 ? 0 : ends[index - 1]!)),
  }));
}

export const milliseconds = (ms: number): string => `${Math.round(ms)} ms`;

/** By the axes, not by the times: what was there before the start has none. */
function countDone({ p2p, player, stream, isLinkUp }: PlayerState): number {
  if (p2p !== 'ServiceStarted' || player !== 'PlayerReady' || stream === 'StreamIdle') return 0;
  if (stream === 'StreamHeaderParsed' || stream === 'StreamDataReceived') return 3;
  if (stream === 'StreamWaitPull') return 0;
  return isLinkUp || stream === 'StreamRequest' ? 2 : 1;
}

/** When each step had ended; a step without times ended with the one before. */
function stepEnds(times: StartTimes): number[] {
  let endMs = 0;
  return STEPS.map((name) => {
    for (const part of PARTS[name]) endMs = Math.max(endMs, times[part] || 0);
    return endMs;
  });
}

function tenths(locale: Locale, ms: number): string {
  const value = Math.round(ms / 100) / 10;
  return value > 0 ? locale.format('unit.seconds', value) : '';
}
