import type { Clock } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import type { RecorderManagerLike, RecorderOptions } from './types';

export interface RecorderOwner {
  /** Recording began, by `start`. */
  onStart(): void;
  /** The owner's from here on. The last one of a recording may come after its `onStop`. */
  onFrame(frame: Uint8Array): void;
  onPause(inInterruption: boolean): void;
  onResume(): void;
  /** Recording ended, and not by us. `atLimit`: because it was as long as it may be. `start` may be called again. */
  onStop(atLimit: boolean): void;
  /** It could not begin, or broke off. */
  onFail(errmsg: string): void;
}

/**
 * free → (`start`) → starting → recording → free; `release` on the way: stopping → free. foreign: somebody else in the
 * app records, which is never touched.
 */
type State = 'free' | 'starting' | 'recording' | 'stopping' | 'foreign';

/** `stop` answers with an event. When it is lost, the next start is tried all the same. */
const STOP_WAIT_MS = 1000;
/** A recording that ended this close to its limit ended there. */
const LIMIT_SLACK_MS = 1000;
/** How platforms say that a recording runs already: to a start that is not ours, when it comes while we record. */
const ALREADY_RECORDING = /is recording/i;
/** The answer to a `stop` that overtook its start. */
const NOT_STARTED = /not start/i;

/**
 * One RecorderManager, which is the only one of the app: everybody hears its events, and older WeChat cannot take a
 * listener away. So listeners are registered anew for each owner (a platform that keeps only the last one may have given
 * ours up meanwhile), and those of earlier owners do nothing.
 */
export class Recorder {
  private owner: RecorderOwner | null = null;
  private state: State = 'free';
  private generation = 0;
  private options: RecorderOptions = {};
  private limitMs = 0;
  private timeoutMs = 0;
  private startedMs = 0;
  private isInterrupted = false;
  /** Paused by an interruption, so that its end resumes. */
  private mustResume = false;
  /** `start` waits for the end of an earlier recording. */
  private isStartWaiting = false;
  /** The platform was told to start and has not answered: it may do so long after we gave up. */
  private isStartPending = false;
  private readonly timer: TimerSlot;
  private removals: (() => void)[] = [];

  constructor(
    private readonly manager: RecorderManagerLike,
    private readonly clock: Clock,
  ) {
    this.timer = new TimerSlot(clock, () => {
      if (this.isStartWaiting) this.begin();
      else this.fail('the recorder did not start', 'stopping');
    });
  }

  /** False when another talk has it. */
  take(owner: RecorderOwner): boolean {
    if (this.owner !== null) return false;
    this.owner = owner;
    this.listen();
    return true;
  }

  /** Stops what the owner started, and nothing else. No event reaches it any more. */
  release(owner: RecorderOwner): void {
    if (this.owner !== owner) return;
    this.owner = null;
    this.timer.clear();
    this.isStartWaiting = false;
    if (this.state === 'starting' || this.state === 'recording') this.stop();
    else if (this.state !== 'stopping') this.rest();
  }

  /**
   * @param limitMs how long the platform records with these options
   * @param timeoutMs for the platform to begin: it may ask the user for the microphone
   */
  start(options: RecorderOptions, limitMs: number, timeoutMs: number): void {
    this.timeoutMs = timeoutMs;
    this.options = options;
    this.limitMs = limitMs;
    if (this.state === 'foreign') {
      this.owner?.onFail('somebody else in the app records');
    } else if (this.state === 'stopping') {
      this.isStartWaiting = true;
      this.timer.arm(this.clock.nowMs() + STOP_WAIT_MS);
    } else this.begin();
  }

  private begin(): void {
    this.isStartWaiting = false;
    this.timer.clear();
    this.state = 'starting';
    this.isStartPending = true;
    this.isInterrupted = this.mustResume = false;
    this.timer.arm(this.clock.nowMs() + this.timeoutMs);
    this.attempt(() => this.manager.start(this.options));
  }

  private stop(): void {
    this.state = 'stopping';
    this.attempt(() => this.manager.stop());
  }

  private attempt(call: () => void): void {
    try {
      call();
    } catch (thrown) {
      this.onError(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  private onStart(): void {
    const { state, owner, isStartPending } = this;
    this.isStartPending = false;
    if (state === 'starting') {
      this.timer.clear();
      this.state = 'recording';
      this.startedMs = this.clock.nowMs();
      owner?.onStart();
    } else if (isStartPending) {
      // It waited for the user's permission while its talk was stopped.
      this.stop();
    } else {
      this.state = 'foreign';
      if (state === 'recording') owner?.onStop(false);
      else if (owner === null) this.rest();
    }
  }

  private onStop(durationMs: unknown): void {
    const { state } = this;
    if (state === 'starting') return; // the end of an earlier recording
    this.state = 'free';
    if (state === 'recording') {
      // Wall time would count pauses as well.
      const recordedMs = typeof durationMs === 'number' ? durationMs : this.clock.nowMs() - this.startedMs;
      this.owner?.onStop(recordedMs >= this.limitMs - LIMIT_SLACK_MS);
    } else if (this.isStartWaiting) this.begin();
    else if (this.owner === null) this.rest();
  }

  private onError(errmsg: string): void {
    const { state } = this;
    if (state === 'recording') {
      if (ALREADY_RECORDING.test(errmsg)) return;
      this.stop();
      this.owner?.onFail(errmsg);
      return;
    }
    if (NOT_STARTED.test(errmsg)) return;
    this.isStartPending = false;
    if (state === 'starting') this.fail(errmsg, ALREADY_RECORDING.test(errmsg) ? 'foreign' : 'free');
    else if (this.isStartWaiting) this.begin();
    else if (state === 'stopping' && this.owner === null) this.rest();
  }

  /** A start came to nothing. */
  private fail(errmsg: string, state: State): void {
    this.timer.clear();
    this.state = state;
    this.owner?.onFail(errmsg);
  }

  private onPause(): void {
    if (this.state !== 'recording') return;
    this.mustResume = this.isInterrupted;
    this.owner?.onPause(this.isInterrupted);
  }

  private onInterruptionEnd(): void {
    this.isInterrupted = false;
    if (!this.mustResume || this.state !== 'recording') return;
    this.mustResume = false;
    this.attempt(() => this.manager.resume());
  }

  private listen(): void {
    this.unlisten();
    const { generation } = this;
    const listeners: Record<
      string,
      (res: { duration?: unknown; errMsg?: unknown; frameBuffer?: unknown }) => void
    > = {
      Start: () => this.onStart(),
      Stop: (res) => this.onStop(res.duration),
      Error: (res) => this.onError(String(res.errMsg)),
      Pause: () => this.onPause(),
      Resume: () => {
        if (this.state === 'recording') this.owner?.onResume();
      },
      FrameRecorded: ({ frameBuffer }) => {
        if (this.state === 'foreign' || this.state === 'stopping') return;
        this.owner?.onFrame(new Uint8Array(frameBuffer as ArrayBuffer));
      },
      InterruptionBegin: () => {
        this.isInterrupted = true;
      },
      InterruptionEnd: () => this.onInterruptionEnd(),
    };
    const manager = this.manager as unknown as Record<
      string,
      ((listener: (res: unknown) => void) => void) | undefined
    >;
    for (const name of Object.keys(listeners)) {
      const listener = (res: unknown): void => {
        if (generation === this.generation) listeners[name]!((res ?? {}) as object);
      };
      if (typeof manager[`on${name}`] !== 'function') continue;
      manager[`on${name}`]!(listener);
      this.removals.push(() => {
        if (typeof manager[`off${name}`] === 'function') manager[`off${name}`]!(listener);
      });
    }
  }

  private unlisten(): void {
    this.generation++;
    for (const remove of this.removals.splice(0)) remove();
  }

  /** Nothing of ours is under way: what others do until the next `take` is not heard, so nothing is assumed of it. */
  private rest(): void {
    this.state = 'free';
    this.unlisten();
  }
}
