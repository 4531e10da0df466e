import { createMjpgReader } from '../../p2p-core/mjpg/index';
import type { MjpgPart, MjpgReader } from '../../p2p-core/mjpg/index';
import type { Environment } from '../environment';
import { NamedTimers } from '../named-timers';
import { LivePlayerCode } from '../player/live-player-codes';
import type { LivePlayerContext, SnapshotResult } from '../player/player-handle';

/** As live-player does by default: three tries, three seconds apart, after five seconds of silence. */
const SILENCE_MS = 5000;
const RETRY_DELAY_MS = 3000;
const MAX_RETRIES = 3;
/** A picture that is neither drawn nor refused by then is given up, and the next one is tried. */
const DRAW_TIMEOUT_MS = 2000;
/** So many pictures in a row that cannot be decoded are no pictures. */
const MAX_BAD_PICTURES = 10;
const SECOND_MS = 1000;

export interface PictureSize {
  widthPx: number;
  heightPx: number;
}

/** What draws the pictures; one at a time. */
export interface MjpgScreen {
  /** `jpeg` may be kept. Calls `done` once, with null for what is no picture. */
  show(jpeg: Uint8Array, done: (size: PictureSize | null) => void): void;
}

/** The events of a `p2p-player` component that this player has; details as there. */
export type MjpgEventName = 'playerStartPull' | 'playerClose' | 'statechange' | 'netstatus';

export interface MjpgPlayerOptions {
  environment: Environment;
  screen: MjpgScreen;
  /** Where snapshots become files. */
  save: (jpeg: Uint8Array, done: (result: SnapshotResult) => void) => void;
  emit: (name: MjpgEventName, detail: object) => void;
}

/**
 * Stands where live-player stands: asks for a stream, shows it, asks again when it breaks, and says so by the same codes.
 * The stream is motion JPEG. Only one picture is being drawn at a time and only the newest one waits for it, so on a phone
 * that is too slow pictures are left out and the delay does not grow.
 */
export class MjpgPlayer {
  /** Pictures that were drawn, and that were left out, since the player was made. */
  readonly counters = { drawn: 0, dropped: 0 };

  private state: 'stopped' | 'pulling' | 'waiting' = 'stopped';
  private reader: MjpgReader | null = null;
  private retries = 0;
  private lastDataMs = 0;
  private hasPicture = false;
  private badPictures = 0;

  /** Waits for the screen. */
  private newest: Uint8Array | null = null;
  /** On the screen. */
  private current: Uint8Array | null = null;
  private size: PictureSize = { widthPx: 0, heightPx: 0 };
  private isDrawing = false;
  /** One per drawing: a late answer of an old one changes nothing. */
  private drawEpoch = 0;
  private minIntervalMs = 0;
  private nextDrawMs = 0;
  private receivedBytes = 0;

  private readonly timers: NamedTimers<'silence' | 'retry' | 'pace' | 'draw' | 'second'>;

  constructor(private readonly options: MjpgPlayerOptions) {
    this.timers = new NamedTimers(options.environment);
  }

  /** Pictures a second at most; 0: as they come. */
  setMaxFps(fps: number): void {
    this.minIntervalMs = fps > 0 ? SECOND_MS / fps : 0;
  }

  /** Does nothing while it plays. */
  play(): void {
    if (this.state !== 'stopped') return;
    this.retries = 0;
    this.connect();
  }

  stop(): void {
    const wasPulling = this.state === 'pulling';
    this.destroy();
    if (wasPulling) this.options.emit('playerClose', {});
  }

  /** What stands in the place of live-player's own context, in `playerReady`. */
  get context(): LivePlayerContext {
    return {
      play: ({ success }) => {
        this.play();
        if (success) success({});
      },
      stop: ({ success }) => {
        this.stop();
        if (success) success({});
      },
      snapshot: ({ success, fail }) => {
        const done = ({ tempImagePath, errMsg }: SnapshotResult): void => {
          if (errMsg === '' && success) success({ tempImagePath });
          if (errMsg !== '' && fail) fail({ errMsg });
        };
        if (this.current === null) done({ tempImagePath: '', errMsg: 'no picture' });
        else this.options.save(this.current, done);
      },
    };
  }

  addChunk(chunk: ArrayBuffer): void {
    const { reader } = this;
    if (reader === null) return;
    this.lastDataMs = this.options.environment.nowMs();
    this.receivedBytes += chunk.byteLength;
    if (!reader.feed(new Uint8Array(chunk)) && this.reader === reader) this.reconnect(reader.error);
  }

  /** Nothing is emitted from now on. */
  destroy(): void {
    this.state = 'stopped';
    this.release();
  }

  private connect(): void {
    this.state = 'pulling';
    this.hasPicture = false;
    this.badPictures = 0;
    this.lastDataMs = this.options.environment.nowMs();
    this.reader = createMjpgReader((part) => this.onPart(part));
    this.watchSilence();
    this.watchSecond(this.receivedBytes, this.counters.drawn);
    this.options.emit('playerStartPull', {});
  }

  /** One timer for the whole pull, not one a picture. */
  private watchSilence(): void {
    const quietMs = this.options.environment.nowMs() - this.lastDataMs;
    if (quietMs >= SILENCE_MS) return this.reconnect(`no data for ${SILENCE_MS} ms`);
    this.timers.arm('silence', SILENCE_MS - quietMs, () => this.watchSilence());
  }

  private watchSecond(beforeBytes: number, beforeDrawn: number): void {
    this.timers.arm('second', SECOND_MS, () => {
      const { receivedBytes, counters, size } = this;
      this.watchSecond(receivedBytes, counters.drawn);
      if (!this.hasPicture) return;
      const kbps = Math.round(((receivedBytes - beforeBytes) * 8) / 1000);
      const { widthPx: videoWidth, heightPx: videoHeight } = size;
      const videoFPS = counters.drawn - beforeDrawn;
      const info = { videoBitrate: kbps, netSpeed: kbps, videoFPS, videoWidth, videoHeight, videoCache: 0 };
      this.options.emit('netstatus', { info });
    });
  }

  private onPart({ contentType, data }: MjpgPart): void {
    // Somebody may have stopped the pull in the middle of a chunk.
    if (this.reader === null || data.length === 0) return;
    if (contentType !== '' && contentType.indexOf('image/') !== 0) return;
    if (this.newest !== null) this.counters.dropped++;
    this.newest = data;
    this.drawNext();
  }

  private drawNext(): void {
    const { newest, options, minIntervalMs } = this;
    if (newest === null || this.isDrawing) return;
    const nowMs = options.environment.nowMs();
    const waitMs = this.nextDrawMs - nowMs;
    if (waitMs > 0 && minIntervalMs > 0) {
      this.timers.arm('pace', Math.min(waitMs, minIntervalMs), () => this.drawNext());
      return;
    }
    // Counted from when it was due, so that the rate is right although timers are late.
    this.nextDrawMs = (waitMs > -minIntervalMs ? this.nextDrawMs : nowMs) + minIntervalMs;
    this.newest = null;
    this.isDrawing = true;
    const epoch = ++this.drawEpoch;
    this.timers.arm('draw', DRAW_TIMEOUT_MS, () => this.onDrawn(epoch, newest, null));
    options.screen.show(newest, (size) => this.onDrawn(epoch, newest, size));
  }

  private onDrawn(epoch: number, jpeg: Uint8Array, size: PictureSize | null): void {
    if (epoch !== this.drawEpoch || !this.isDrawing) return;
    this.timers.clear('draw');
    this.isDrawing = false;
    if (size === null) {
      if (++this.badPictures >= MAX_BAD_PICTURES) return this.reconnect('the pictures cannot be decoded');
    } else {
      this.counters.drawn++;
      this.badPictures = 0;
      this.current = jpeg;
      this.size = size;
      if (!this.hasPicture) {
        this.hasPicture = true;
        this.retries = 0;
        this.tell(LivePlayerCode.FirstFrame, 'the first picture is drawn');
      }
    }
    this.drawNext();
  }

  private reconnect(reason: string): void {
    const hasGivenUp = this.retries >= MAX_RETRIES;
    this.release();
    this.state = hasGivenUp ? 'stopped' : 'waiting';
    if (!hasGivenUp) {
      this.retries++;
      this.timers.arm('retry', RETRY_DELAY_MS, () => this.connect());
    }
    const epoch = this.drawEpoch;
    this.options.emit('playerClose', {});
    // Whoever heard that may have stopped, or destroyed, this player.
    if (epoch === this.drawEpoch)
      this.tell(hasGivenUp ? LivePlayerCode.GaveUp : LivePlayerCode.Reconnecting, reason);
  }

  private release(): void {
    this.timers.clearAll();
    this.reader = this.newest = null;
    this.isDrawing = false;
    this.drawEpoch++;
  }

  private tell(code: number, message: string): void {
    this.options.emit('statechange', { code, message });
  }
}
