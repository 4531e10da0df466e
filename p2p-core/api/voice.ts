import { ErrCode } from '../errors';
import type { Clock, Log } from '../port/port';
import { guarded } from '../session/guard';
import type { DeviceLink } from './device-link';
import type { RecorderOptions, VoiceCallbacks, VoiceOptions } from './types';
import type { Recorder, RecorderOwner } from './voice-recorder';
import { VoiceUplink } from './voice-uplink';

/** What every talk needs of its service. */
export interface TalkOptions {
  link: DeviceLink;
  clock: Clock;
  log: Log;
  headTimeoutMs: number;
  /** For the recorder to begin. */
  recorderMs: number;
  callbacks: VoiceCallbacks;
  /** The upstream has fallen behind, or caught up. */
  onWaterMark(isHigh: boolean, bufferedBytes: number): void;
  /** For the app's log. */
  say(message: string): void;
  /** The id is free again. Before the callback that tells the app. At most once, not after `stop`. */
  onOver(): void;
}

/** A talk of any kind, as its service sees it. */
export interface Talk {
  start(): void;
  /** Ends the talk after what was recorded; no callback follows. */
  stop(): void;
  /** What a stopped talk still has to send is given up. */
  abort(): void;
}

/** The platform's limit for one recording, and what it uses unless told. */
const MAX_RECORDING_MS = 600_000;
const DEFAULT_SAMPLE_RATE = 8000;
const BYTES_PER_SAMPLE = 2;
/** Short enough to talk, long enough to cost little. */
const FRAME_MS = 60;
/** Sound that may be under way or wait for it. More would bridge no gap worth bridging, and make the talk late. */
const MAX_WAITING_MS = 1500;

/** `POST /voice?…` with PCM (16-bit little-endian) of the recorder. The microphone opens after the camera has said yes. */
export class RecorderTalk implements Talk, RecorderOwner {
  private readonly uplink: VoiceUplink;
  private readonly recorderOptions: RecorderOptions;
  private readonly limitMs: number;
  private phase: 'asking' | 'starting' | 'talking' | 'over' = 'asking';
  private droppedFrames = 0;

  constructor(
    private readonly recorder: Recorder,
    options: VoiceOptions,
    private readonly talk: TalkOptions,
    /** Exactly once: 0 when the recorder has begun, else -2601. */
    private readonly onSettled: (errcode: number) => void,
  ) {
    const {
      urlParams = 'channel=0',
      sampleRate = DEFAULT_SAMPLE_RATE,
      numberOfChannels = 1,
      duration = MAX_RECORDING_MS,
    } = options;
    const bytesPerMs = (sampleRate * numberOfChannels * BYTES_PER_SAMPLE) / 1000;
    this.limitMs = duration;
    this.recorderOptions = {
      // In units of 1024 bytes; without it the platform gives no frames.
      frameSize: Math.max(1, Math.round((bytesPerMs * FRAME_MS) / 1024)),
      ...options,
      sampleRate,
      numberOfChannels,
      duration,
      format: 'PCM',
    };
    delete (this.recorderOptions as VoiceOptions).urlParams;
    const { link, clock, headTimeoutMs } = talk;
    this.uplink = new VoiceUplink(
      link,
      clock,
      {
        target: `/voice?${urlParams}&format=pcm&sample_rate=${sampleRate}&channels=${numberOfChannels}`,
        headTimeoutMs,
        limitBytes: bytesPerMs * MAX_WAITING_MS,
      },
      {
        onAccepted: () => {
          this.phase = 'starting';
          this.recorder.start(this.recorderOptions, this.limitMs, this.talk.recorderMs);
        },
        onWaterMark: talk.onWaterMark,
        onOver: (errcode, errmsg) => this.fail(`${errcode} ${errmsg}`),
      },
    );
  }

  start(): void {
    if (this.recorder.take(this)) this.uplink.start();
    else this.fail('the recorder serves another talk');
  }

  stop(): void {
    const phase = this.end();
    if (phase === 'asking' || phase === 'starting') this.onSettled(ErrCode.VoiceStartFailed);
  }

  abort(): void {
    this.uplink.abort();
  }

  onStart(): void {
    if (this.phase === 'starting') {
      this.phase = 'talking';
      this.onSettled(ErrCode.Ok);
    }
    this.tell('onStart');
  }

  onFrame(frame: Uint8Array): void {
    if (this.phase !== 'talking') return;
    this.uplink.push(frame);
    const dropped = this.uplink.dropOldest();
    if (dropped === 0) return;
    // A path that stays slow is told less and less often.
    const before = this.droppedFrames;
    this.droppedFrames += dropped;
    if (Math.floor(Math.log2(this.droppedFrames)) > Math.floor(Math.log2(before))) {
      this.talk.say(`startVoice: the path is too slow, ${this.droppedFrames} frames were dropped so far`);
    }
  }

  onPause(inInterruption: boolean): void {
    this.tell('onPause', { inInterruption });
  }

  onResume(): void {
    this.tell('onResume');
  }

  onStop(atLimit: boolean): void {
    if (!atLimit) return this.fail('the recorder was stopped');
    this.tell('onStop', { willRestart: true });
    // The app may have stopped the talk meanwhile.
    if (this.phase === 'talking')
      this.recorder.start(this.recorderOptions, this.limitMs, this.talk.recorderMs);
  }

  onFail(errmsg: string): void {
    this.fail(errmsg);
  }

  private fail(cause: string): void {
    const phase = this.end();
    if (phase === 'over') return;
    this.talk.say(`startVoice ${phase === 'talking' ? 'ended' : 'failed'}: ${cause}`);
    this.talk.onOver();
    if (phase === 'talking') this.tell('onStop', { willRestart: false });
    else this.onSettled(ErrCode.VoiceStartFailed);
  }

  /** Returns the phase that it ended. */
  private end(): string {
    const { phase } = this;
    if (phase === 'over') return phase;
    this.phase = 'over';
    this.recorder.release(this);
    this.uplink.finish();
    return phase;
  }

  private tell(which: keyof VoiceCallbacks, detail?: unknown): void {
    const callback = this.talk.callbacks[which] as ((detail: unknown) => void) | undefined;
    if (callback) guarded(this.talk.log, which, () => callback(detail));
  }
}
