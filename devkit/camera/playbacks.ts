import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import type { Clock } from '../../p2p-core/port/port';
import { PlaybackStream } from './playback-stream';
import type { Period } from './params';
import type { PlayableClip } from './recordings';

/**
 * The playbacks of all viewers. Commands (pause, seek …) name a channel and no stream, so each viewer has one playback of
 * a channel at most: a new one breaks off the one before.
 */
export class Playbacks {
  private readonly streams = new Map<string, { stream: PlaybackStream; period: Period }>();

  constructor(private readonly clock: Clock) {}

  /** `response` must have been started. `onEnd` is called once, whatever ends the playback. */
  start(
    who: { viewerId: number; channel: number },
    exchange: { request: HttpServerRequest; response: HttpServerResponse },
    what: { clips: readonly PlayableClip[]; period: Period; speed: number },
    onEnd: () => void,
  ): void {
    const key = keyOf(who.viewerId, who.channel);
    const stream = new PlaybackStream(this.clock, exchange.response, {
      ...what.period,
      clips: what.clips,
      speed: what.speed,
      onEnd: () => {
        if (this.streams.get(key)?.stream === stream) this.streams.delete(key);
        onEnd();
      },
    });
    const before = this.streams.get(key);
    this.streams.set(key, { stream, period: what.period });
    before?.stream.breakOff();
    exchange.request.onAbort = () => stream.stop();
    stream.start();
  }

  /** Null when this viewer plays nothing of this channel. */
  find(viewerId: number, channel: number): { stream: PlaybackStream; period: Period } | null {
    return this.streams.get(keyOf(viewerId, channel)) ?? null;
  }
}

function keyOf(viewerId: number, channel: number): string {
  return `${viewerId}/${channel}`;
}
