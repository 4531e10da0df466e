import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CanonicalTag } from '../../../p2p-core/swarm/canonical-stream';
import {
  decodeSegmentHead,
  encodeSegmentHead,
  gopBody,
  isPieceOf,
  MAX_SEGMENT_BYTES,
  PIECE_BYTES,
  pieceBytesOf,
  pieceCountOf,
  pieceHash,
  readSegmentTags,
  Segmenter,
  segmentRoot,
  subStreamOf,
} from '../../../p2p-core/swarm/segment';
import type { Segment } from '../../../p2p-core/swarm/segment';
import { Prng } from '../../sim/prng';

const GOP_ID = new Uint8Array(16).fill(7);

function makeTags(seed: number, count = 100): CanonicalTag[] {
  const random = new Prng(seed);
  return Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(i === 0 ? 20_000 : random.int(10, 6000));
    random.fill(data);
    // Sound is a little in front of its picture now and then.
    return { type: i % 3 === 1 ? 8 : 9, dtMs: i * 20 - (i % 3 === 1 ? 31 : 0), data };
  });
}

function cut(tags: readonly CanonicalTag[]): Segment[] {
  const segments: Segment[] = [];
  const segmenter = new Segmenter((segment) => segments.push(segment));
  segmenter.gopStart(GOP_ID);
  for (const tag of tags) segmenter.tag(tag);
  segmenter.gopEnd(2000);
  return segments;
}

describe('segments of a GOP', () => {
  test('hold all of its tags in order, in pieces that each can be checked alone', () => {
    const tags = makeTags(1);
    const segments = cut(tags);
    const read: CanonicalTag[] = [];
    for (const { bytes, head, headBytes, root } of segments) {
      assert.ok(readSegmentTags(bytes, (tag) => read.push({ ...tag, data: tag.data.slice() })));
      assert.equal(head.hashes.length, 8 * pieceCountOf(bytes.length));
      for (let i = 0; i < pieceCountOf(bytes.length); i++) {
        const piece = bytes.slice(i * PIECE_BYTES, (i + 1) * PIECE_BYTES);
        assert.equal(piece.length, pieceBytesOf(head, i));
        assert.ok(isPieceOf(head, i, piece.length, pieceHash(piece)));
        piece[piece.length - 1]! ^= 1;
        assert.ok(!isPieceOf(head, i, piece.length, pieceHash(piece)), 'one bit is wrong');
      }
      assert.deepEqual(segmentRoot(headBytes), root);
      assert.deepEqual(decodeSegmentHead(headBytes), head);
      assert.deepEqual(encodeSegmentHead(head), headBytes);
    }
    assert.deepEqual(read, tags);
    const last = segments.length - 1;
    assert.deepEqual(
      segments.map(({ head }) => [head.segNo, head.gopId, head.gopMs]),
      segments.map((_, i) => [i, i === 0 ? GOP_ID : null, i === last ? 2000 : null]),
    );
  });

  test('are a key frame and 250 ms each of the rest, and their pieces load the four sub-streams alike', () => {
    const tags = makeTags(2, 500);
    const segments = cut(tags);
    assert.equal(segments.length, 41);
    const loads = [0, 0, 0, 0];
    let pieceNo = 0;
    for (const { head } of segments) {
      for (let i = 0; i < pieceCountOf(head.byteCount); i++, pieceNo++) {
        assert.equal(subStreamOf(head, i), pieceNo % 4, 'numbered through the GOP');
        loads[subStreamOf(head, i)]! += pieceBytesOf(head, i);
      }
    }
    const mean = loads.reduce((sum, bytes) => sum + bytes) / 4;
    assert.ok(Math.max(...loads) < 1.04 * mean, String(loads));
  });

  test('tell a GOP from another one with the same key frame by its body', () => {
    const tags = makeTags(3);
    const other = tags.map((tag, i) => (i === 99 ? { ...tag, data: Uint8Array.of(1) } : tag));
    const body = (all: CanonicalTag[]): Uint8Array => gopBody(cut(all).map(({ root }) => root));
    assert.deepEqual(body(tags), body(makeTags(3)));
    assert.notDeepEqual(body(tags), body(other));
  });

  test('end a GOP that holds too much at once, and begin again with the next one', () => {
    const segments: Segment[] = [];
    const segmenter = new Segmenter((segment) => segments.push(segment));
    segmenter.gopStart(GOP_ID);
    segmenter.tag({ type: 9, dtMs: 0, data: new Uint8Array(MAX_SEGMENT_BYTES) });
    segmenter.tag({ type: 9, dtMs: 300, data: new Uint8Array(10) });
    segmenter.gopEnd(2000);
    assert.equal(segments.length, 0);
    assert.deepEqual([segmenter.segNo, segmenter.tagNo], [1, 0], 'places are counted all the same');
    segmenter.gopStart(GOP_ID);
    segmenter.tag({ type: 9, dtMs: 0, data: new Uint8Array(10) });
    segmenter.gopEnd(2000);
    assert.equal(segments.length, 1);
  });

  test('cost nothing while nobody is to have them', () => {
    const segmenter = new Segmenter(() => assert.fail('a segment was made'));
    segmenter.isSharing = false;
    segmenter.gopStart(GOP_ID);
    for (const tag of makeTags(4)) segmenter.tag(tag);
    segmenter.gopEnd(2000);
    assert.equal(segmenter.segNo, 8);
  });

  test('with a head that promises what cannot be are refused', () => {
    const { headBytes } = cut(makeTags(5))[0]!;
    const bent = (at: number, value: number): Uint8Array => {
      const bytes = headBytes.slice();
      bytes[at] = value;
      return bytes;
    };
    assert.equal(decodeSegmentHead(bent(2, 0xf8)), null, 'unknown flags');
    assert.equal(decodeSegmentHead(bent(3, 0xff)), null, 'more than a segment may have');
    assert.equal(decodeSegmentHead(bent(5, headBytes[5]! ^ 0xff)) === null, false, 'another last piece');
    assert.equal(decodeSegmentHead(headBytes.subarray(0, headBytes.length - 1)), null);
  });
});
