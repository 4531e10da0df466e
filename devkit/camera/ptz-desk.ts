import type { Clock, TimerId } from '../../p2p-core/port/port';
import { PTZ_MOVES } from './ptz-device';
import type { PtzDevice, PtzMove } from './ptz-device';
import type { PtzAnswer, PtzPanel } from './ptz-panel';

export interface PtzDeskOptions {
  clock: Pick<Clock, 'setTimer' | 'clearTimer'>;
  device: PtzDevice;
  onEvent?: (level: 'info' | 'warn', text: string) => void;
}

/** A release that never comes: the finger is on the button no longer, or the viewer is gone in a way that takes long to see. */
export const MAX_TURN_MS = 15_000;
/** The form of before JSON, `ptz_left`, has no release. */
const STEP_MS = 500;
/** A stop that the camera does not take is tried so often, so far apart. */
const STOP_TRIES = 5;
const STOP_RETRY_MS = 1_000;
/** Commands that wait for the camera; more are refused. */
const MAX_WAITING = 4;
const MAX_PRESETS = 16;
const RELEASE = 'ptz_release_pre';

/**
 * The `ptz` commands of all viewers of one channel, in order and one at a time, for a camera that turns until it is told to
 * stop. A turn ends with a stop in any case: at the release, when its viewer has left, when it lasts too long, and at the end.
 */
export class PtzDesk implements PtzPanel {
  /** The newest press that no stop has ended. Set before the camera is asked: it may turn although it does not answer. */
  private turn: { move: PtzMove; viewerId: number } | null = null;
  private turnTimer: TimerId | null = null;
  private retryTimer: TimerId | null = null;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly options: PtzDeskOptions) {}

  command(name: unknown, index: unknown, viewerId: number): Promise<PtzAnswer> {
    return this.run(typeof name === 'string' ? name : '', index, viewerId).then(
      (isDone) => ({ result: isDone ? 0 : 1, apex: 'no' }),
      (error: Error) => {
        this.options.onEvent?.('warn', `the camera does not turn: ${error.message}`);
        return { result: 1, apex: 'no' };
      },
    );
  }

  viewerLeft(viewerId: number): void {
    if (this.turn?.viewerId === viewerId) void this.stop();
  }

  /** Resolves when the camera stands still, or has not taken a stop. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.turn !== null) await this.stop();
    for (const timer of ['turnTimer', 'retryTimer'] as const) this.clear(timer);
  }

  /** False: there is no such command, or too many wait. */
  private async run(name: string, index: unknown, viewerId: number): Promise<boolean> {
    if (this.isClosed) return false;
    if (name === RELEASE) return this.stop();
    const [, move = '', isPress = ''] = /^ptz_(\w+?)(_press)?$/.exec(name) ?? [];
    if (this.waiting >= MAX_WAITING) return false;
    if (Object.hasOwn(PTZ_MOVES, move)) {
      await this.move(move as PtzMove, viewerId, isPress === '' ? STEP_MS : MAX_TURN_MS);
      return true;
    }
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 1 || index > MAX_PRESETS)
      return false;
    const { device } = this.options;
    if (name === 'ptz_preset_goto') await this.inOrder(() => device.goToPreset(index));
    else if (name === 'ptz_preset_set') await this.inOrder(() => device.setPreset(index));
    else return false;
    return true;
  }

  private move(move: PtzMove, viewerId: number, limitMs: number): Promise<void> {
    this.turn = { move, viewerId };
    for (const timer of ['turnTimer', 'retryTimer'] as const) this.clear(timer);
    this.turnTimer = this.options.clock.setTimer(() => {
      this.turnTimer = null;
      void this.stop();
    }, limitMs);
    return this.inOrder(() => this.options.device.move(move));
  }

  /** False: the camera has not taken it; it is tried again. */
  private stop(triesLeft = STOP_TRIES): Promise<boolean> {
    // What is pressed from now on is not what this stops.
    const { turn } = this;
    return this.inOrder(async () => {
      try {
        await this.options.device.stop(turn?.move ?? 'left');
        if (this.turn !== turn) return true;
        this.turn = null;
        this.clear('turnTimer');
        return true;
      } catch (error) {
        this.options.onEvent?.('warn', `the camera does not stop: ${(error as Error).message}`);
        if (turn !== null && this.turn === turn && triesLeft > 1 && !this.isClosed) {
          this.clear('retryTimer');
          this.retryTimer = this.options.clock.setTimer(() => {
            this.retryTimer = null;
            void this.stop(triesLeft - 1);
          }, STOP_RETRY_MS);
        }
        return false;
      }
    });
  }

  private async inOrder<T>(run: () => Promise<T>): Promise<T> {
    this.waiting++;
    const mine = this.last.then(run);
    this.last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      this.waiting--;
    }
  }

  private clear(timer: 'turnTimer' | 'retryTimer'): void {
    if (this[timer] !== null) this.options.clock.clearTimer(this[timer]);
    this[timer] = null;
  }
}
