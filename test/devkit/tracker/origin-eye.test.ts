import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OriginEye } from '../../../devkit/tracker/origin-eye';
import type { TrackerMessage, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';
import { Crowd } from './crowd';

const INIT = {
  variantId: new Uint8Array(8),
  hasVideo: true,
  hasAudio: true,
  script: null,
  videoHeader: null,
  audioHeader: null,
};

/** Plays GOPs of one second to an eye; `answer` is what the tracker says to what the eye said. */
function makeEye(answer: (request: TrackerRequest) => TrackerMessage | null) {
  const said: TrackerRequest[] = [];
  const eye: OriginEye = new OriginEye((request) => {
    said.push(request);
    const message = answer(request);
    if (message !== null) eye.onMessage(message);
  });
  const gop = (index: number): void => {
    eye.onGop({ gopId: new Uint8Array(16).fill(index), gapMs: 1000 });
    for (let dtMs = 0; dtMs < 1000; dtMs += 50)
      eye.onTag({ type: 9, dtMs, data: new Uint8Array(100).fill(index + dtMs) });
    eye.onGopEnd();
  };
  return { eye, said, gop, kinds: () => said.map(({ kind }) => kind).join(' ') };
}

const anchored = (gopNo: number | null): TrackerMessage => ({
  kind: 'anchor',
  gopNo,
});

describe("an auditor's eye on the origin", () => {
  test('tells the root of each segment once it knows the numbers', () => {
    const { eye, said, gop, kinds } = makeEye((request) => (request.kind === 'anchor' ? anchored(70) : null));
    eye.onInit(INIT);
    gop(1);
    assert.equal(kinds(), 'join');
    gop(2);
    assert.equal(kinds(), 'join anchor root root root', 'the last one ends with the next GOP');
    gop(3);
    const roots = said.filter((each) => each.kind === 'root');
    assert.deepEqual(
      roots.slice(0, 4).map(({ gopNo, segNo }) => [gopNo, segNo]),
      [0, 1, 2, 3].map((segNo) => [71, segNo]),
    );
    const [first, second] = said.filter((each) => each.kind === 'anchor');
    assert.deepEqual([first!.gopNo, second!.gopNo, second!.gops.length], [null, 70, 2]);
  });

  test('is silent while nobody knows the numbers, and after a cut until they are known again', () => {
    let gopNo: number | null = null;
    const { eye, said, gop } = makeEye((request) => (request.kind === 'anchor' ? anchored(gopNo) : null));
    eye.onInit(INIT);
    for (let i = 1; i < 5; i++) gop(i);
    assert.ok(said.every(({ kind }) => kind !== 'root'));
    gopNo = 9;
    gop(5);
    assert.equal(said.filter(({ kind }) => kind === 'root').length, 3);
    eye.onSourceEnd();
    gop(6);
    assert.equal(said.filter(({ kind }) => kind === 'root').length, 3);
  });

  test('joins again when the tracker does not know it, and for another variant', () => {
    let isKnown = false;
    const { eye, said, gop, kinds } = makeEye((request) => {
      if (request.kind !== 'anchor') return null;
      return isKnown ? anchored(1) : { kind: 'refuse', why: 'unknown', retryMs: 0, nowMs: 0 };
    });
    eye.onInit(INIT);
    gop(1);
    gop(2);
    isKnown = true;
    assert.equal(kinds(), 'join anchor join');
    eye.onInit({ ...INIT, variantId: new Uint8Array(8).fill(1) });
    gop(1);
    gop(2);
    assert.equal(said.filter(({ kind }) => kind === 'join').length, 3);
  });

  test('finds the place again that it lost, with the help of viewers', () => {
    const crowd = new Crowd();
    const auditor = crowd.auditor();
    const [a, b] = [crowd.viewer().enter(), crowd.viewer().enter()];
    assert.ok(!a.isAsked && !b.isAsked);
    const first = a.gopNo!;
    // Its connection broke: what it sees then is newer than what it told.
    const later = crowd.gopIndex + 30;
    auditor.anchor(later, 1);
    assert.equal(auditor.last('anchor')!.gopNo, null);
    assert.ok(a.isAsked && b.isAsked, 'viewers tell the roots meanwhile');
    for (const viewer of [a, b]) {
      for (let index = crowd.gopIndex + 3; index <= later; index += 3) viewer.anchor(index, 8);
    }
    auditor.anchor(later, 1);
    assert.equal(auditor.last('anchor')!.gopNo, first + 33);
    assert.ok(!a.isAsked && !b.isAsked);
  });

  test('goes on with new numbers when the whole stream began anew', () => {
    const crowd = new Crowd();
    const viewers = [0, 1, 2].map(() => crowd.viewer().enter());
    const before = viewers[0]!.gopNo!;
    for (const viewer of viewers) viewer.content = 'after the publisher was restarted';
    for (let i = 0; i < 10; i++) {
      crowd.pass(2000);
      for (const viewer of viewers) viewer.anchor(crowd.gopIndex, 3);
    }
    const numbers = viewers.map((viewer) => viewer.last('anchor')!.gopNo);
    assert.ok(
      numbers.every((no) => no !== null && no === numbers[0] && no > before),
      numbers.join(),
    );
    crowd.check();
  });
});
