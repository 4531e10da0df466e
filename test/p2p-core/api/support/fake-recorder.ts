import type { Clock, TimerId } from '../../../../p2p-core/port/port';

type Listener = (res: never) => void;

export interface FakeRecorderOptions {
  /** A platform that keeps only the last listener of an event, and one that keeps all; both exist. Default all. */
  keepsLastOnly?: boolean;
  /** Has `off…`, as newer WeChat. */
  hasOff?: boolean;
  /** From `start` and `stop` to their events. */
  delayMs?: number;
  /** What `start` answers instead. */
  startError?: string | null;
}

/**
 * The app's only recorder, as WeChat's behaves: asynchronous, one recording at a time, ended at its limit, paused by
 * interruptions. A frame is `frameSize` KB whose bytes count on over all recordings, so that a gap shows.
 */
export class FakeRecorder {
  readonly calls: string[] = [];
  state: 'idle' | 'starting' | 'recording' | 'paused' = 'idle';
  startError: string | null;
  options: { frameSize?: number; duration?: number; sampleRate?: number; format?: string } = {};
  framesMade = 0;
  /** When each frame's recording began, and how long it records. */
  readonly startedMs: number[] = [];
  readonly endedMs: number[] = [];
  private readonly listeners: { event: string; listener: Listener }[] = [];
  private frameTimer: TimerId | null = null;
  private endTimer: TimerId | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly setup: FakeRecorderOptions = {},
  ) {
    this.startError = setup.startError ?? null;
    if (!setup.hasOff) return;
    for (const event of ['Start', 'Stop', 'Error', 'Pause', 'Resume', 'FrameRecorded']) {
      Object.assign(this, {
        [`off${event}`]: (listener: Listener) => {
          const at = this.listeners.findIndex((each) => each.event === event && each.listener === listener);
          if (at >= 0) this.listeners.splice(at, 1);
        },
      });
    }
  }

  onStart = (listener: Listener): void => this.on('Start', listener);
  onStop = (listener: Listener): void => this.on('Stop', listener);
  onError = (listener: Listener): void => this.on('Error', listener);
  onPause = (listener: Listener): void => this.on('Pause', listener);
  onResume = (listener: Listener): void => this.on('Resume', listener);
  onFrameRecorded = (listener: Listener): void => this.on('FrameRecorded', listener);
  onInterruptionBegin = (listener: Listener): void => this.on('InterruptionBegin', listener);
  onInterruptionEnd = (listener: Listener): void => this.on('InterruptionEnd', listener);

  get listenerCount(): number {
    return this.listeners.length;
  }

  start(options: FakeRecorder['options']): void {
    this.calls.push('start');
    const wasIdle = this.state === 'idle';
    if (wasIdle && this.startError === null) this.state = 'starting';
    this.later(() => {
      if (this.startError !== null) return this.emit('Error', { errMsg: this.startError });
      if (!wasIdle) {
        return this.emit('Error', {
          errMsg: "operateRecorder:fail:audio is recording, don't start record again",
        });
      }
      this.state = 'recording';
      this.options = options;
      this.startedMs.push(this.clock.nowMs());
      this.endTimer = this.clock.setTimer(() => this.end(), options.duration ?? 60_000);
      this.emit('Start', undefined);
      this.nextFrame();
    });
  }

  stop(): void {
    this.calls.push('stop');
    this.later(() => {
      if (this.state === 'recording' || this.state === 'paused') this.end();
      else this.emit('Error', { errMsg: 'operateRecorder:fail:recorder not start' });
    });
  }

  pause(): void {
    this.later(() => this.doPause());
  }

  resume(): void {
    this.calls.push('resume');
    this.later(() => {
      if (this.state !== 'paused') return;
      this.state = 'recording';
      this.emit('Resume', undefined);
      this.nextFrame();
    });
  }

  beginInterruption(): void {
    this.emit('InterruptionBegin', undefined);
    this.doPause();
  }

  endInterruption(): void {
    this.emit('InterruptionEnd', undefined);
  }

  fail(errMsg: string): void {
    this.emit('Error', { errMsg });
  }

  /** Bytes of sound made so far. */
  get madeBytes(): number {
    return this.framesMade * this.frameBytes;
  }

  get frameBytes(): number {
    return (this.options.frameSize ?? 0) * 1024;
  }

  private get frameMs(): number {
    return this.frameBytes / (((this.options.sampleRate ?? 8000) * 2) / 1000);
  }

  /** Without a frame size the platform gives no frames. */
  private nextFrame(): void {
    if (this.frameBytes === 0) return;
    this.frameTimer = this.clock.setTimer(() => {
      const bytes = new Uint8Array(this.frameBytes);
      for (let i = 0; i < bytes.length; i++) bytes[i] = voiceByte(this.madeBytes + i);
      this.framesMade++;
      this.nextFrame();
      this.emit('FrameRecorded', { frameBuffer: bytes.buffer, isLastFrame: false });
    }, this.frameMs);
  }

  private doPause(): void {
    if (this.state !== 'recording') return;
    this.state = 'paused';
    if (this.frameTimer !== null) this.clock.clearTimer(this.frameTimer);
    this.emit('Pause', undefined);
  }

  private end(): void {
    this.state = 'idle';
    if (this.frameTimer !== null) this.clock.clearTimer(this.frameTimer);
    this.clock.clearTimer(this.endTimer!);
    this.endedMs.push(this.clock.nowMs());
    const duration = this.clock.nowMs() - this.startedMs[this.startedMs.length - 1]!;
    this.emit('Stop', { duration, tempFilePath: 'wxfile://tmp' });
  }

  private later(action: () => void): void {
    this.clock.setTimer(action, this.setup.delayMs ?? 20);
  }

  private on(event: string, listener: Listener): void {
    if (this.setup.keepsLastOnly) {
      const at = this.listeners.findIndex((each) => each.event === event);
      if (at >= 0) this.listeners.splice(at, 1);
    }
    this.listeners.push({ event, listener });
  }

  private emit(event: string, res: unknown): void {
    for (const each of this.listeners.filter((one) => one.event === event)) each.listener(res as never);
  }
}

export function voiceByte(offset: number): number {
  return (offset * 31 + (offset >>> 8) * 5) & 0xff;
}
