import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { Clock, FillRandom, TimerId } from '../../p2p-core/port/port';
import { Backoff } from '../../p2p-core/signaling/backoff';
import { LiveFeed } from './live-feed';
import type { LiveSink, LiveTag, LiveTracks } from './live-source';
import type { TagSupply } from './tag-supply';

export interface OnDemandOptions {
  clock: Clock;
  fillRandom: FillRandom;
  supply: TagSupply;
  /** How long the source goes on after its last viewer, so that the next one has a picture at once. Default 10 s. */
  lingerMs?: number;
  /** One line about what happens, for a log. */
  onEvent?: (level: 'info' | 'warn', text: string) => void;
}

const DEFAULT_LINGER_MS = 10_000;
/** No tag for this long, and the source counts as dead; also until its first one. */
const SILENCE_MS = 10_000;
/** A run that lasted this long was a good one: after it the first retry is fast again. */
const STABLE_MS = 10_000;
const SETTLED_MS = 5_000;
/** Between the last tag of a run and the first of the next. */
const MIN_GAP_MS = 20;
const TIMESTAMP_RANGE = 2 ** 32;

/**
 * One live stream that runs while somebody watches and a little longer, and is started again when it dies. Viewers keep
 * their stream meanwhile: timestamps go on by the clock, and the next picture is a key frame.
 */
export class OnDemandSource {
  private readonly feed = new LiveFeed();
  private readonly backoff: Backoff;
  private readonly epochMs: number;
  private known: LiveTracks | null = null;
  private isSettled = false;
  private stopSupply: (() => void) | null = null;
  private startedMs = 0;
  private lastTagMs = 0;
  /** What to add to the supply's timestamps; null until the first tag of a run. */
  private offsetMs: number | null = null;
  /** Of what was published, not yet modulo 2^32. */
  private newestMs = -Infinity;
  /** Since it was made. */
  readonly counters = { starts: 0, failures: 0, tags: 0 };
  private lingerTimer: TimerId | null = null;
  private retryTimer: TimerId | null = null;
  private silenceTimer: TimerId | null = null;

  constructor(private readonly options: OnDemandOptions) {
    this.backoff = new Backoff(options.fillRandom);
    this.epochMs = options.clock.nowMs();
  }

  /** Until a stream has run for some seconds, both are assumed: the second track may come a little later than the first. */
  get tracks(): LiveTracks {
    return this.known !== null && this.isSettled ? this.known : { hasVideo: true, hasAudio: true };
  }

  /** Of the source, without any secret. */
  get name(): string {
    return this.options.supply.name;
  }

  /** Made of another stream of the same camera. */
  get isMade(): boolean {
    return this.options.supply.isMade === true;
  }

  get isRunning(): boolean {
    return this.stopSupply !== null;
  }

  get viewerCount(): number {
    return this.feed.sinkCount;
  }

  subscribe(sink: LiveSink): () => void {
    this.clear('lingerTimer');
    const unsubscribe = this.feed.subscribe(sink);
    if (this.stopSupply === null && this.retryTimer === null) this.start();
    let isSubscribed = true;
    return () => {
      if (!isSubscribed) return;
      isSubscribed = false;
      unsubscribe();
      if (this.feed.sinkCount === 0) this.linger();
    };
  }

  /** Nothing runs any more; viewers hear nothing more. */
  close(): void {
    for (const timer of ['lingerTimer', 'retryTimer', 'silenceTimer'] as const) this.clear(timer);
    this.stopSupply?.();
    this.stopSupply = null;
    this.feed.clear();
  }

  private start(): void {
    const { clock, supply } = this.options;
    this.counters.starts++;
    this.startedMs = this.lastTagMs = clock.nowMs();
    this.offsetMs = null;
    // What a run says after its end is not heard, whatever the supply does.
    let isPresent = true;
    const stop = supply.start({
      onTag: (tag) => isPresent && this.onTag(tag),
      onEnd: (reason) => isPresent && this.onEnd(reason),
    });
    this.stopSupply = () => {
      isPresent = false;
      stop();
    };
    this.say('info', `${supply.name}: started`);
    this.watchSilence();
  }

  private onTag(tag: LiveTag): void {
    const nowMs = this.options.clock.nowMs();
    this.lastTagMs = nowMs;
    this.counters.tags++;
    if (tag.type === FlvTagType.Script || tag.isSequenceHeader) return this.feed.publish(tag);
    if (this.offsetMs === null) {
      // A source may begin with a burst, ahead of the clock; the next run goes on behind it all the same.
      this.offsetMs = Math.max(nowMs - this.epochMs, this.newestMs + MIN_GAP_MS) - tag.timestampMs;
      const tookMs = Math.round(nowMs - this.startedMs);
      this.say('info', `${this.options.supply.name}: first picture or sound after ${tookMs} ms`);
    }
    this.learn(tag, nowMs);
    const timestampMs = Math.round(tag.timestampMs + this.offsetMs);
    this.newestMs = Math.max(this.newestMs, timestampMs);
    this.feed.publish({ ...tag, timestampMs: modulo(timestampMs) });
  }

  private learn(tag: LiveTag, nowMs: number): void {
    const isVideo = tag.type === FlvTagType.Video;
    const { hasVideo, hasAudio } = this.known ?? { hasVideo: false, hasAudio: false };
    if (isVideo ? !hasVideo : !hasAudio) {
      this.known = { hasVideo: hasVideo || isVideo, hasAudio: hasAudio || !isVideo };
    }
    if (nowMs - this.startedMs >= SETTLED_MS) this.isSettled = true;
  }

  private onEnd(reason: string): void {
    const { clock, supply } = this.options;
    this.counters.failures++;
    this.stopSupply = null;
    this.clear('silenceTimer');
    this.feed.clear();
    if (this.lingerTimer !== null) return this.clear('lingerTimer');
    if (clock.nowMs() - this.startedMs >= STABLE_MS) this.backoff.reset();
    const delayMs = this.backoff.nextDelayMs();
    this.say('warn', `${supply.name}: ${reason}; again in ${Math.round(delayMs)} ms`);
    this.retryTimer = clock.setTimer(() => {
      this.retryTimer = null;
      if (this.feed.sinkCount > 0) this.start();
    }, delayMs);
  }

  private linger(): void {
    if (this.stopSupply === null) return;
    const { clock, supply, lingerMs = DEFAULT_LINGER_MS } = this.options;
    this.lingerTimer = clock.setTimer(() => {
      this.lingerTimer = null;
      this.clear('silenceTimer');
      this.stopSupply?.();
      this.stopSupply = null;
      this.feed.clear();
      this.backoff.reset();
      this.say('info', `${supply.name}: stopped, nobody watches`);
    }, lingerMs);
  }

  private watchSilence(): void {
    const { clock } = this.options;
    const quietMs = clock.nowMs() - this.lastTagMs;
    if (quietMs >= SILENCE_MS) {
      this.stopSupply?.();
      return this.onEnd(`silent for ${SILENCE_MS / 1000} s`);
    }
    this.silenceTimer = clock.setTimer(() => {
      this.silenceTimer = null;
      this.watchSilence();
    }, SILENCE_MS - quietMs);
  }

  private clear(timer: 'lingerTimer' | 'retryTimer' | 'silenceTimer'): void {
    if (this[timer] !== null) this.options.clock.clearTimer(this[timer]);
    this[timer] = null;
  }

  private say(level: 'info' | 'warn', text: string): void {
    this.options.onEvent?.(level, text);
  }
}

function modulo(timestampMs: number): number {
  return ((timestampMs % TIMESTAMP_RANGE) + TIMESTAMP_RANGE) % TIMESTAMP_RANGE;
}
