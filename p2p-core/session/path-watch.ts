/** Silence of a peer whose streams are open: the NAT between may have forgotten us, so let it see us anew. */
const QUIET_STREAM_MS = 500;
/** A check of the path without an answer, and nothing else heard, for this long: look for another path. */
const DOUBT_MS = 1000;
/** Then again after twice as long each time, while the session lasts. */
const MAX_DOUBT_MS = 8000;

/** Watches how long the peer is silent: when to ask whether the path lives, and when to look for another one. */
export class PathWatch {
  private heardMs = -Infinity;
  /** One check for each silence. */
  private isQuietChecked = true;
  private restartedMs = -Infinity;
  private doubtMs = DOUBT_MS;

  /** A path is there; nothing has come over it yet. */
  onConnected(nowMs: number): void {
    this.heardMs = Math.max(this.heardMs, nowMs);
  }

  /** An authentic packet came. */
  onHeard(nowMs: number): void {
    this.heardMs = nowMs;
    this.isQuietChecked = false;
    this.doubtMs = DOUBT_MS;
  }

  onQuietChecked(): void {
    this.isQuietChecked = true;
  }

  onRestart(nowMs: number): void {
    this.restartedMs = nowMs;
    this.doubtMs = Math.min(MAX_DOUBT_MS, 2 * this.doubtMs);
  }

  get silentSinceMs(): number {
    return this.heardMs;
  }

  /** When the silence is worth a check; Infinity while nothing of the peer is expected. */
  quietAtMs(hasStreams: boolean): number {
    return this.isQuietChecked || !hasStreams ? Infinity : this.heardMs + QUIET_STREAM_MS;
  }

  /** When another path is to be looked for; `askedMs` is when the check left that is not answered, Infinity without one. */
  doubtAtMs(askedMs: number): number {
    return Math.max(askedMs, this.heardMs, this.restartedMs) + this.doubtMs;
  }
}
