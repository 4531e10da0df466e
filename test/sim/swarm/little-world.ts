import { LittleTracker } from './little-tracker';
import { SwarmWorld } from './world';
import type { SwarmWorldOptions } from './world';
import type { SimViewer } from './viewer';

export const SOURCE = {
  seed: 1,
  rateKbps: 400,
  fps: 15,
  gopMs: 2000,
  hasAudio: true,
  hasVideo: true,
  isStill: false,
  stampStepMs: 0,
};

/** A few viewers, the least of a tracker, and lines without faults unless `options` says so. */
export class LittleWorld extends SwarmWorld {
  readonly little: LittleTracker;

  constructor(options: Partial<SwarmWorldOptions> = {}) {
    let little: LittleTracker | null = null;
    super({
      seed: 1,
      source: SOURCE,
      origin: { openMs: 220, kbps: 20_000, isDown: false, failureRate: 0, pauses: null },
      punchRate: 1,
      lossRate: 0,
      comparesAll: true,
      sharesWork: true,
      reserveMs: 1500,
      upKbps: 0,
      ...options,
      tracker: (env) => (little = new LittleTracker(env)),
    });
    this.little = little!;
    this.run(1000);
  }

  /** Runs until it holds; false after `limitMs`. */
  until(holds: () => boolean, limitMs: number): boolean {
    const endMs = this.nowMs + limitMs;
    while (!holds() && this.nowMs < endMs) this.run(this.nowMs + 50);
    return holds();
  }

  /** A viewer that stays on the origin, and others that it feeds. */
  withPeers(count: number): [SimViewer, ...SimViewer[]] {
    const seed = this.addViewer();
    this.keepOnOrigin(seed);
    this.run(this.nowMs + 4000);
    const peers = Array.from({ length: count }, () => {
      this.run(this.nowMs + 700);
      return this.addViewer();
    });
    this.until(() => peers.every(isOnPeers), 20_000);
    return [seed, ...peers];
  }

  /** It is offered nothing. */
  keepOnOrigin(viewer: SimViewer): void {
    this.little.lonely.add(viewer.id);
  }
}

export const isOnPeers = (viewer: SimViewer): boolean => viewer.peer.stats().feed === 'peers';
