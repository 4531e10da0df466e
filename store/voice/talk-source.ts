import { ErrCode, P2PError, toErrorResult } from '../../p2p-core/index';
import type {
  ErrorResult,
  P2PModule,
  RecorderManagerLike,
  RecorderOptions,
  VoiceWriter,
} from '../../p2p-core/index';
import { settle } from '../module-result';
import { tapRecorder } from './recorder-tap';

/** The lowest that phones record. */
const SLOW_SAMPLE_RATE = 8000;

/** What a talk tells while it runs; nothing after `stop`. */
export interface TalkHandler {
  /** Once: null when sound flows. */
  onStarted(error: ErrorResult | null): void;
  onInterrupted(isInterrupted: boolean): void;
  onUplink(isSlow: boolean): void;
  /** Once, after a start that worked. */
  onEnded(error: ErrorResult | null): void;
  /** PCM on its way; borrowed. */
  onFrame(frame: ArrayBuffer): void;
}

/** One talk, from its start to its end. `stop` works at every moment, also before the start was answered. */
export interface Talk {
  stop(): void;
  /** The path takes less than is sent, or all of it again. What is sent becomes less as soon as that makes no gap. */
  setSlow?(isSlow: boolean): void;
}

export interface TalkContext {
  readonly module: P2PModule;
  readonly id: string;
  readonly channel: number;
}

/** What every recorder can do, at half the bytes or less of what an app may ask for: itself where there is nothing to save. */
function slowOptionsOf(options: RecorderOptions): RecorderOptions {
  const { sampleRate = 0, numberOfChannels = 1 } = options;
  if (sampleRate <= SLOW_SAMPLE_RATE && numberOfChannels === 1) return options;
  return {
    ...options,
    sampleRate: SLOW_SAMPLE_RATE,
    numberOfChannels: 1,
    encodeBitRate: 2 * SLOW_SAMPLE_RATE,
  };
}

/**
 * Talks with the recorder of the app. The module goes on beyond the platform's limit of one recording; there, where a new
 * recording begins anyway, a path that is too slow gets sound of fewer bytes, in a talk of its own and to the end.
 */
export function startRecorderTalk(
  { module, id, channel }: TalkContext,
  recorder: RecorderManagerLike,
  options: RecorderOptions,
  handler: TalkHandler,
): Talk {
  let isOpen = true;
  let isStarted = false;
  let isSlow = false;
  let used = options;
  const slowOptions = slowOptionsOf(options);
  const tap = tapRecorder(recorder);
  const onFrame = (frame: ArrayBuffer): void => handler.onFrame(frame);
  const end = (): boolean => {
    const wasOpen = isOpen;
    isOpen = false;
    if (tap.onFrame === onFrame) tap.onFrame = null;
    return wasOpen;
  };
  const start = (): Promise<number> =>
    module.startVoice(
      id,
      tap.manager,
      // The parameter is ours: modules of the guide talk to channel 0.
      channel === 0 ? used : { ...used, urlParams: `channel=${channel}` },
      {
        onPause({ inInterruption }) {
          if (!isOpen) return;
          if (inInterruption) handler.onInterrupted(true);
          // Somebody else in the app paused it, and nobody would resume it (the guide's example does the same).
          else if (end()) {
            module.stopVoice(id);
            handler.onEnded(null);
          }
        },
        onResume() {
          if (isOpen) handler.onInterrupted(false);
        },
        onStop({ willRestart }) {
          if (!isStarted || !isOpen) return;
          if (!willRestart) {
            end();
            handler.onEnded(null);
          } else if (isSlow && used !== slowOptions) {
            used = slowOptions;
            module.stopVoice(id);
            begin();
            // The new talk has a queue of its own, which is empty.
            handler.onUplink(false);
          }
        },
      },
    );
  const begin = (): void =>
    settle('startVoice', ErrCode.VoiceStartFailed, start, (error) => {
      if (!isOpen) return;
      const wasStarted = isStarted;
      if (error === null) {
        isStarted = true;
        tap.onFrame = onFrame;
      } else end();
      if (!wasStarted) handler.onStarted(error);
      else if (error !== null) handler.onEnded(error);
    });
  begin();
  return {
    stop() {
      if (end()) module.stopVoice(id);
    },
    setSlow(value) {
      isSlow = value;
    },
  };
}

/** The native pusher as a talk uses it. */
export interface PusherHandle {
  start(done: (errMsg: string | null) => void): void;
  stop(): void;
}

export interface PusherTalkOptions {
  hasCamera: boolean;
  /** `calltype` of a duplex call; '' for none. */
  callType: '' | 'audio' | 'video';
  nowMs: () => number;
}

/** More than this share of what may wait is a path that is too slow; of the module's limits (protocol: 32 and 384 KiB). */
const HIGH_SOUND_BYTES = 16 * 1024;
const HIGH_PICTURE_BYTES = 192 * 1024;
/** A path counts as good again when it was good for so long. */
export const RECOVER_MS = 3000;

/** Talks with FLV that a pusher makes. The pusher may be ready before or after the camera listens. */
export class PusherTalk implements Talk {
  private isOpen = true;
  private writer: VoiceWriter | null = null;
  private pusher: PusherHandle | null = null;
  private isPushing = false;
  private isSlow = false;
  private slowAtMs = 0;
  private readonly highBytes: number;

  constructor(
    private readonly context: TalkContext,
    private readonly options: PusherTalkOptions,
    private readonly handler: TalkHandler,
  ) {
    const { hasCamera, callType } = options;
    this.highBytes = hasCamera ? HIGH_PICTURE_BYTES : HIGH_SOUND_BYTES;
    const { module, id, channel } = context;
    const urlParams = `channel=${channel}${callType === '' ? '' : `&calltype=${callType}`}`;
    const start = async (): Promise<VoiceWriter> => {
      if (!module.startVoiceData) throw new P2PError(ErrCode.Unsupported, 'the module takes no FLV');
      const options = { urlParams, enableCamera: hasCamera, enableMic: true, ignoreEmptyAudioTag: true };
      return module.startVoiceData(id, options, { onStop: () => this.end(null) });
    };
    start().then(
      (writer) => {
        // Stopped meanwhile: nobody else would close it.
        if (!this.isOpen) return writer.close();
        this.writer = writer;
        this.push();
      },
      (cause: unknown) => this.end(toErrorResult(cause, ErrCode.VoiceStartFailed)),
    );
  }

  /** The native pusher is there. */
  setPusher(pusher: PusherHandle): void {
    this.pusher = pusher;
    this.push();
  }

  /** FLV of the pusher: header and whole tags; borrowed until the call returns. */
  addChunk(chunk: ArrayBuffer): void {
    const { writer } = this;
    if (!this.isOpen || writer === null || chunk.byteLength === 0) return;
    if (!writer.addChunk(chunk)) return this.end(null);
    this.watch(writer.bufferedBytes);
  }

  /** The pusher failed, or its own connection ended. */
  fail(errmsg: string): void {
    this.end({ errcode: ErrCode.VoiceStartFailed, errmsg });
  }

  stop(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.close();
    // Also the talk whose writer has not come yet.
    this.context.module.stopVoice(this.context.id);
  }

  private push(): void {
    const { pusher, writer } = this;
    if (!this.isOpen || pusher === null || writer === null || this.isPushing) return;
    this.isPushing = true;
    pusher.start((errMsg) => {
      if (!this.isOpen) return;
      if (errMsg !== null) this.fail(errMsg);
      else this.handler.onStarted(null);
    });
  }

  private watch(bufferedBytes: number): void {
    if (bufferedBytes > this.highBytes) {
      this.slowAtMs = this.options.nowMs();
      if (!this.isSlow) this.handler.onUplink((this.isSlow = true));
    } else if (this.isSlow && this.options.nowMs() - this.slowAtMs > RECOVER_MS) {
      this.handler.onUplink((this.isSlow = false));
    }
  }

  private end(error: ErrorResult | null): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.close();
    this.context.module.stopVoice(this.context.id);
    this.handler.onEnded(error);
  }

  private close(): void {
    if (this.isPushing && this.pusher !== null) this.pusher.stop();
    if (this.writer !== null) this.writer.close();
  }
}
