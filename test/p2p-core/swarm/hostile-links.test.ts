import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LinkInbox } from '../../../p2p-core/swarm/link-inbox';
import { encodeHead, encodeLinkMessage, encodePiece } from '../../../p2p-core/swarm/link-messages';
import { stepMember } from '../../../p2p-core/swarm/membership';
import type { Membership } from '../../../p2p-core/swarm/membership';
import { PIECE_BYTES, Segmenter } from '../../../p2p-core/swarm/segment';
import type { Segment } from '../../../p2p-core/swarm/segment';
import { SegmentStore } from '../../../p2p-core/swarm/segment-store';
import { Uploads } from '../../../p2p-core/swarm/uploads';

const CHILD = 'AAAAAAAAAAAA';

function makeSegments(count: number): Segment[] {
  const segments: Segment[] = [];
  const segmenter = new Segmenter((segment) => segments.push(segment));
  segmenter.gopStart(new Uint8Array(16));
  for (let i = 0; i < count; i++) {
    segmenter.tag({ type: 9, dtMs: 250 * i, data: new Uint8Array(20_000).fill(i) });
  }
  segmenter.gopEnd(250 * count);
  return segments;
}

function newStore(bad: string[] = []): SegmentStore {
  const nothing = (): void => {};
  return new SegmentStore({
    ...{ onHead: nothing, onPiece: nothing, onComplete: nothing, onSent: nothing, onOdd: nothing },
    onBad: (from) => bad.push(from),
  });
}

/** A parent with eight segments and a child whose link takes nothing, so that all waits here. */
function newParent(what = '') {
  const store = newStore();
  const said: number[] = [];
  const sent: Uint8Array[] = [];
  let [scans, isStuck] = [0, true];
  const all = store.all.bind(store);
  store.all = () => {
    scans++;
    return all();
  };
  for (const [segNo, segment] of makeSegments(8).entries()) {
    store.addRoot(0, 5, segNo, segment.root);
    store.addOwn(0, 5, segment);
  }
  const cut: string[] = [];
  const uploads = new Uploads(
    {
      send: (_link, message) => {
        if (isStuck && message[0]! >= 5 && message[0]! <= 6) return false;
        said.push(message[0]!);
        sent.push(message);
        return true;
      },
      disconnect: (link) => cut.push(link),
      isPassValid: () => true,
    },
    store,
  );
  uploads.upKbps = 2000;
  uploads.rateKbps = 1000;
  const env = { disconnect: (link: string) => cut.push(link), onChild() {} };
  const inbox = new LinkInbox(env, { store, uploads, parents: null!, repair: null! });
  const say = (nowMs: number, message: Parameters<typeof encodeLinkMessage>[0]): void =>
    inbox.onChildMessage(nowMs, 'link', encodeLinkMessage(message));
  say(0, { kind: 'hello', child: CHILD, mask: what === '' ? 15 : 1, pass: new Uint8Array(20) });
  const waiting = (): { messages: number; bytes: number } => {
    const [child] = [...(uploads as unknown as { children: Map<string, never> }).children.values()] as {
      urgent: Uint8Array[];
      queue: Uint8Array[];
      queuedBytes: number;
    }[];
    return { messages: child!.urgent.length + child!.queue.length, bytes: child!.queuedBytes };
  };
  const flow = (): void => void (isStuck = false);
  return { say, waiting, uploads, store, cut, said, sent, scans: () => scans, flow };
}

describe('a child that floods its parent', () => {
  test('with pulls makes it hold no more than the credit for repairs', () => {
    for (const wantsHead of [true, false]) {
      const { say, waiting } = newParent();
      for (let i = 0; i < 20_000; i++) {
        say(i / 10, { kind: 'pull', gopNo: 5, segNo: i % 8, wantsHead, wantsAll: !wantsHead, indexes: [] });
      }
      const { messages, bytes } = waiting();
      assert.ok(bytes <= 2 * 375_000, `${bytes} bytes wait`);
      assert.ok(messages <= 4000, `${messages} messages wait`);
    }
  });

  test('with subscriptions makes it look through its store a few times a second', () => {
    const { say, scans } = newParent();
    for (let i = 0; i < 20_000; i++) {
      say(i / 10, { kind: 'sub', mask: i % 2 ? 15 : 0, wantsHeads: true, gopNo: 0, segNo: 0 });
    }
    assert.ok(scans() > 0 && scans() <= 30, `${scans()} times in two seconds`);
  });

  test('with subscriptions to what it has got already is not sent it again and again', () => {
    const { say, uploads, flow } = newParent();
    flow();
    for (let nowMs = 100; nowMs < 10_000; nowMs += 100) {
      say(nowMs, { kind: 'sub', mask: (nowMs / 100) % 5 ? 15 : 0, wantsHeads: true, gopNo: 0, segNo: 0 });
      uploads.pump(nowMs);
    }
    // Its credit, and a third of the stream's rate.
    assert.ok(uploads.sentBytes > 160_000 && uploads.sentBytes <= 375_000 + 420_000, `${uploads.sentBytes}`);
  });

  test('with calls for help gets what it has no slot for now and then only', () => {
    const { say, uploads } = newParent('with a pass for the first sub-stream');
    let helpedMs = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
      say(nowMs, { kind: 'sub', mask: (nowMs / 100) % 5 ? 15 : 1, wantsHeads: false, gopNo: 9, segNo: 0 });
      uploads.pump(nowMs);
      if (uploads.list()[0]!.mask !== 1) helpedMs += 100;
    }
    assert.ok(helpedMs > 0 && helpedMs <= 6 * 3000, `${helpedMs} ms of a minute`);
  });

  test('with one call for help gets no more than there is room for', () => {
    const { say, uploads, said } = newParent('with a pass for the first sub-stream');
    uploads.upKbps = 300;
    for (const mask of [1, 3, 15]) say(10, { kind: 'sub', mask, wantsHeads: false, gopNo: 9, segNo: 0 });
    assert.equal(uploads.list()[0]!.mask, 3);
    assert.equal(said.at(-1), 4, 'refused');
  });

  test('by taking nothing for an hour makes it hold no more heads than there is room for', () => {
    const { say, waiting, uploads, store } = newParent();
    say(10, { kind: 'sub', mask: 0, wantsHeads: true, gopNo: 9, segNo: 0 });
    const segment = store.get(5, 0)!;
    for (let i = 0; i < 4 * 3600; i++) uploads.onHead(segment);
    assert.ok(waiting().bytes <= 600_000, `${waiting().bytes} bytes wait`);
  });

  test('does not lose what it may say in a quiet life', () => {
    const { say, waiting, said, flow, uploads } = newParent();
    say(10, { kind: 'sub', mask: 15, wantsHeads: true, gopNo: 0, segNo: 0 });
    flow();
    for (let nowMs = 20; nowMs < 10_000; nowMs += 20) uploads.pump(nowMs);
    assert.equal(waiting().messages, 0);
    assert.equal(said.filter((kind) => kind === 5).length, 8, 'heads');
    for (let i = 0; i < 100; i++) {
      say(10_000 + 100 * i, {
        kind: 'pull',
        gopNo: 5,
        segNo: i % 8,
        wantsHead: false,
        wantsAll: false,
        indexes: [i % 18],
      });
      uploads.pump(10_050 + 100 * i);
    }
    assert.equal(said.filter((kind) => kind === 8).length, 0, 'nothing was missing');
    assert.equal(said.filter((kind) => kind === 6).length, 8 * 19 + 100);
  });
});

describe('a child whose link takes nothing for a while', () => {
  test('is sent heads in their order, and before pieces, also where the oldest had to go', () => {
    const { say, uploads, store, flow, sent } = newParent();
    say(10, { kind: 'sub', mask: 15, wantsHeads: true, gopNo: 9, segNo: 0 });
    const segments = [...store.all()];
    for (let round = 0; round < 3; round++) {
      for (const segment of segments) {
        uploads.onHead(segment);
        segment.pieces.forEach((_piece, index) => uploads.onPiece(segment, index));
      }
    }
    flow();
    sent.length = 0;
    for (let nowMs = 20; nowMs < 10_000; nowMs += 20) uploads.pump(nowMs);
    const heads = sent.slice(0, 24);
    assert.deepEqual(
      heads.map((message) => [message[0], message[4]]),
      [0, 1, 2].flatMap(() => segments.map(({ segNo }) => [5, segNo])),
    );
    const pieces = sent.slice(24);
    assert.ok(pieces.length > 100 && pieces.length < 3 * 8 * 19, `${pieces.length} pieces`);
    assert.deepEqual(pieces.at(-1), segments.at(-1)!.pieces.at(-1));
  });
});

describe('a parent that sends what nobody has vouched for', () => {
  const [segment] = makeSegments(1) as [Segment];
  const piece = (gopNo: number, segNo: number, index: number): Uint8Array =>
    encodePiece(gopNo, segNo, index, segment.bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES));

  for (const isWide of [true, false]) {
    const what = isWide ? 'of many segments' : 'of one segment';
    test(`leaves room for what honest ones send before the root is here, ${what}`, () => {
      const bad: string[] = [];
      const store = newStore(bad);
      store.addRoot(0, 4, 0, segment.root);
      if (isWide) {
        for (let segNo = 100; segNo < 1000; segNo++)
          store.addPiece(0, 'bad', 5, segNo, 0, piece(5, segNo, 0));
      }
      const forged = new Uint8Array(PIECE_BYTES);
      for (let index = 0; index < 3000; index++)
        store.addPiece(0, 'bad', 5, 0, index, encodePiece(5, 0, index, forged));
      for (let i = 0; i < 10; i++) {
        const headBytes = segment.headBytes.slice();
        headBytes[10] = i;
        store.addHead(0, 'bad', 5, encodeHead(5, headBytes));
      }
      store.addHead(0, 'good', 5, encodeHead(5, segment.headBytes));
      const count = segment.head.hashes.length / 8;
      for (let index = 0; index < count; index++) store.addPiece(0, 'good', 5, 0, index, piece(5, 0, index));
      store.addRoot(500, 5, 0, segment.root);
      assert.equal(store.get(5, 0)!.leftCount, 0);
      assert.ok(bad.every((from) => from === 'bad'));
      assert.equal(bad.length > 0, !isWide, 'what was kept of it is known to be bad');
    });
  }

  test('with tiny pieces keeps a phone no busier than with large ones', () => {
    const store = newStore();
    store.addRoot(0, 4, 0, segment.root);
    for (let index = 0; index < 60_000; index++)
      store.addPiece(0, 'bad', 5, 0, index, encodePiece(5, 0, index, new Uint8Array(1)));
    assert.ok(store.get(5, 0)!.early.length <= 2048);
  });

  test('is forgotten with what it sent', () => {
    const store = newStore();
    store.addRoot(0, 4, 0, segment.root);
    for (let i = 0; i < 1000; i++) {
      for (let index = 0; index < 5; index++)
        store.addPiece(1000 * i, `bad ${i}`, 5, i, index, piece(5, i, index));
      store.trim(1000 * i);
    }
    store.trim(2_000_000);
    const { unproven, earlyBytes, rumours } = store as unknown as {
      unproven: Map<string, unknown>;
      earlyBytes: number;
      rumours: number;
    };
    assert.deepEqual([unproven.size, earlyBytes, rumours], [0, 0, 0]);
  });
});

describe('a viewer whose tracker does not answer any more', () => {
  test('joins again without waiting for its origin, which parents may have replaced', () => {
    let state: Membership = { kind: 'in', wantedMs: 0, waitMs: 0, answeredMs: 0 };
    const effects: string[] = [];
    for (let nowMs = 0; nowMs < 38_000; nowMs += 500) {
      const [next, more] = stepMember(state, { kind: 'tick' }, nowMs, 0.5);
      state = next;
      effects.push(...more);
    }
    assert.deepEqual(effects, ['left', 'join']);
    assert.equal(state.kind, 'joining');
  });
});
