import mpegts from 'mpegts.js';
import type { FlvDecoder, FlvDecoderOptions, FlvEngine } from './engine';

/** The FLV signature, the first tag's header and a little more: enough for the demuxer's probe. */
const PROBE_BYTES = 32;
/** Media kept behind the play head, for a stream that may run for days. */
const KEEP_BEHIND_SEC = { min: 5, max: 15 };
/** Above this, speeding up would take too long: jump. */
const JUMP_LATENCY_SEC = 3;
const CATCH_UP_RATE = 1.15;
/** The browser's own pipeline stalls with less than this, whatever the page asks for. */
const LEAST_LATENCY_SEC = 0.5;

/** FLV (H.264, AAC) through mpegts.js and Media Source Extensions, held close to the live edge. */
export const mpegtsEngine: FlvEngine = (options): FlvDecoder => {
  mpegts.LoggingControl.enableAll = false;
  const feed = new Feed();
  const player = mpegts.createPlayer(
    { type: 'flv', isLive: true, url: 'preview:feed' },
    playerConfig(options, feed),
  );
  let isDestroyed = false;
  player.on(mpegts.Events.ERROR, (type: string, detail: string, info?: { msg?: string }) => {
    if (!isDestroyed) options.onError(`${type} ${detail} ${info?.msg ?? ''}`.trim());
  });
  player.attachMediaElement(options.video);
  player.load();
  return {
    push: (chunk) => feed.push(chunk),
    destroy() {
      if (isDestroyed) return;
      isDestroyed = true;
      player.unload();
      player.detachMediaElement();
      player.destroy();
    },
  };
};

function playerConfig({ minCacheMs, maxCacheMs }: FlvDecoderOptions, feed: Feed): mpegts.Config {
  const targetLatencySec = Math.max(LEAST_LATENCY_SEC, minCacheMs / 1000);
  return {
    isLive: true,
    enableStashBuffer: false,
    liveSync: true,
    liveSyncTargetLatency: targetLatencySec,
    liveSyncMaxLatency: Math.max(targetLatencySec + 0.3, maxCacheMs / 1000),
    liveSyncPlaybackRate: CATCH_UP_RATE,
    liveBufferLatencyChasing: true,
    liveBufferLatencyMaxLatency: JUMP_LATENCY_SEC,
    liveBufferLatencyMinRemain: targetLatencySec,
    autoCleanupSourceBuffer: true,
    autoCleanupMinBackwardDuration: KEEP_BEHIND_SEC.min,
    autoCleanupMaxBackwardDuration: KEEP_BEHIND_SEC.max,
    customLoader: loaderOf(feed) as unknown as mpegts.CustomLoaderConstructor,
  };
}

/** Takes chunks from the moment the decoder exists and hands them on once mpegts.js has opened its loader. */
class Feed {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private passedBytes = 0;
  private isProbed = false;
  private sink: ((chunk: ArrayBuffer, byteStart: number, receivedBytes: number) => void) | null = null;

  push(chunk: Uint8Array): void {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    this.pass();
  }

  open(sink: (chunk: ArrayBuffer, byteStart: number, receivedBytes: number) => void): void {
    this.sink = sink;
    this.pass();
  }

  close(): void {
    this.sink = null;
  }

  private pass(): void {
    if (!this.sink || (!this.isProbed && this.waitingBytes < PROBE_BYTES)) return;
    this.isProbed = true;
    const bytes = new Uint8Array(this.waitingBytes);
    let offset = 0;
    for (const chunk of this.waiting) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    this.waiting = [];
    this.waitingBytes = 0;
    const byteStart = this.passedBytes;
    this.passedBytes += bytes.length;
    this.sink(bytes.buffer, byteStart, this.passedBytes);
  }
}

/** The fields that mpegts.js reads of its loaders; its typings declare the public half only. */
interface LoaderInternals {
  _status: number;
  _needStash: boolean;
  onDataArrival: ((chunk: ArrayBuffer, byteStart: number, receivedBytes: number) => void) | null;
}

function loaderOf(feed: Feed): unknown {
  const { kIdle, kBuffering } = mpegts.LoaderStatus as unknown as { kIdle: number; kBuffering: number };
  return class FeedLoader extends mpegts.BaseLoader {
    constructor() {
      super('preview-feed');
    }

    private get internals(): LoaderInternals {
      return this as unknown as LoaderInternals;
    }

    override open(): void {
      this.internals._status = kBuffering;
      feed.open((chunk, byteStart, receivedBytes) =>
        this.internals.onDataArrival?.(chunk, byteStart, receivedBytes),
      );
    }

    override abort(): void {
      this.internals._status = kIdle;
      feed.close();
    }

    override destroy(): void {
      feed.close();
      super.destroy();
    }
  };
}
