import { createDecoder, type FlvDecoder } from './engine';
import { StatusMeter } from './status-meter';
import { openSource } from './source';

/** State codes of `<live-player>` (WeChat's component reference, "状态码"), as far as the preview reports them. */
export const PlayerCode = {
  Connected: 2001,
  FirstKeyframe: 2003,
  Playing: 2004,
  Ended: 2006,
  Loading: 2007,
  DecoderStarted: 2008,
  SizeChanged: 2009,
  Reconnecting: 2103,
  Disconnected: -2301,
} as const;

export interface PlaybackTiming {
  /** Silence after which the connection counts as dead. */
  dataTimeoutMs: number;
  retryDelayMs: number;
  maxRetries: number;
}

/** As the native player is configured by default: three retries, three seconds apart. */
const TIMING: PlaybackTiming = { dataTimeoutMs: 5000, retryDelayMs: 3000, maxRetries: 3 };
const STATUS_INTERVAL_MS = 1000;

export interface PlaybackOptions {
  video: HTMLVideoElement;
  src: string;
  minCacheMs: number;
  maxCacheMs: number;
  emit(name: 'statechange' | 'netstatus' | 'error', detail: object): void;
  /** Playing ended by itself: at the end of the stream's retries. */
  onEnd(): void;
  /** The browser allows sound only after a tap; playing goes on muted. */
  onSoundBlocked(): void;
  timing?: Partial<PlaybackTiming>;
}

/** One `play()` of a live-player until its `stop()`: request, decode, watch, reconnect. */
export class Playback {
  private readonly timing: PlaybackTiming;
  private readonly meter: StatusMeter;
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly unlisten: () => void;
  private statusTimer: ReturnType<typeof setInterval>;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private decoder: FlvDecoder | null = null;
  private closeSource: (() => void) | null = null;
  private retries = 0;
  private hasPicture = false;
  private isDestroyed = false;

  constructor(private readonly options: PlaybackOptions) {
    this.timing = { ...TIMING, ...options.timing };
    this.meter = new StatusMeter(options.video);
    this.unlisten = this.listen();
    this.statusTimer = setInterval(
      () => this.emit('netstatus', { info: this.meter.read() }),
      STATUS_INTERVAL_MS,
    );
    this.later(0, () => {
      this.state(PlayerCode.DecoderStarted, 'decoder started');
      this.connect();
    });
  }

  pause(): void {
    this.options.video.pause();
  }

  resume(): void {
    this.startVideo();
  }

  /** Drops the request and asks again, as after a broken connection. */
  interrupt(reason: string): void {
    this.reconnect(reason);
  }

  /** Gives up at once, as after the last retry. */
  giveUp(reason: string): void {
    this.retries = this.timing.maxRetries;
    this.reconnect(reason);
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    clearInterval(this.statusTimer);
    for (const timer of this.timers) clearTimeout(timer);
    this.disconnect();
    this.unlisten();
  }

  private connect(): void {
    const { video, src, minCacheMs, maxCacheMs } = this.options;
    this.hasPicture = false;
    this.decoder = createDecoder({
      video,
      minCacheMs,
      maxCacheMs,
      onError: (reason) => this.later(0, () => this.reconnect(reason)),
    });
    this.watchSilence();
    this.closeSource = openSource(src, {
      onOpen: () => this.state(PlayerCode.Connected, 'connected to server'),
      onData: (chunk) => {
        this.watchSilence();
        this.meter.addBytes(chunk.length);
        this.decoder?.push(chunk);
      },
      onEnd: (error) => {
        this.closeSource = null;
        this.reconnect(error ?? 'the server closed the connection');
      },
    });
    this.startVideo();
  }

  private disconnect(): void {
    clearTimeout(this.silenceTimer);
    this.closeSource?.();
    this.closeSource = null;
    this.decoder?.destroy();
    this.decoder = null;
  }

  private reconnect(reason: string): void {
    if (this.isDestroyed || !this.decoder) return;
    this.disconnect();
    if (this.retries >= this.timing.maxRetries) {
      this.state(PlayerCode.Disconnected, `disconnected after ${this.retries} retries: ${reason}`);
      this.options.onEnd();
      return;
    }
    this.retries += 1;
    this.state(PlayerCode.Reconnecting, `reconnecting, try ${this.retries}: ${reason}`);
    this.later(this.timing.retryDelayMs, () => this.connect());
  }

  private watchSilence(): void {
    clearTimeout(this.silenceTimer);
    const { dataTimeoutMs } = this.timing;
    this.silenceTimer = setTimeout(() => this.reconnect(`no data for ${dataTimeoutMs} ms`), dataTimeoutMs);
  }

  /** Muted play is always allowed; a browser may refuse sound before the first tap. */
  private startVideo(): void {
    const { video } = this.options;
    void video.play()?.catch((error: Error) => {
      if (this.isDestroyed || error.name !== 'NotAllowedError') return;
      video.muted = true;
      this.options.onSoundBlocked();
      void video.play()?.catch(() => {});
    });
  }

  private listen(): () => void {
    const { video } = this.options;
    const onPlaying = () => {
      if (this.hasPicture) return;
      this.hasPicture = true;
      this.retries = 0;
      this.state(PlayerCode.Playing, 'playing');
      this.state(PlayerCode.SizeChanged, `resolution ${video.videoWidth}x${video.videoHeight}`);
      this.state(PlayerCode.FirstKeyframe, 'first keyframe rendered');
    };
    const onWaiting = () => {
      if (this.hasPicture) this.state(PlayerCode.Loading, 'loading');
    };
    video.addEventListener('playing', onPlaying);
    video.addEventListener('waiting', onWaiting);
    return () => {
      video.removeEventListener('playing', onPlaying);
      video.removeEventListener('waiting', onWaiting);
    };
  }

  private state(code: number, message: string): void {
    this.emit('statechange', { code, message });
  }

  private emit(name: 'statechange' | 'netstatus', detail: object): void {
    if (!this.isDestroyed) this.options.emit(name, detail);
  }

  private later(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.isDestroyed) run();
    }, delayMs);
    this.timers.add(timer);
  }
}

export function createPlayback(options: PlaybackOptions): Playback {
  return new Playback(options);
}
