import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMember, depthOf, sendsOn } from '../../../devkit/tracker/member';
import type { Member } from '../../../devkit/tracker/member';
import { Prng } from '../../sim/prng';
import { Crowd, makeCrowd } from './crowd';
import type { Viewer } from './crowd';

/** Links to the origin above each viewer whose loss others would feel, on its longest way. */
function depths(crowd: Crowd): number[] {
  return crowd
    .members()
    .flatMap((member) =>
      [0b0011, 0b1100].filter((part) => sendsOn(member, part)).map((part) => depthOf(member, part)),
    );
}

const mean = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0) / all.length;

/** Takes what it was told last, if it was told so just now. */
function takeMove(viewer: Viewer, heardBefore: number): void {
  const message = viewer.heard
    .slice(heardBefore)
    .filter(({ kind }) => kind === 'move')
    .at(-1);
  if (message?.kind === 'move') viewer.take(message.slots);
}

test('a crowd that has grown downwards is made shallow: who feeds others changes places with who does not', () => {
  for (let seed = 70; seed < 73; seed++) {
    const crowd = new Crowd(seed);
    crowd.auditor();
    const random = new Prng(seed);
    const viewers: Viewer[] = [];
    // One after the other, so that each finds room only at those who came last.
    for (let i = 0; i < 45; i++) {
      const viewer = crowd.viewer({ isCellular: random.chance(0.3), upKbps: 1500 }).enter();
      viewers.push(viewer);
      if (i > 0) viewer.want();
      const offer = viewer.last('offer');
      if (offer) viewer.take(offer.slots);
      crowd.pass(500);
    }
    const before = depths(crowd);
    for (let round = 0; round < 15; round++) {
      crowd.pass(10_500);
      for (const viewer of viewers) {
        const heard = viewers.map((each) => each.heard.length);
        viewer.report();
        viewers.forEach((each, i) => takeMove(each, heard[i]!));
      }
      crowd.check();
    }
    const after = depths(crowd);
    const text = `seed ${seed}: ${mean(before).toFixed(2)} (${Math.max(...before)}) → ${mean(after).toFixed(2)} (${Math.max(...after)})`;
    assert.ok(Math.max(...before) >= 5, text);
    assert.ok(Math.max(...after) <= 6 && mean(after) <= 0.75 * mean(before), text);
    assert.ok(
      crowd.members().every(({ used, capacity }) => used <= capacity),
      `${text}: nobody is left with more than it can send`,
    );
  }
});

test('the depth below viewers that all have two parents is found at once', () => {
  const at = (isOnOrigin: boolean): Member =>
    Object.assign(createMember('', '', false, 0), { isOnOrigin, capacity: 4 });
  const link = (parent: Member, child: Member, mask: number): void => {
    const ends = { untilMs: 0, madeMs: 0, denials: 0 };
    child.up.push({ parent, child, mask, isConfirmed: true, ...ends });
  };
  let [left, right] = [at(true), at(true)];
  for (let row = 0; row < 30; row++) {
    const [nextLeft, nextRight] = [at(false), at(false)];
    for (const child of [nextLeft, nextRight])
      for (const parent of [left, right]) link(parent, child, 0b0011);
    [left, right] = [nextLeft, nextRight];
  }
  assert.equal(depthOf(left, 0b0010), 30);
  assert.equal(depthOf(left, 0b0100), 0);
  // The longest way of one sub-stream, not one that changes from one to another.
  const [middle, last] = [at(false), at(false)];
  link(left, middle, 0b0001);
  link(at(true), middle, 0b0010);
  link(middle, last, 0b0010);
  assert.equal(depthOf(last, 0b0011), 2);
});

test('a viewer that names two parents for the same sub-stream keeps no place at both', () => {
  const [crowd, [child, ...others]] = makeCrowd(4) as [Crowd, [Viewer, ...Viewer[]]];
  child.want();
  child.take(child.last('offer')!.slots);
  const { trees } = [...crowd.streams[0]!.allSwarms][0]!;
  const member = crowd.member(child);
  const parent = others.map((other) => crowd.member(other)).find(({ down }) => down.size === 0)!;
  trees.reserve(parent, member, 0b1111, crowd.nowMs + 15_000, crowd.nowMs);
  child.parents.push({ peer: parent.id, mask: 0b1111 });
  child.report();
  crowd.pass(16_000);
  const given = member.up.flatMap(({ mask }) => [1, 2, 4, 8].filter((bit) => mask & bit));
  assert.deepEqual(given.sort(), [1, 2, 4, 8]);
  crowd.check();
});
