import { FlvTagType, createFlvReader } from '../../p2p-core/index';
import type { FlvReader, FlvTag } from '../../p2p-core/index';
import type { StreamTap } from '../player/stream-sink';
import type { RecordingMuxer } from './recording-muxer';

/** Between the last picture before a new pull and the first one of it. */
const REJOIN_MS = 40;
/** A step beyond these is no step: the camera's clock has jumped. */
const MAX_STEP_BACK_MS = 1000;
const MAX_STEP_FORWARD_MS = 10_000;
/** So much sound without any picture: a stream of sound alone. */
const SOUND_ONLY_TAGS = 100;

/** What a recording hears of the stream. */
export interface RecordingSink {
  readonly muxer: RecordingMuxer;
  /** Asked before each tag: false ends the taking, at the border of a tag. */
  mayAdd(tagBytes: number): boolean;
  /** The first picture was taken. */
  onBegun(): void;
}

/**
 * Looks on while a stream is played, and keeps what a recording needs from before it: metadata and the decoders' settings. So
 * a recording begins with the next key frame, without another pull; a new pull in the middle goes on in the same file.
 */
export class LiveRecorder implements StreamTap {
  private reader: FlvReader | null = null;
  private metadata: Uint8Array | null = null;
  private video: Uint8Array | null = null;
  private audio: Uint8Array | null = null;
  private soundTags = 0;

  private sink: RecordingSink | null = null;
  /** Waits for a picture that decoding can start from. */
  private isWaiting = true;
  private hasBegun = false;
  private haveHeadersChanged = true;
  /** The stream's time at the file's time 0. */
  private baseMs = 0;
  private lastMs = 0;
  /** By type of tag: the newest timestamp since the last jump. */
  private newestMs: Record<number, number> = {};

  /** Length of the recording. */
  get durationMs(): number {
    return this.hasBegun ? this.lastMs : 0;
  }

  /** A picture to start from will be known as such: the stream was seen from its beginning. */
  get isReady(): boolean {
    return this.reader !== null && this.reader.error === '';
  }

  begin(sink: RecordingSink): void {
    this.sink = sink;
    this.isWaiting = this.haveHeadersChanged = true;
    this.hasBegun = false;
    this.lastMs = 0;
  }

  end(): void {
    this.sink = null;
  }

  onStart(): void {
    this.reader = createFlvReader({ onTag: (tag) => this.onTag(tag) });
    this.metadata = this.video = this.audio = null;
    this.soundTags = 0;
    this.isWaiting = this.haveHeadersChanged = true;
  }

  onChunk(chunk: ArrayBuffer): void {
    if (this.reader !== null) this.reader.feed(new Uint8Array(chunk));
  }

  private onTag(tag: FlvTag): void {
    if (tag.type === FlvTagType.Script) {
      this.metadata = tag.data.slice();
    } else if (tag.isSequenceHeader) {
      if (tag.type === FlvTagType.Video) this.video = tag.data.slice();
      else this.audio = tag.data.slice();
      this.haveHeadersChanged = true;
    } else {
      if (tag.type === FlvTagType.Audio && this.soundTags < SOUND_ONLY_TAGS) this.soundTags++;
      if (this.sink !== null) this.record(this.sink, tag);
    }
  }

  private record(sink: RecordingSink, tag: FlvTag): void {
    if (this.isWaiting) {
      const isSoundOnly = this.video === null && this.soundTags === SOUND_ONLY_TAGS;
      if (!tag.isKeyframe && !isSoundOnly) return;
      this.isWaiting = false;
      this.rebase(tag.timestampMs);
    }
    if (this.hasJumped(tag)) this.rebase(tag.timestampMs);
    this.newestMs[tag.type] = tag.timestampMs;
    const timeMs = (tag.timestampMs - this.baseMs) | 0;
    // Sound from before the first picture.
    if (timeMs < 0) return;
    if (!sink.mayAdd(tag.data.length + 64)) return;
    if (this.haveHeadersChanged) {
      this.haveHeadersChanged = false;
      sink.muxer.setHeaders(this.video, this.audio, this.metadata);
    }
    this.lastMs = Math.max(this.lastMs, timeMs);
    sink.muxer.add(tag, timeMs);
    if (this.hasBegun) return;
    this.hasBegun = true;
    sink.onBegun();
  }

  /** Of its own kind and of all that was recorded: sound may be sparse, or seconds behind, without a jump. */
  private hasJumped({ type, timestampMs }: FlvTag): boolean {
    const beforeMs = this.newestMs[type];
    if (beforeMs === undefined) return false;
    // Signed: the 32-bit clock may wrap.
    return isJump((timestampMs - beforeMs) | 0) && isJump((timestampMs - this.baseMs - this.lastMs) | 0);
  }

  /** The stream's time `timestampMs` follows on what was recorded so far. */
  private rebase(timestampMs: number): void {
    this.baseMs = timestampMs - (this.hasBegun ? this.lastMs + REJOIN_MS : 0);
    this.newestMs = {};
  }
}

function isJump(stepMs: number): boolean {
  return stepMs < -MAX_STEP_BACK_MS || stepMs > MAX_STEP_FORWARD_MS;
}
