import { FlvTagType } from '../../p2p-core/index';
import type { FlvTag } from '../../p2p-core/index';
import { box, fourCc, u32 } from './mp4-boxes';
import { audioEntry, isVideoCodec, videoEntry } from './mp4-codec';
import { MATRIX, MOVIE_CLOCK_HZ, Mp4Track } from './mp4-track';
import type { MuxerOutput, RecordingMuxer } from './recording-muxer';

const AAC = 10;
const TICKS_PER_AAC_FRAME = 1024;
/** Sound is counted by its frames, as long as the stream's clock agrees this far: its milliseconds are rough. */
const MAX_SOUND_DRIFT_MS = 60;
/** Pictures and sound take turns in the file. */
const CHUNK_MS = 1000;
const SOUND_CHUNK_BYTES = 32 * 1024;
const LAST_PICTURE_MS = 40;
const BOX_HEAD_BYTES = 8;
/** Boxes without their tables: some hundred bytes, and the decoders' settings at their largest. */
const FIXED_TAIL_BYTES = 36 * 1024;
/** From 1904, where MP4 begins to count, to 1970. */
const EPOCH_S = 2_082_844_800;

/**
 * A stream as an MP4 file that albums take: H.264 or H.265, and AAC. Progressive, with `moov` at the end (ISO/IEC 14496-12);
 * media is written as it comes. Held: a second of sound, and 4 to 16 bytes a sample.
 */
export class Mp4Muxer implements RecordingMuxer {
  isSoundLeftOut = false;
  cutMs = 0;
  /** What is there of the file, after a cut. */
  private cutBytes = 0;
  private video: Mp4Track | null = null;
  private audio: Mp4Track | null = null;
  private readonly dataStart: number;
  /** Sound of the chunk that is being filled. Its pictures are in the file already, from `chunkStart` on. */
  private readonly sound = new Uint8Array(SOUND_CHUNK_BYTES);
  private soundBytes = 0;
  private chunkStart: number;
  private chunkMs = 0;
  /** The newest settings are among the tracks' own. */
  private takesVideo = false;
  private takesAudio = false;

  /** @param wallMs when the recording began (unix ms): albums sort by it */
  constructor(
    private readonly output: MuxerOutput,
    private readonly wallMs: number,
  ) {
    const names = ['isom', 'isom', 'iso2', 'avc1', 'mp41'].map(fourCc);
    names.splice(1, 0, 0x200);
    for (const piece of box('ftyp', u32(...names))) output.append(piece);
    this.dataStart = output.byteCount;
    // Its size is not known yet.
    output.append(u32(0, fourCc('mdat')));
    this.chunkStart = output.byteCount;
  }

  get tailBytes(): number {
    const { video, audio } = this;
    const tables = (video === null ? 0 : video.tableBytes) + (audio === null ? 0 : audio.tableBytes);
    return FIXED_TAIL_BYTES + this.soundBytes + tables;
  }

  setHeaders(video: Uint8Array | null, audio: Uint8Array | null): void {
    this.closeChunk();
    const pictures = video === null ? null : videoEntry(video);
    if (pictures !== null && this.video === null) this.video = new Mp4Track(false, MOVIE_CLOCK_HZ);
    this.takesVideo = pictures !== null && this.video!.setEntry(pictures);
    const sound = audio === null ? null : audioEntry(audio);
    if (sound !== null && this.audio === null) this.audio = new Mp4Track(true, sound.rateHz);
    // A track has one clock: sound of another rate would need another track.
    this.takesAudio = sound !== null && sound.rateHz === this.audio!.clockHz && this.audio!.setEntry(sound);
  }

  add(tag: FlvTag, timeMs: number): void {
    if (timeMs - this.chunkMs >= CHUNK_MS) {
      this.closeChunk();
      this.chunkMs = timeMs;
    }
    if (tag.type === FlvTagType.Video) this.addPicture(tag, timeMs);
    else this.addSound(tag, timeMs);
  }

  /** The film ends with the last second of it that leaves room for the tables: they are written over what came behind. */
  cut(byteCount: number): number {
    const limit = byteCount - this.tailBytes - BOX_HEAD_BYTES;
    let end = this.dataStart + BOX_HEAD_BYTES;
    const keep = (all: Mp4Track | null): Mp4Track | null => {
      if (all === null) return null;
      const kept = all.upTo(limit);
      end = Math.max(end, kept.end);
      return kept.track;
    };
    this.video = keep(this.video);
    this.audio = keep(this.audio);
    this.soundBytes = 0;
    this.cutBytes = byteCount;
    return end;
  }

  finish(): string {
    this.closeChunk();
    const { output, dataStart, video, audio } = this;
    const dataBytes = output.byteCount - dataStart;
    const createdS = Math.floor(this.wallMs / 1000) + EPOCH_S;
    const tracks = [video, audio]
      .filter((track): track is Mp4Track => track !== null && track.sampleCount > 0)
      .map((track, index) =>
        track.finish(index + 1, createdS, track === audio ? TICKS_PER_AAC_FRAME : LAST_PICTURE_MS),
      );
    if (tracks.length === 0) return 'MP4 holds H.264, H.265 and AAC, and the stream has none of them';
    const durationMs = tracks.reduce((longest, track) => Math.max(longest, track.durationMs), 0);
    const head = [0, createdS, createdS, MOVIE_CLOCK_HZ, durationMs, 0x10000, 0x1000000, 0, 0, ...MATRIX];
    const movie = box(
      'moov',
      box('mvhd', u32(...head, 0, 0, 0, 0, 0, 0, tracks.length + 1)),
      ...tracks.map(({ pieces }) => pieces),
    );
    for (const piece of movie) output.append(piece);
    if (this.cutBytes > 0) {
      this.cutMs = durationMs;
      output.append(u32(this.cutBytes - output.byteCount, fourCc('free')));
      // Its content is what is left of the media.
    }
    output.patch(u32(dataBytes), dataStart);
    return '';
  }

  private addPicture({ codec, data, isKeyframe }: FlvTag, timeMs: number): void {
    const { video } = this;
    if (video === null || !this.takesVideo || !isVideoCodec(codec)) return;
    // Enhanced RTMP: packet type 3 is a picture without a composition time.
    const isEnhanced = data[0]! >= 0x80;
    const packetType = isEnhanced ? data[0]! & 15 : data[1];
    const hasOffset = packetType === 1;
    if (!hasOffset && !(isEnhanced && packetType === 3)) return;
    const at = isEnhanced ? 5 : 2;
    const picture = data.subarray(hasOffset ? at + 3 : at);
    if (picture.length === 0) return;
    // 24 bits, signed.
    const offset = hasOffset ? ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8)) >> 8 : 0;
    const ticks = video.sampleCount === 0 ? timeMs : Math.max(timeMs, video.newestTicks + 1);
    video.addSample(picture.length, ticks, offset, isKeyframe);
    this.output.append(picture);
  }

  private addSound({ codec, data }: FlvTag, timeMs: number): void {
    const { audio } = this;
    if (codec !== AAC || audio === null || !this.takesAudio) {
      this.isSoundLeftOut = true;
      return;
    }
    const byteCount = data.length - 2;
    // No AAC frame is near the size of a chunk.
    if (data[1] !== 1 || byteCount <= 0 || byteCount > SOUND_CHUNK_BYTES) return;
    if (this.soundBytes + byteCount > SOUND_CHUNK_BYTES) this.closeChunk();
    audio.addSample(byteCount, soundTicks(audio, timeMs), 0, false);
    this.sound.set(data.subarray(2), this.soundBytes);
    this.soundBytes += byteCount;
  }

  private closeChunk(): void {
    const { output, video, audio } = this;
    if (video !== null) video.closeChunk(this.chunkStart);
    if (audio !== null) audio.closeChunk(output.byteCount);
    output.append(this.sound.subarray(0, this.soundBytes));
    this.soundBytes = 0;
    this.chunkStart = output.byteCount;
  }
}

/** Frame after frame; where the stream's clock has gone elsewhere (a gap, a new pull), from there. */
function soundTicks(track: Mp4Track, timeMs: number): number {
  const byClock = Math.round((timeMs * track.clockHz) / 1000);
  if (track.sampleCount === 0) return byClock;
  const byFrames = track.newestTicks + TICKS_PER_AAC_FRAME;
  const driftMs = (Math.abs(byClock - byFrames) * 1000) / track.clockHz;
  return driftMs <= MAX_SOUND_DRIFT_MS ? byFrames : Math.max(byClock, track.newestTicks + 1);
}
