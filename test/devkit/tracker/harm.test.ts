import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeCrowd } from './crowd';
import type { Crowd, Viewer } from './crowd';

describe('who does harm', () => {
  test('with bent pieces is banned after the second independent child says so', () => {
    const [crowd, [bad]] = makeCrowd(1, { upKbps: 8000 }) as [Crowd, [Viewer]];
    const children = [0, 1, 2].map(() => crowd.viewer({ isCellular: true }).enter());
    const stranger = crowd.viewer({ isCellular: true }).enter();
    for (const child of children) {
      child.want();
      child.take(child.last('offer')!.slots);
    }
    const accuse = (viewer: Viewer): void =>
      viewer.send({ kind: 'bad', peer: bad.peer, gopNo: 1, pieceNo: 1 });
    accuse(stranger);
    accuse(stranger);
    accuse(children[0]!);
    accuse(children[0]!);
    assert.equal(bad.last('refuse'), undefined, 'one child is not enough, and who is none does not count');
    accuse(children[1]!);
    assert.equal(bad.last('refuse')!.why, 'banned');
    assert.equal(children[2]!.last('ban')!.peer, bad.peer);
    crowd.check();
    bad.enter();
    assert.equal(bad.heard.at(-1)!.kind, 'refuse');
    const again = crowd.viewer({ account: bad.account }).enter();
    assert.equal(again.last('refuse')!.why, 'banned', 'under another name');
    crowd.pass(3_700_000);
    again.enter();
    assert.equal(again.heard.at(-1)!.kind, 'anchor', 'an hour later');
  });

  test('under an account that all share is banned by nobody, and never offered again to whom he harmed', () => {
    const account = 'e'.repeat(16);
    const [crowd, [bad]] = makeCrowd(1, { upKbps: 80_000, account }) as [Crowd, [Viewer]];
    const children = [0, 1, 2].map(() => crowd.viewer({ account, upKbps: 0 }).enter());
    const [harmed] = children as [Viewer];
    for (const child of children) {
      child.want();
      child.take(child.last('offer')!.slots);
      child.send({ kind: 'bad', peer: bad.peer, gopNo: 1, pieceNo: 1 });
    }
    assert.equal(
      bad.last('refuse'),
      undefined,
      'any of them could accuse whom he likes, under as many names as he likes',
    );
    assert.equal(crowd.tracker.stats().bans, 0);
    for (let minute = 0; minute < 5; minute++) {
      harmed.parents = [];
      harmed.want();
      const { slots, standbys } = harmed.last('offer')!;
      assert.ok([...slots, ...standbys].every(({ peer }) => peer !== bad.peer));
      for (const viewer of [bad, ...children]) viewer.report();
      crowd.pass(20_000);
    }
    const fresh = crowd.viewer({ account, upKbps: 0 }).enter();
    fresh.want();
    assert.deepEqual(
      fresh.last('offer')!.slots.map(({ peer }) => peer),
      [bad.peer],
      'who was not harmed',
    );
  });

  test('is not a whole token that many share', () => {
    const [crowd, [bad]] = makeCrowd(1, { upKbps: 8000, account: 'e'.repeat(16) }) as [Crowd, [Viewer]];
    const friends = [0, 1, 2, 3].map(() => crowd.viewer({ account: bad.account }).enter());
    const children = [0, 1].map(() => crowd.viewer({ isCellular: true }).enter());
    for (const child of children) {
      child.want(
        15,
        friends.map(({ peer }) => peer),
      );
      child.take(child.last('offer')!.slots);
      child.send({ kind: 'bad', peer: bad.peer, gopNo: 1, pieceNo: 1 });
    }
    assert.equal(bad.last('refuse')!.why, 'banned');
    friends[0]!.report();
    assert.equal(friends[0]!.last('refuse'), undefined);
  });

  test('by promising what it does not send serves nobody for a while, and one who complains often counts once', () => {
    const [crowd, [liar]] = makeCrowd(1, { upKbps: 8000 }) as [Crowd, [Viewer]];
    const one = crowd.viewer({ isCellular: true }).enter();
    for (let i = 0; i < 5; i++) {
      one.want();
      one.want(15, [liar.peer]);
      crowd.pass(5000);
      one.report();
      liar.report();
    }
    const children = [0, 1, 2, 3].map(() => crowd.viewer({ isCellular: true }).enter());
    for (const child of children) {
      child.want();
      assert.equal(child.last('offer')!.slots.length, child === children[3] ? 0 : 1);
      child.want(15, [liar.peer]);
    }
    crowd.pass(120_000);
    crowd.check();
  });
});
