import { concatBytes } from '../../p2p-core/bytes/concat';
import { utf8Encode } from '../../p2p-core/bytes/utf8';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { createMjpgReader } from '../../p2p-core/mjpg/part-reader';
import type { Clock } from '../../p2p-core/port/port';
import type { LiveSink, LiveTag } from './live-source';

/** A camera's picture as one JPEG after the other. Each is a tag that decoding can start from, so a new viewer has one at once. */
export interface MjpgSource {
  /** As LiveSource.subscribe. */
  subscribe(sink: LiveSink): () => void;
}

/** FLV's own number for JPEG (Annex E.4.3.1), which nobody uses in FLV. */
const CODEC_JPEG = 1;
const BOUNDARY = 'iot-p2p-picture';
export const MJPG_CONTENT_TYPE = `multipart/x-mixed-replace;boundary=${BOUNDARY}`;

export function pictureTag(jpeg: Uint8Array, timestampMs: number): LiveTag {
  return {
    ...{ type: FlvTagType.Video, timestampMs, data: jpeg },
    ...{ isKeyframe: true, isSequenceHeader: false, codec: CODEC_JPEG },
  };
}

/** Cuts a multipart stream into pictures, stamped as they come. As flvTagCutter. */
export function mjpgCutter(
  clock: Clock,
  onTag: (tag: LiveTag) => void,
): (bytes: Uint8Array) => string | null {
  const startedMs = clock.nowMs();
  const reader = createMjpgReader(({ contentType, data }) => {
    const isPicture = contentType === '' || contentType.startsWith('image/');
    if (isPicture && data.length > 0) onTag(pictureTag(data, Math.round(clock.nowMs() - startedMs)));
  });
  return (bytes) => (reader.feed(bytes) ? null : `no sound picture stream: ${reader.error}`);
}

/** One picture as a part of a stream with MJPG_CONTENT_TYPE. */
export function mjpgPart({ data, timestampMs }: LiveTag): Uint8Array {
  const head =
    `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${data.length}\r\n` +
    `X-Timestamp: ${(timestampMs / 1000).toFixed(3)}\r\n\r\n`;
  return concatBytes(utf8Encode(head), data, utf8Encode('\r\n'));
}
