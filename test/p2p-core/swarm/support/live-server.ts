import type { Clock, HttpFetchHandlers, TimerId } from '../../../../p2p-core/port/port';
import { serveTimed } from './publisher';
import type { Published, ServerKind } from './publisher';

/**
 * An http-flv server in virtual time: to each viewer at once what it has since its last key frame, then what is published
 * when it is. The stream begins with the server.
 */
export class LiveServer {
  /** Of each request so far, when it came. */
  readonly requestedMs: number[] = [];
  status = 200;
  /** New requests get no answer. */
  isSilent = false;
  /** Ends requests after this long, as a platform does. */
  cutAfterMs = Infinity;
  private readonly open = new Set<(errmsg: string) => void>();
  private readonly hanging = new Set<() => void>();
  private readonly startMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly published: Published,
    private readonly kind: ServerKind = 'srs',
  ) {
    this.startMs = clock.nowMs();
  }

  get openCount(): number {
    return this.open.size;
  }

  /** As `SimPort.httpServer`. */
  readonly serve = (_url: string, response: HttpFetchHandlers): (() => void) => {
    const { clock, kind, published } = this;
    const timers = new Set<TimerId>();
    const at = (delayMs: number, run: () => void): void => {
      const id = clock.setTimer(() => {
        timers.delete(id);
        run();
      }, delayMs);
      timers.add(id);
    };
    const hang = (): void => {
      for (const id of timers) clock.clearTimer(id);
      timers.clear();
    };
    const stop = (): void => {
      hang();
      this.open.delete(end);
      this.hanging.delete(hang);
    };
    const end = (errmsg: string): void => {
      stop();
      response.onEnd(errmsg);
    };
    this.open.add(end);
    this.hanging.add(hang);
    const joinMs = clock.nowMs() - this.startMs;
    this.requestedMs.push(joinMs);
    if (this.isSilent) return stop;
    at(0, () => {
      response.onHead(this.status, { 'Content-Type': 'video/x-flv' });
      if (this.status !== 200) return end('');
      if (this.cutAfterMs < Infinity) at(this.cutAfterMs, () => end('request:fail timeout'));
      const parts = serveTimed(kind, published, joinMs);
      let next = 0;
      const give = (): void => {
        const nowMs = clock.nowMs() - this.startMs;
        for (let part = parts[next]; part && part.atMs <= nowMs; part = parts[++next]) {
          response.onChunk(part.bytes.slice());
          if (!this.open.has(end)) return;
        }
        if (next === parts.length) end('');
        else at(parts[next]!.atMs - nowMs, give);
      };
      give();
    });
    return stop;
  };

  /** Every request of now breaks. */
  breakAll(errmsg = 'request:fail socket reset'): void {
    for (const end of [...this.open]) end(errmsg);
  }

  /** Every request of now says nothing more, and does not end either. */
  hangAll(): void {
    for (const hang of this.hanging) hang();
  }
}
