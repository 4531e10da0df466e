import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { LiveTag, LiveTracks } from './live-source';

/** An FLV file cut so that it can be played again and again. */
export interface FlvLoop extends LiveTracks {
  /** Metadata and sequence headers. */
  initTags: LiveTag[];
  /** From the first key frame on, timestamps from 0 and never going back. Not empty. */
  mediaTags: LiveTag[];
  /** From the first tag to where the first tag comes again. */
  durationMs: number;
}

/** AVCPacketType 2: the end of a sequence, which some players take for the end of the stream. */
const AVC_END_OF_SEQUENCE = 2;
const CODEC_AVC = 7;

/** Reads a whole FLV file. Throws an Error that says what is wrong with it. */
export function readFlvLoop(file: Uint8Array): FlvLoop {
  const tags: LiveTag[] = [];
  const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: new Uint8Array(tag.data) }) });
  if (!reader.feed(file)) throw new Error(`not a sound FLV file: ${reader.error}`);

  const initTags = [
    tags.find((tag) => tag.type === FlvTagType.Script),
    onlySequenceHeader(tags, FlvTagType.Video),
    onlySequenceHeader(tags, FlvTagType.Audio),
  ].filter((tag) => tag !== undefined);
  const media = tags.filter(
    (tag) => tag.type !== FlvTagType.Script && !tag.isSequenceHeader && !endsSequence(tag),
  );
  const hasVideo = media.some((tag) => tag.type === FlvTagType.Video);
  const firstIndex = hasVideo ? media.findIndex((tag) => tag.isKeyframe) : 0;
  const first = media[firstIndex];
  if (first === undefined)
    throw new Error(hasVideo ? 'no key frame in this FLV file' : 'no media in this FLV file');

  const mediaTags = media
    .slice(firstIndex)
    .map((tag) => ({ ...tag, timestampMs: Math.max(0, tag.timestampMs - first.timestampMs) }))
    .sort((a, b) => a.timestampMs - b.timestampMs);
  const hasAudio = mediaTags.some((tag) => tag.type === FlvTagType.Audio);
  const durationMs = Math.max(endMs(mediaTags, FlvTagType.Video), endMs(mediaTags, FlvTagType.Audio));
  return { hasVideo, hasAudio, initTags, mediaTags, durationMs };
}

function onlySequenceHeader(tags: readonly LiveTag[], type: number): LiveTag | undefined {
  const [first, ...others] = tags.filter((tag) => tag.type === type && tag.isSequenceHeader);
  if (first && others.some((tag) => !Buffer.from(tag.data).equals(first.data))) {
    throw new Error('this FLV file changes its codec settings on the way, so it cannot be looped');
  }
  return first;
}

function endsSequence(tag: LiveTag): boolean {
  return tag.type === FlvTagType.Video && tag.codec === CODEC_AVC && tag.data[1] === AVC_END_OF_SEQUENCE;
}

/** When the last tag of a type is over, which the file does not say: it lasts as long as most of its kind. */
function endMs(tags: readonly LiveTag[], type: number): number {
  const times = tags.filter((tag) => tag.type === type).map((tag) => tag.timestampMs);
  const last = times.at(-1);
  if (last === undefined) return 0;
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  steps.sort((a, b) => a - b);
  return last + Math.max(1, steps[steps.length >> 1] ?? 0);
}
