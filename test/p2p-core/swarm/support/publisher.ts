import { concatBytes } from '../../../../p2p-core/bytes/concat';
import { FlvTagType } from '../../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../../p2p-core/flv/tag-writer';
import { Prng } from '../../../sim/prng';

export interface PublishedTag {
  type: number;
  ms: number;
  data: Uint8Array;
  isKeyframe: boolean;
}

export interface Published {
  hasVideo: boolean;
  script: Uint8Array;
  videoHeader: Uint8Array | null;
  audioHeader: Uint8Array | null;
  tags: PublishedTag[];
}

export interface PublishOptions {
  seed: number;
  seconds: number;
  /** The picture's codec; 'none' is sound only. Default 'avc'. */
  video?: 'avc' | 'hevc12' | 'hvc1' | 'none';
  /** Every picture and every frame of sound is the same, as before a grey wall. */
  isStill?: boolean;
  startMs?: number;
  gopMs?: number;
}

/** First bytes of a frame: of the header, a key frame, another picture. */
const VIDEO = {
  avc: { header: [0x17, 0], key: [0x17, 1, 0, 0, 0], inter: [0x27, 1, 0, 0, 0] },
  hevc12: { header: [0x1c, 0], key: [0x1c, 1, 0, 0, 0], inter: [0x2c, 1, 0, 0, 0] },
  hvc1: {
    header: [0x90, 0x68, 0x76, 0x63, 0x31],
    key: [0x93, 0x68, 0x76, 0x63, 0x31],
    inter: [0xa3, 0x68, 0x76, 0x63, 0x31],
  },
};

/** What a publisher sends to its server: 25 pictures a second, sound of 64 ms a frame that runs a little ahead. */
export function publish(options: PublishOptions): Published {
  const { seed, seconds, video = 'avc', isStill = false, startMs = 0, gopMs = 1000 } = options;
  const random = new Prng(seed);
  const body = (head: readonly number[], most: number): Uint8Array => {
    const noise = new Uint8Array(isStill ? 40 : random.int(20, most));
    if (!isStill) random.fill(noise);
    return concatBytes(Uint8Array.from(head), noise);
  };
  const frames = video === 'none' ? null : VIDEO[video];
  const tags: PublishedTag[] = [];
  for (let ms = 0; frames !== null && ms < seconds * 1000; ms += 40) {
    const isKeyframe = ms % gopMs === 0;
    const data = isKeyframe ? body(frames.key, 3000) : body(frames.inter, 600);
    tags.push({ type: FlvTagType.Video, ms: startMs + ms, data, isKeyframe });
  }
  for (let ms = 0; ms < seconds * 1000; ms += 64) {
    const data = body([0xaf, 1], 200);
    tags.push({ type: FlvTagType.Audio, ms: startMs + ms, data, isKeyframe: false });
  }
  tags.sort((a, b) => leavesMs(a) - leavesMs(b));
  return {
    hasVideo: frames !== null,
    script: Uint8Array.of(2, 0, 10, 0x6f, 0x6e),
    videoHeader: frames && Uint8Array.from([...frames.header, 0, 0, 0, 1, 66, 0, 30]),
    audioHeader: Uint8Array.of(0xaf, 0, 0x12, 0x08),
    tags,
  };
}

/** A frame of sound leaves 30 ms after the picture that it belongs to: its clock is behind that of the key frame. */
const leavesMs = ({ type, ms }: PublishedTag): number => ms + (type === FlvTagType.Audio ? 30 : 0);

export type ServerKind = 'nms' | 'nginx' | 'srs';

/**
 * What a server sends to a viewer who comes at `joinMs` of the stream: from its last key frame on. As measured with three
 * servers: node-media-server keeps the publisher's clock; nginx-http-flv-module counts from 0 for each connection and has
 * the sound's header just before the first sound; SRS counts from 0, too, and has both headers first.
 */
export function serve(kind: ServerKind, published: Published, joinMs: number): Uint8Array[] {
  return serveTimed(kind, published, joinMs).map(({ bytes }) => bytes);
}

/** As `serve`, with the moment of the stream at which each part is there. */
export function serveTimed(
  kind: ServerKind,
  published: Published,
  joinMs: number,
): { atMs: number; bytes: Uint8Array }[] {
  const { tags, script, videoHeader, audioHeader, hasVideo } = published;
  const firstMs = tags[0]!.ms;
  const isCut = (tag: PublishedTag): boolean => (hasVideo ? tag.isKeyframe : true);
  let first = 0;
  tags.forEach((tag, i) => {
    if (isCut(tag) && leavesMs(tag) - firstMs <= joinMs) first = i;
  });
  const sent = tags.slice(first);
  const baseMs = kind === 'nms' ? 0 : sent[0]!.ms;
  const parts: { atMs: number; bytes: Uint8Array }[] = [];
  const add = (bytes: Uint8Array, atMs = 0): void => void parts.push({ atMs, bytes });
  add(flvHeader(hasVideo, true));
  add(flvTag(FlvTagType.Script, 0, script));
  const header = (type: number, data: Uint8Array | null, atMs = 0): void => {
    if (data !== null) add(flvTag(type, 0, data), atMs);
  };
  if (kind !== 'nginx') header(FlvTagType.Audio, audioHeader);
  header(FlvTagType.Video, videoHeader);
  let hasSound = kind !== 'nginx';
  for (const tag of sent) {
    const { type, ms, data } = tag;
    const atMs = leavesMs(tag) - firstMs;
    if (type === FlvTagType.Audio && !hasSound) {
      hasSound = true;
      header(FlvTagType.Audio, audioHeader, atMs);
    }
    add(flvTag(type, ms - baseMs, data), atMs);
  }
  return parts;
}
