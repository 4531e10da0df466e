import { createFlvRepair } from '../flv/repair';
import type { FlvRepair } from '../flv/repair';
import { FlvTagType } from '../flv/tag-reader';
import { guarded } from '../session/guard';
import type { VoiceDataOptions, VoiceWriter } from './types';
import type { Talk, TalkOptions } from './voice';
import { VoiceUplink } from './voice-uplink';

/** About two seconds of live-pusher at its usual rates. */
const SOUND_LIMIT_BYTES = 32 * 1024;
const PICTURE_LIMIT_BYTES = 384 * 1024;

/** `POST /voice?…` with the FLV of the app. */
export class WriterTalk implements Talk {
  private readonly uplink: VoiceUplink;
  private readonly repair: FlvRepair;
  private phase: 'asking' | 'talking' | 'over' = 'asking';
  /** A picture was left out: those up to the next key frame would be rubbish. */
  private isWaitingForKey = false;
  private droppedTags = 0;

  constructor(
    {
      urlParams = 'channel=0',
      enableCamera = false,
      enableMic = true,
      ignoreEmptyAudioTag = false,
      minAudioTagBytes = 0,
    }: VoiceDataOptions,
    private readonly talk: TalkOptions,
    /** Exactly once: a writer when the camera listens, else why it does not. */
    private readonly onSettled: (result: VoiceWriter | string) => void,
  ) {
    const { link, clock, headTimeoutMs } = talk;
    const limitBytes = enableCamera ? PICTURE_LIMIT_BYTES : SOUND_LIMIT_BYTES;
    const target = `/voice?${urlParams}&format=flv`;
    this.uplink = new VoiceUplink(
      link,
      clock,
      { target, headTimeoutMs, limitBytes },
      {
        onAccepted: () => {
          this.phase = 'talking';
          this.onSettled(this.writer());
        },
        onWaterMark: talk.onWaterMark,
        onOver: (errcode, errmsg) => this.fail(`${errcode} ${errmsg}`),
      },
    );
    this.repair = createFlvRepair({
      hasVideo: enableCamera,
      hasAudio: enableMic,
      dropsEmptyAudio: ignoreEmptyAudioTag,
      minAudioTagBytes,
      onBytes: (bytes, tag) => {
        if (tag !== null && !tag.isSequenceHeader && tag.type !== FlvTagType.Script) {
          const isPicture = tag.type === FlvTagType.Video;
          if (this.uplink.isFull || (isPicture && this.isWaitingForKey && !tag.isKeyframe)) {
            this.droppedTags++;
            if (isPicture) this.isWaitingForKey = true;
            return;
          }
          if (isPicture) this.isWaitingForKey = false;
        }
        this.uplink.push(bytes);
      },
    });
  }

  start(): void {
    this.uplink.start();
  }

  stop(): void {
    if (this.end() === 'asking') this.onSettled('the talk was stopped while it was starting');
  }

  abort(): void {
    this.uplink.abort();
  }

  /** An object of its own: apps log what they are given, and keep it. */
  private writer(): VoiceWriter {
    const { uplink } = this;
    return {
      addChunk: (chunk) => this.addChunk(chunk),
      close: () => {
        if (this.end() === 'talking') this.talk.onOver();
      },
      get bufferedBytes() {
        return uplink.bufferedBytes;
      },
    };
  }

  private addChunk(chunk: ArrayBuffer): boolean {
    if (this.phase !== 'talking') return false;
    if (!this.repair.feed(new Uint8Array(chunk))) this.fail(`no FLV: ${this.repair.error}`);
    return this.isTalking();
  }

  /** A method, so that the compiler does not narrow `phase` across calls that change it. */
  private isTalking(): boolean {
    return this.phase === 'talking';
  }

  private fail(cause: string): void {
    const phase = this.end();
    if (phase === 'over') return;
    const { callbacks, log, say, onOver } = this.talk;
    say(`startVoiceData ${phase === 'talking' ? 'ended' : 'failed'}: ${cause}`);
    onOver();
    if (phase === 'asking') return this.onSettled(cause);
    if (callbacks.onStop) guarded(log, 'onStop', () => callbacks.onStop!({ willRestart: false }));
  }

  /** Returns the phase that it ended. */
  private end(): string {
    const { phase } = this;
    if (phase === 'over') return phase;
    this.phase = 'over';
    this.uplink.finish();
    if (this.droppedTags > 0)
      this.talk.say(`startVoiceData: ${this.droppedTags} tags were left out on a slow path`);
    return phase;
  }
}
