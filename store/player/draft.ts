import type { PlayerEffect } from './player-effect';
import type { P2PStateName, PlayerState, PlayerStateName, StartStep, StreamStateName } from './player-state';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The next state while one step builds it, and the effects so far. It lives no longer than the step, so the step stays
 * pure from outside. The axes change through the methods only, so that no change goes by without its event.
 */
export class Draft {
  readonly next: Mutable<PlayerState>;
  readonly effects: PlayerEffect[] = [];

  constructor(
    private readonly before: PlayerState,
    /** When the event happened. */
    readonly nowMs: number,
  ) {
    this.next = { ...before };
  }

  run(effect: PlayerEffect): void {
    this.effects.push(effect);
  }

  movePlayer(name: PlayerStateName): void {
    if (this.next.player === name) return;
    this.next.player = name;
    this.run({ run: 'emit', emission: { name: 'playerStateChange', detail: { playerState: name } } });
  }

  moveP2P(name: P2PStateName): void {
    if (this.next.p2p === name) return;
    this.next.p2p = name;
    this.run({ run: 'emit', emission: { name: 'p2pStateChange', detail: { p2pState: name } } });
  }

  moveStream(name: StreamStateName): void {
    if (this.next.stream === name) return;
    this.next.stream = name;
    this.run({ run: 'emit', emission: { name: 'streamStateChange', detail: { streamState: name } } });
  }

  /** The way to a picture begins, unless it has begun. */
  begin(): void {
    const { next } = this;
    if (next.isStarting) return;
    next.isStarting = true;
    next.startedAtMs = this.nowMs;
    next.times = {};
  }

  /** A step of the start is done; only the first time counts. */
  mark(name: StartStep): void {
    const { next } = this;
    if (!next.isStarting || next.times[name] !== undefined) return;
    next.times = { ...next.times, [name]: this.nowMs - next.startedAtMs };
  }

  /** The state before, itself, when the step changed nothing: observers compare by identity. */
  result(): PlayerState {
    const keys = Object.keys(this.next) as (keyof PlayerState)[];
    return keys.every((key) => this.next[key] === this.before[key]) ? this.before : this.next;
  }
}
