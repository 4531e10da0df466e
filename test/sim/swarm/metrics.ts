import { percentile } from '../video-source';
import { markOf } from './population';
import type { Mark } from './population';
import type { RealTracker } from './real-tracker';
import type { SwarmWorld } from './world';

/** Of the stream's rate: what the engine gives where the app says nothing. */
const OWN_BUDGET = 1.5;

/** Of a crowd, in the time that was measured. */
export interface SwarmFigures {
  viewers: number;
  viewerHours: number;
  /** 1 less origin bytes by played bytes, in percent; everything from the origin counts, what nobody played included. */
  offload: number;
  /** The same with the auditor's own stream. */
  offloadWithAudit: number;
  /** What uploads allow for at most: the budgets of those who may send, by what all watch; in percent. */
  allowed: number;
  /** From start to the first tag. */
  firstFrameP50Ms: number;
  firstFrameP95Ms: number;
  stalls: number;
  stallsPerHour: number;
  /** Percent of the time. */
  stallShare: number;
  /** Media that was jumped over. */
  skipsPerHour: number;
  lagP50Ms: number;
  lagP95Ms: number;
  lagP99Ms: number;
  /** Percent of the media from peers, and kbit/s per viewer; both ways. */
  controlShare: number;
  controlKbps: number;
  /** Bytes a second per viewer, both ways, as they are between it and the broker (wire-bytes.ts). */
  trackerBytesPerS: number;
  falseTags: number;
  rescuesPerHour: number;
  repairsPerHour: number;
  originOpensPerHour: number;
  callsPerHour: number;
  onPeersShare: number;
  uploadGini: number;
  /** Viewers that the tracker has banned. */
  bans: number;
}

export function figuresOf(world: SwarmWorld, startMs: number, endMs: number): SwarmFigures {
  const sum: Record<string, number> = {};
  const lags = new Float64Array(1000);
  const firstFrames: number[] = [];
  const uploads: number[] = [];
  let hours = 0;
  let sendingHours = 0;
  let onPeers = 0;
  for (const viewer of world.viewers) {
    if (viewer.stoppedMs >= 0 && viewer.stoppedMs < startMs) continue;
    if (viewer.options.isPolluter) continue;
    const its =
      ((viewer.stoppedMs < 0 ? endMs : viewer.stoppedMs) - Math.max(startMs, viewer.startedMs)) / 3_600_000;
    hours += its;
    if (!viewer.options.isCellular) sendingHours += its;
    const now: Mark = markOf(viewer);
    for (const key of Object.keys(now) as (keyof Mark)[]) {
      sum[key] = (sum[key] ?? 0) + now[key] - (viewer.mark ? viewer.mark[key] : 0);
    }
    viewer.lags.forEach((count, i) => (lags[i]! += count));
    if (viewer.startedMs >= startMs - 20_000 && viewer.firstFrameMs >= 0) {
      firstFrames.push(viewer.firstFrameMs - viewer.startedMs);
    }
    if (viewer.isAlive && viewer.stats().feed === 'peers') onPeers++;
    uploads.push(now.upBytes - (viewer.mark ? viewer.mark.upBytes : 0));
  }
  const total = (key: keyof Mark): number => sum[key] ?? 0;
  const { auditedBytes = 0, tracker } = world.tracker as Partial<RealTracker>;
  const offload = (bytes: number): number => 100 * (1 - bytes / total('playedBytes'));
  const seconds = hours * 3600;
  const budget = world.options.upKbps / world.options.source.rateKbps || OWN_BUDGET;
  const aSource = 1 - 1 / Math.max(1, world.alive.length);
  return {
    viewers: world.alive.length,
    viewerHours: hours,
    offload: offload(total('originBytes')),
    offloadWithAudit: offload(total('originBytes') + (auditedBytes * (endMs - startMs)) / endMs),
    allowed: 100 * Math.min(aSource, (budget * sendingHours) / hours),
    firstFrameP50Ms: percentile(firstFrames, 0.5),
    firstFrameP95Ms: percentile(firstFrames, 0.95),
    stalls: total('stalls'),
    stallsPerHour: total('stalls') / hours,
    stallShare: total('stallMs') / (10 * seconds),
    skipsPerHour: total('gaps') / hours,
    lagP50Ms: lagAt(lags, 0.5),
    lagP95Ms: lagAt(lags, 0.95),
    lagP99Ms: lagAt(lags, 0.99),
    controlShare: (100 * total('controlBytes')) / Math.max(1, total('peerBytes') + total('upBytes')),
    controlKbps: (8 * total('controlBytes')) / 1000 / seconds,
    trackerBytesPerS: (total('trackerInBytes') + total('trackerOutBytes')) / seconds,
    falseTags: total('falseTags'),
    rescuesPerHour: total('rescues') / hours,
    repairsPerHour: total('repairs') / hours,
    originOpensPerHour: total('originOpens') / hours,
    callsPerHour: world.calls / hours,
    onPeersShare: (100 * onPeers) / Math.max(1, world.alive.length),
    uploadGini: gini(uploads),
    bans: tracker ? tracker.stats().bans : 0,
  };
}

function lagAt(lags: Float64Array, share: number): number {
  const total = lags.reduce((all, count) => all + count, 0);
  let below = 0;
  for (let i = 0; i < lags.length; i++) if ((below += lags[i]!) >= share * total) return 10 * i;
  return 0;
}

function gini(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  const weighted = sorted.reduce((sum, value, i) => sum + (i + 1) * value, 0);
  return (2 * weighted) / (sorted.length * total) - (sorted.length + 1) / sorted.length;
}
