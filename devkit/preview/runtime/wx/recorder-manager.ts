import { Listeners } from './listeners';

interface StartOptions {
  duration?: number;
  sampleRate?: number;
  numberOfChannels?: number;
  format?: string;
  /** In KB. Without it there are no frames. */
  frameSize?: number;
}

/** What a browser offers between 256 and 16384; about 30 ms of 8 kHz. */
const BLOCK_SAMPLES = 256;
const DEFAULT_DURATION_MS = 60_000;
const MAX_DURATION_MS = 600_000;
const FULL_SCALE = 32767;

/**
 * `wx.getRecorderManager()` on the machine's microphone: PCM only, which is what talk uses. There is one in an app, and its
 * calls answer by events, as on a phone.
 */
export class RecorderManager {
  private readonly events = {
    Start: new Listeners<object>(),
    Stop: new Listeners<object>(),
    Pause: new Listeners<object>(),
    Resume: new Listeners<object>(),
    Error: new Listeners<{ errMsg: string }>(),
    FrameRecorded: new Listeners<{ frameBuffer: ArrayBuffer; isLastFrame: boolean }>(),
    InterruptionBegin: new Listeners<object>(),
    InterruptionEnd: new Listeners<object>(),
  };
  private recording: Recording | null = null;
  private startCount = 0;

  /** The manager as pages get it: always the same. */
  readonly api = this.makeApi();

  private async start(options: StartOptions): Promise<void> {
    if (this.recording !== null) {
      return this.events.Error.emit({ errMsg: 'operateRecorder:fail:audio is recording' });
    }
    const id = ++this.startCount;
    try {
      const recording = await Recording.open(options, {
        onFrame: (frameBuffer, isLastFrame) => this.events.FrameRecorded.emit({ frameBuffer, isLastFrame }),
        onLimit: () => this.stop(),
      });
      if (id !== this.startCount) return recording.close();
      this.recording = recording;
      this.events.Start.emit({});
    } catch (error) {
      this.events.Error.emit({ errMsg: `operateRecorder:fail ${(error as Error).message}` });
    }
  }

  private stop(): void {
    const { recording } = this;
    this.startCount++;
    if (recording === null) {
      return this.events.Error.emit({ errMsg: 'operateRecorder:fail:recorder not start' });
    }
    this.recording = null;
    recording.close();
    this.events.Stop.emit({ tempFilePath: '', duration: recording.durationMs, fileSize: 0 });
  }

  private setPaused(isPaused: boolean): void {
    if (this.recording === null || this.recording.isPaused === isPaused) return;
    this.recording.isPaused = isPaused;
    this.events[isPaused ? 'Pause' : 'Resume'].emit({});
  }

  private makeApi(): Record<string, unknown> {
    const later = (run: () => void) => void setTimeout(run, 0);
    const api: Record<string, unknown> = {
      start: (options: StartOptions = {}) => later(() => void this.start(options)),
      stop: () => later(() => this.stop()),
      pause: () => later(() => this.setPaused(true)),
      resume: () => later(() => this.setPaused(false)),
    };
    for (const [name, listeners] of Object.entries(this.events)) {
      api[`on${name}`] = listeners.on;
      api[`off${name}`] = listeners.off;
    }
    return api;
  }
}

interface RecordingHandler {
  onFrame(frame: ArrayBuffer, isLast: boolean): void;
  onLimit(): void;
}

/** One recording: microphone → 16-bit samples → frames of the size that was asked for. */
class Recording {
  isPaused = false;
  private readonly startedMs = performance.now();
  private frame: Int16Array<ArrayBuffer>;
  private filled = 0;
  private readonly limit: ReturnType<typeof setTimeout>;

  static async open(options: StartOptions, handler: RecordingHandler): Promise<Recording> {
    if ((options.format ?? 'PCM').toUpperCase() !== 'PCM') throw new Error('the preview records PCM only');
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Recording(stream, options, handler);
  }

  private readonly context: AudioContext;

  private constructor(
    private readonly stream: MediaStream,
    { duration, sampleRate = 8000, numberOfChannels = 1, frameSize = 0 }: StartOptions,
    private readonly handler: RecordingHandler,
  ) {
    this.frame = new Int16Array(frameSize * 512);
    this.context = new AudioContext({ sampleRate });
    // A worklet would need a script of its own; this node runs on the page's thread, which is what it shows anyway.
    const node = this.context.createScriptProcessor(BLOCK_SAMPLES, numberOfChannels, 1);
    node.onaudioprocess = ({ inputBuffer }) => this.take(inputBuffer);
    this.context.createMediaStreamSource(stream).connect(node);
    node.connect(this.context.destination);
    const limitMs = Math.min(duration ?? DEFAULT_DURATION_MS, MAX_DURATION_MS);
    this.limit = setTimeout(() => handler.onLimit(), limitMs);
  }

  get durationMs(): number {
    return Math.round(performance.now() - this.startedMs);
  }

  close(): void {
    clearTimeout(this.limit);
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
    if (this.filled > 0) this.handler.onFrame(this.frame.slice(0, this.filled).buffer, true);
    this.frame = new Int16Array(0);
  }

  private take(input: AudioBuffer): void {
    if (this.isPaused || this.frame.length === 0) return;
    const channels = Array.from({ length: input.numberOfChannels }, (_, index) =>
      input.getChannelData(index),
    );
    for (let i = 0; i < input.length; i++) {
      for (const channel of channels) {
        this.frame[this.filled++] = Math.max(-1, Math.min(1, channel[i] ?? 0)) * FULL_SCALE;
        if (this.filled < this.frame.length) continue;
        this.handler.onFrame(this.frame.buffer, false);
        this.frame = new Int16Array(this.frame.length);
        this.filled = 0;
      }
    }
  }
}
