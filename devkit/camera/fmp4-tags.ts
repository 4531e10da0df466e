import { concatBytes } from '../../p2p-core/bytes/concat';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { fmp4Reader } from './fmp4-reader';
import type { Fmp4Sample, Fmp4Track } from './fmp4-reader';
import type { LiveTag } from './live-source';

/** How FLV names H.265: by a FourCC (Enhanced RTMP), or by 12, a private CodecID that many players of before know. */
export type HevcForm = 'fourcc' | '12';

const HVC1 = [0x68, 0x76, 0x63, 0x31];
const AVC = 7;
const PRIVATE_HEVC = 12;
/** AAC, 44 kHz, 16 bit, stereo: what the byte says whatever the sound is (Annex E.4.2.1). */
const AAC = 0xaf;
const KEY_FRAME = 1;
const INTER_FRAME = 2;
const SEQUENCE_HEADER = 0;
const CODED = 1;

/**
 * Makes FLV tags of the MP4 fragments that ffmpeg writes: H.265, H.264 and AAC. Returns what to give the bytes to: an error
 * text, null while all is well.
 */
export function fmp4TagCutter(
  form: HevcForm,
  onTag: (tag: LiveTag) => void,
): (bytes: Uint8Array) => string | null {
  let tracks: ReadonlyMap<number, Fmp4Track> = new Map();
  // What a tag is, the reader of tags tells: one place knows it.
  const classify = createFlvReader({ onTag: (tag) => onTag({ ...tag, data: new Uint8Array(tag.data) }) });
  classify.feed(flvHeader(true, true));
  const emit = (type: number, timestampMs: number, data: Uint8Array): void => {
    classify.feed(flvTag(type, timestampMs, data));
  };
  return fmp4Reader({
    onTracks(all) {
      tracks = all;
      for (const { codec, config } of all.values()) {
        if (config.length === 0) continue;
        if (codec === 'mp4a')
          emit(FlvTagType.Audio, 0, concatBytes(Uint8Array.of(AAC, SEQUENCE_HEADER), config));
        else
          emit(
            FlvTagType.Video,
            0,
            concatBytes(videoHead(codec, form, KEY_FRAME, SEQUENCE_HEADER, 0), config),
          );
      }
    },
    onSample(sample) {
      const track = tracks.get(sample.trackId);
      if (track === undefined || track.config.length === 0) return;
      const timestampMs = milliseconds(sample.decodeTime, track);
      if (track.codec === 'mp4a') {
        return emit(FlvTagType.Audio, timestampMs, concatBytes(Uint8Array.of(AAC, CODED), sample.data));
      }
      emit(FlvTagType.Video, timestampMs, concatBytes(head(sample, track, form), sample.data));
    },
  });
}

function head(sample: Fmp4Sample, track: Fmp4Track, form: HevcForm): Uint8Array {
  const frameType = sample.isSync ? KEY_FRAME : INTER_FRAME;
  const offsetMs = milliseconds(sample.compositionOffset, track);
  return videoHead(track.codec, form, frameType, CODED, offsetMs);
}

/** Annex E.4.3.1, and "Extended VideoTagHeader" of Enhanced RTMP, which has no composition time in a sequence header. */
function videoHead(
  codec: string,
  form: HevcForm,
  frameType: number,
  packet: number,
  offsetMs: number,
): Uint8Array {
  const offset = [offsetMs >> 16, offsetMs >> 8, offsetMs];
  const isHevc = codec === 'hvc1' || codec === 'hev1';
  if (!isHevc || form === '12') {
    return Uint8Array.of((frameType << 4) | (isHevc ? PRIVATE_HEVC : AVC), packet, ...offset);
  }
  const first = 0x80 | (frameType << 4) | packet;
  return Uint8Array.of(first, ...HVC1, ...(packet === SEQUENCE_HEADER ? [] : offset));
}

function milliseconds(ticks: number, { timescale }: Fmp4Track): number {
  return Math.round((ticks * 1000) / timescale);
}
