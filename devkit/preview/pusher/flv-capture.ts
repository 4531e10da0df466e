import { FlvTagType } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { encodeAlaw } from './alaw';

/** Chromium has it; TypeScript's own types do not (W3C, MediaStreamTrack Insertable Media Processing). */
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => {
  readonly readable: ReadableStream<VideoFrame>;
};

export interface CaptureOptions {
  hasCamera: boolean;
  hasMicrophone: boolean;
  /** Of the picture, kbit/s. */
  bitrateKbps: number;
}

export type FlvPart = 'header' | 'audio' | 'video';

export interface CaptureHandler {
  /** The header, then whole tags. */
  onFlv(part: FlvPart, bytes: Uint8Array<ArrayBuffer>): void;
  /** It cannot go on. */
  onError(reason: string): void;
}

const SAMPLE_RATE_HZ = 8000;
/** What a browser offers that is near to a sound frame: 32 ms. */
const BLOCK_SAMPLES = 256;
const FULL_SCALE = 32767;
/** G.711 A-law, 16 bit before it was coded, mono. */
const AUDIO_TAG = 0x72;
const PICTURE = { width: 320, height: 240 };
const FRAME_RATE = 15;
const KEY_FRAME_EVERY = 2 * FRAME_RATE;
/** Baseline, level 3.1. */
const CODEC = 'avc1.42001f';
/** Frame type in the upper half, AVC in the lower one (Annex E.4.3.1). */
const KEY_FRAME = 0x17;
const INTER_FRAME = 0x27;

/**
 * Microphone and camera of this machine as FLV. live-pusher gives AAC; browsers on Linux cannot code it, so the sound is
 * G.711 here, which FLV has as well. The picture is H.264, by the browser's own coder.
 */
export class FlvCapture {
  private readonly startedMs = performance.now();
  private readonly stops: (() => void)[] = [];
  private isOpen = true;
  private sampleCount = 0;

  static async open(options: CaptureOptions, handler: CaptureHandler): Promise<FlvCapture> {
    const { hasCamera, hasMicrophone } = options;
    const video = hasCamera ? { ...PICTURE, frameRate: FRAME_RATE } : false;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: hasMicrophone, video });
    return new FlvCapture(stream, options, handler);
  }

  private constructor(
    readonly stream: MediaStream,
    { hasCamera, hasMicrophone, bitrateKbps }: CaptureOptions,
    private readonly handler: CaptureHandler,
  ) {
    this.stops.push(() => stream.getTracks().forEach((track) => track.stop()));
    handler.onFlv('header', fresh(flvHeader(hasCamera, hasMicrophone)));
    if (hasMicrophone) this.listen();
    const [track] = stream.getVideoTracks();
    if (track) void this.film(track, bitrateKbps);
  }

  stop(): void {
    this.isOpen = false;
    for (const stop of this.stops.splice(0)) stop();
  }

  private listen(): void {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ });
    // A worklet would need a script of its own.
    const node = context.createScriptProcessor(BLOCK_SAMPLES, 1, 1);
    const startedMs = this.elapsedMs();
    node.onaudioprocess = ({ inputBuffer }) => {
      const samples = inputBuffer.getChannelData(0);
      const body = new Uint8Array(1 + samples.length);
      body[0] = AUDIO_TAG;
      for (let i = 0; i < samples.length; i++) {
        body[i + 1] = encodeAlaw(Math.round(Math.max(-1, Math.min(1, samples[i] ?? 0)) * FULL_SCALE));
      }
      const timestampMs = startedMs + (this.sampleCount / SAMPLE_RATE_HZ) * 1000;
      this.sampleCount += samples.length;
      this.give('audio', timestampMs, body);
    };
    context.createMediaStreamSource(this.stream).connect(node);
    node.connect(context.destination);
    this.stops.push(() => void context.close());
  }

  private async film(track: MediaStreamTrack, bitrateKbps: number): Promise<void> {
    const frames = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => this.onPicture(chunk, metadata),
      error: (error) => this.fail(error.message),
    });
    this.stops.push(() => {
      void frames.cancel().catch(() => {});
      if (encoder.state !== 'closed') encoder.close();
    });
    try {
      encoder.configure({
        ...PICTURE,
        codec: CODEC,
        bitrate: bitrateKbps * 1000,
        framerate: FRAME_RATE,
        latencyMode: 'realtime',
        avc: { format: 'avc' },
      });
      for (let count = 0; this.isOpen; count++) {
        const { done, value: frame } = await frames.read();
        if (done || !this.isOpen) return frame?.close();
        encoder.encode(frame, { keyFrame: count % KEY_FRAME_EVERY === 0 });
        frame.close();
      }
    } catch (error) {
      this.fail((error as Error).message);
    }
  }

  private onPicture(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    const description = metadata?.decoderConfig?.description;
    const timestampMs = this.elapsedMs();
    // AVCDecoderConfigurationRecord: what a decoder needs before the first picture.
    if (description) this.give('video', timestampMs, picture(KEY_FRAME, 0, bytesOf(description)));
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.give('video', timestampMs, picture(chunk.type === 'key' ? KEY_FRAME : INTER_FRAME, 1, data));
  }

  private give(part: 'audio' | 'video', timestampMs: number, body: Uint8Array): void {
    const type = part === 'audio' ? FlvTagType.Audio : FlvTagType.Video;
    if (this.isOpen) this.handler.onFlv(part, fresh(flvTag(type, timestampMs, body)));
  }

  private fail(reason: string): void {
    if (!this.isOpen) return;
    this.stop();
    this.handler.onError(reason);
  }

  private elapsedMs(): number {
    return performance.now() - this.startedMs;
  }
}

/** AVCVIDEOPACKET: packet type, composition time 0, data. */
function picture(frame: number, packetType: number, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(5 + data.length);
  body[0] = frame;
  body[1] = packetType;
  body.set(data, 5);
  return body;
}

function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** The writer's bytes, in a buffer that is theirs alone. */
const fresh = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
