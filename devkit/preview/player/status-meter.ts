/** `info` of live-player's `netstatus` event, as far as a browser can measure it. */
export interface NetStatus {
  /** Received in the last second, kbit/s. */
  netSpeed: number;
  videoBitrate: number;
  audioBitrate: number;
  videoFPS: number;
  videoWidth: number;
  videoHeight: number;
  /** Buffered and not yet shown, ms. */
  videoCache: number;
  audioCache: number;
}

type MediaCounters = HTMLVideoElement & {
  webkitVideoDecodedByteCount?: number;
  webkitAudioDecodedByteCount?: number;
};

/** Turns running totals into rates, once per `read()`. */
export class StatusMeter {
  private receivedBytes = 0;
  private last = { atMs: performance.now(), received: 0, video: 0, audio: 0, frames: 0 };

  constructor(private readonly video: MediaCounters) {}

  addBytes(byteCount: number): void {
    this.receivedBytes += byteCount;
  }

  read(): NetStatus {
    const { video, last } = this;
    const now = {
      atMs: performance.now(),
      received: this.receivedBytes,
      video: video.webkitVideoDecodedByteCount ?? 0,
      audio: video.webkitAudioDecodedByteCount ?? 0,
      frames: video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0,
    };
    this.last = now;
    const seconds = Math.max(0.001, (now.atMs - last.atMs) / 1000);
    // Counters of the element restart with every new source.
    const rate = (total: number, before: number) => Math.max(0, total - before) / seconds;
    const kbps = (total: number, before: number) => Math.round((rate(total, before) * 8) / 1000);
    const cacheMs = bufferedAheadMs(video);
    return {
      netSpeed: kbps(now.received, last.received),
      videoBitrate: kbps(now.video, last.video),
      audioBitrate: kbps(now.audio, last.audio),
      videoFPS: Math.round(rate(now.frames, last.frames)),
      videoWidth: video.videoWidth,
      videoHeight: video.videoHeight,
      videoCache: cacheMs,
      audioCache: cacheMs,
    };
  }
}

function bufferedAheadMs(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  if (!buffered || buffered.length === 0) return 0;
  return Math.max(0, Math.round((buffered.end(buffered.length - 1) - currentTime) * 1000));
}
