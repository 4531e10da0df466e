import { segmentWork } from '../../../p2p-core/swarm/segment-work';
import type { SegmentWork } from '../../../p2p-core/swarm/segment-work';
import type { Segment } from '../../../p2p-core/swarm/segment';
import type { StreamSource } from './source';

/** Of a segment of the source, under the number that its GOP was given first. */
interface Sent {
  gopNo: number;
  messages: Uint8Array[];
}

/**
 * What viewers compute of segments, once for all who have the same bytes. Segments are those of the source where a viewer cut
 * the very same, and so are its messages; whatever is not the same is computed as usual.
 * @param joins one array of a whole segment for all who have its first piece; it was checked by its hash, but nothing else
 */
export function sharedWork(source: StreamSource, joins: boolean): SegmentWork {
  const hashes = new WeakMap<Uint8Array, Uint8Array>();
  const wholes = new WeakMap<Uint8Array, Uint8Array>();
  const sent = new WeakMap<ArrayBufferLike, Sent>();
  const segments = new Map<string, Segment[]>();
  let knownGops = 0;

  const segmentsLike = (head: Parameters<SegmentWork['make']>[0]): readonly Segment[] => {
    const { gops } = source;
    for (; knownGops < gops.length; knownGops++) {
      for (const { segment } of gops[knownGops]!.segments) {
        const key = keyOf(segment.head);
        const others = segments.get(key);
        if (others) others.push(segment);
        else segments.set(key, [segment]);
      }
    }
    return segments.get(keyOf(head)) ?? [];
  };

  return {
    make: (head, bytes) =>
      segmentsLike(head).find((one) => Buffer.compare(one.bytes, bytes) === 0) ??
      segmentWork.make(head, bytes),
    encode: (gopNo, segNo, index, data) => {
      let its = sent.get(data.buffer);
      if (!its) sent.set(data.buffer, (its = { gopNo, messages: [] }));
      if (its.gopNo !== gopNo) return segmentWork.encode(gopNo, segNo, index, data);
      return (its.messages[index] ??= segmentWork.encode(gopNo, segNo, index, data));
    },
    hash: (message) => {
      let hash = hashes.get(message);
      if (!hash) hashes.set(message, (hash = segmentWork.hash(message)));
      return hash;
    },
    join: (messages, byteCount) => {
      if (!joins) return segmentWork.join(messages, byteCount);
      const first = messages[0]!;
      let whole = wholes.get(first);
      if (!whole) wholes.set(first, (whole = segmentWork.join(messages, byteCount)));
      return whole;
    },
  };
}

const keyOf = ({ segNo, phase, byteCount, gopMs }: Parameters<SegmentWork['make']>[0]): string =>
  `${segNo} ${phase} ${byteCount} ${gopMs}`;
