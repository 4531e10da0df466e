import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeHead, encodePiece } from '../../../p2p-core/swarm/link-messages';
import { PIECE_BYTES, Segmenter } from '../../../p2p-core/swarm/segment';
import type { Segment } from '../../../p2p-core/swarm/segment';
import { SegmentStore } from '../../../p2p-core/swarm/segment-store';
import type { StoredSegment } from '../../../p2p-core/swarm/segment-store';
import { segmentWork } from '../../../p2p-core/swarm/segment-work';
import { Prng } from '../../sim/prng';

function makeSegments(seed: number, count = 4, tagBytes = 4000): Segment[] {
  const random = new Prng(seed);
  const segments: Segment[] = [];
  const segmenter = new Segmenter((segment) => segments.push(segment));
  segmenter.gopStart(new Uint8Array(16));
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(tagBytes);
    random.fill(data);
    segmenter.tag({ type: 9, dtMs: 250 * i, data });
  }
  segmenter.gopEnd(2000);
  return segments;
}

const headOf = (gopNo: number, segment: Segment): Uint8Array => encodeHead(gopNo, segment.headBytes);
const pieceOf = (gopNo: number, { bytes, head }: Segment, index: number): Uint8Array =>
  encodePiece(gopNo, head.segNo, index, bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES));
const bytesOf = ({ pieces, head }: StoredSegment): Uint8Array => segmentWork.join(pieces, head!.byteCount);
const piecesOf = (segment: Segment): number[] =>
  Array.from({ length: segment.head.hashes.length / 8 }, (_, i) => i);

function newStore() {
  const told: string[] = [];
  const say = (what: string, { gopNo, segNo }: { gopNo: number; segNo: number }, more: unknown = ''): void =>
    void told.push(`${what} ${gopNo}/${segNo} ${String(more)}`.trim());
  const store = new SegmentStore({
    onHead: (segment) => say('head', segment),
    onPiece: (segment, index) => say('piece', segment, index),
    onComplete: (segment) => say('complete', segment),
    onSent: (segment) => say('sent', segment),
    onOdd: (segment) => say('odd', segment),
    onBad: (from, segment, index) => say(`bad ${from}`, segment, index),
  });
  return { store, told };
}

describe('the segment store', () => {
  const [first, second] = makeSegments(1) as [Segment, Segment];
  const [forged] = makeSegments(2) as [Segment];

  test('takes nothing for true before the root says so, in whatever order things come', () => {
    const steps = ['root', 'head', ...piecesOf(first)];
    for (let seed = 1; seed <= 20; seed++) {
      const { store, told } = newStore();
      const random = new Prng(seed);
      const order = [...steps].sort(() => random.next() - 0.5);
      const seen = new Set<string | number>();
      for (const step of order) {
        seen.add(step);
        if (step === 'root') store.addRoot(0, 5, 0, first.root);
        else if (step === 'head') store.addHead(0, 'a', 5, headOf(5, first));
        else store.addPiece(0, 'a', 5, 0, step as number, pieceOf(5, first, step as number));
        const isJudged = seen.has('root') && seen.has('head');
        if (!isJudged) assert.deepEqual(told, [], `seed ${seed}: ${order.join()}`);
      }
      assert.ok(told.includes('complete 5/0') && told.includes('sent 5/0'), `seed ${seed}`);
      assert.deepEqual(bytesOf(store.get(5, 0)!), first.bytes);
    }
  });

  test('names who sent a piece or a head that the root refuses, early or late, and keeps neither', () => {
    for (const isEarly of [true, false]) {
      const { store, told } = newStore();
      if (!isEarly) store.addRoot(0, 5, 0, first.root);
      store.addHead(0, 'liar', 5, headOf(5, forged));
      store.addHead(0, 'honest', 5, headOf(5, first));
      const bent = pieceOf(5, first, 1);
      bent[50]! ^= 1;
      store.addPiece(0, 'polluter', 5, 0, 1, bent);
      store.addPiece(0, 'polluter', 5, 0, 60_000, pieceOf(5, first, 0));
      if (isEarly) store.addRoot(0, 5, 0, first.root);
      assert.deepEqual(
        told.filter((one) => one.startsWith('bad')),
        ['bad liar 5/0 -1', 'bad polluter 5/0 1', 'bad polluter 5/0 60000'],
      );
      for (const index of piecesOf(first)) store.addPiece(0, 'honest', 5, 0, index, pieceOf(5, first, index));
      assert.deepEqual(bytesOf(store.get(5, 0)!), first.bytes);
    }
  });

  test('gives nothing of our own origin to others when the tracker knows another segment', () => {
    const { store, told } = newStore();
    store.addRoot(0, 5, 0, first.root);
    store.addOwn(0, 5, forged);
    assert.deepEqual(told, ['odd 5/0']);

    store.addOwn(0, 5, second);
    told.length = 0;
    store.addRoot(0, 5, 1, forged.root);
    assert.deepEqual(told, ['odd 5/1']);
    assert.equal(store.get(5, 1)!.head, null, 'what was kept of it is gone');
  });

  test('counts what parents send also where the origin was faster', () => {
    const { store, told } = newStore();
    store.addOwn(0, 5, first);
    assert.ok(told.includes('complete 5/0'));
    store.addRoot(0, 5, 0, first.root);
    for (const index of piecesOf(first)) store.addPiece(0, 'a', 5, 0, index, pieceOf(5, first, index));
    assert.equal(told.filter((one) => one === 'sent 5/0').length, 1);
    assert.equal(told.filter((one) => one === 'complete 5/0').length, 1);
    const bent = pieceOf(5, first, 0);
    bent[20]! ^= 1;
    store.addPiece(0, 'b', 5, 0, 0, bent);
    assert.ok(told.includes('bad b 5/0 0'));
  });

  test('tells what is not whole, and what parents have not sent all of, apart from the rest', () => {
    const { store } = newStore();
    const open = (): string[] => [...store.unfinished()].map(({ gopNo, segNo }) => `${gopNo}/${segNo}`);
    store.addRoot(1, 5, 0, first.root);
    store.addHead(1, 'a', 5, headOf(5, first));
    store.addOwn(2, 5, second);
    store.addRoot(2, 5, 1, second.root);
    assert.deepEqual(open(), ['5/0', '5/1']);
    for (const index of piecesOf(first)) store.addPiece(3, 'a', 5, 0, index, pieceOf(5, first, index));
    assert.deepEqual(open(), ['5/1'], 'parents have sent nothing of what the origin gave');
    for (const index of piecesOf(second)) store.addPiece(3, 'a', 5, 1, index, pieceOf(5, second, index));
    assert.deepEqual(open(), []);
    store.addRoot(4, 5, 2, first.root);
    store.trim(9000);
    assert.deepEqual([store.get(5, 1), open()], [undefined, []]);
  });

  test('keeps 8 s and 4 MB, and of what links only speak of a little', () => {
    const { store } = newStore();
    const large = makeSegments(3, 60, 200_000);
    large.forEach((segment, i) => store.addOwn(i, 1, segment));
    let bytes = 0;
    for (const { byteCount } of store.all()) bytes += byteCount;
    assert.ok(bytes <= 4.5 * 1024 * 1024, `${bytes} bytes`);
    assert.ok(store.get(1, 59));
    store.trim(9000);
    assert.equal([...store.all()].length, 0);

    for (let i = 0; i < 5000; i++) {
      const message = encodePiece(1, i, i, new Uint8Array(1100));
      store.addPiece(10_000, 'flood', 1, i, i, message);
      store.addHead(10_000, 'flood', 1, encodeHead(1, Uint8Array.of(i >> 8, i & 255, 0)));
    }
    assert.ok([...store.all()].length <= 32);
    store.trim(14_000);
    assert.equal([...store.all()].length, 0);
  });

  test('knows a GOP by the last 16 bits of its number, near the newest one', () => {
    const { store } = newStore();
    assert.equal(store.gopNoOf(5), -1);
    store.addRoot(0, 0x1fffe, 0, first.root);
    assert.equal(store.gopNoOf(0xfffe), 0x1fffe);
    assert.equal(store.gopNoOf(1), 0x20001);
    assert.equal(store.gopNoOf(0x8000), -1);
  });
});
