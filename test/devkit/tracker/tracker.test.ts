import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../../p2p-core/bytes/hex';
import { streamIdOf } from '../../../p2p-core/swarm/stream-token';
import type { PeerId, PeerOffer } from '../../../p2p-core/swarm/tracker-types';
import { Crowd, gopBody, gopId, makeCrowd, rootOf, START_MS } from './crowd';
import type { Viewer } from './crowd';

const masksOf = (slots: readonly PeerOffer[]): number => {
  let all = 0;
  for (const { mask } of slots) {
    assert.equal(all & mask, 0, 'a sub-stream twice');
    all |= mask;
  }
  return all;
};

describe('a viewer of a shared stream', () => {
  test('is welcomed and gets numbers for its GOPs', () => {
    const crowd = new Crowd();
    const first = crowd.viewer().enter();
    assert.deepEqual(
      first.heard.map(({ kind }) => kind),
      ['welcome', 'anchor'],
    );
    assert.equal(first.last('welcome')!.nowMs, START_MS);
    const second = crowd.viewer();
    second.join();
    second.anchor(crowd.gopIndex + 1);
    assert.equal(second.gopNo, first.gopNo! + 1);
  });

  test('is told to join again when the tracker does not know it', () => {
    const crowd = new Crowd();
    const viewer = crowd.viewer();
    viewer.want();
    assert.equal(viewer.last('refuse')!.why, 'unknown');
    viewer.send({ kind: 'leave', graceMs: 0 });
    assert.equal(viewer.heard.length, 1);
  });

  test('gets all parents or none, and standbys beside them, never more than eight addresses', () => {
    const [crowd, [a, b, c]] = makeCrowd(3) as [Crowd, Viewer[]] as [Crowd, [Viewer, Viewer, Viewer]];
    b.want();
    const offer = b.last('offer')!;
    assert.equal(masksOf(offer.slots), 15);
    assert.ok(offer.slots.every(({ peer }) => peer !== b.peer));
    assert.ok(offer.slots.length + offer.standbys.length <= 8);
    crowd.check();
    // One and a half streams of a, one and a half of b, of which b gets one: c finds another.
    b.take(offer.slots);
    a.want();
    if (a.last('offer')!.slots.length > 0) a.take(a.last('offer')!.slots);
    c.want();
    crowd.check();
    assert.ok([0, 15].includes(masksOf(c.last('offer')!.slots)));
  });

  test('gets nothing where there is no room, and an offer unasked when there is', () => {
    const [crowd, [a]] = makeCrowd(1, { upKbps: 900 }) as [Crowd, [Viewer]];
    const b = crowd.viewer({ isCellular: true }).enter();
    b.want();
    assert.deepEqual(b.last('offer')!.slots, []);
    a.upKbps = 1000;
    a.report();
    crowd.pass(500);
    assert.equal(masksOf(b.last('offer')!.slots), 15);
  });

  test('keeps its place when it says that it took it, and loses it else', () => {
    const [crowd, [a, b]] = makeCrowd(2) as [Crowd, [Viewer, Viewer]];
    b.want();
    assert.equal(crowd.member(a).used, 4);
    crowd.pass(16_000);
    assert.equal(crowd.member(a).used, 0, 'nobody came');
    b.want();
    b.take(b.last('offer')!.slots);
    a.report();
    crowd.pass(20_000);
    assert.equal(crowd.member(a).used, 4);
    b.parents = [];
    b.report();
    assert.equal(crowd.member(a).used, 0, 'it has gone elsewhere');
    crowd.check();
  });

  test('that claims a parent which does not know it loses the place', () => {
    const [crowd, [a, b]] = makeCrowd(2) as [Crowd, [Viewer, Viewer]];
    b.want();
    b.take(b.last('offer')!.slots);
    a.children = [];
    for (let i = 0; i < 4; i++) {
      crowd.pass(9_000);
      a.report();
      b.report();
    }
    assert.equal(crowd.member(a).used, 0);
    crowd.check();
  });

  test('is forgotten when it leaves or falls silent', () => {
    const [crowd, [a, b]] = makeCrowd(2) as [Crowd, [Viewer, Viewer]];
    b.want();
    b.take(b.last('offer')!.slots);
    a.send({ kind: 'leave', graceMs: 1000 });
    assert.equal(crowd.members().length, 2);
    assert.deepEqual(crowd.member(b).up, []);
    crowd.pass(40_000);
    assert.deepEqual(
      crowd.members().map(({ isAuditor }) => isAuditor),
      [true],
    );
    assert.equal(crowd.tracker.stats().members, 1);
    crowd.check();
  });

  test('on a mobile network is asked for nothing, and comes after those who give', () => {
    const [crowd, [seed]] = makeCrowd(1) as [Crowd, [Viewer]];
    const phone = crowd.viewer({ isCellular: true, upKbps: 50_000 }).enter();
    assert.equal(crowd.member(phone).capacity, 0);
    seed.upKbps = 900;
    seed.report();
    const giver = crowd.viewer({ upKbps: 250 }).enter();
    phone.want();
    giver.want();
    assert.deepEqual(giver.last('offer')!.slots, []);
    seed.upKbps = 1500;
    seed.report();
    crowd.pass(500);
    assert.equal(masksOf(giver.last('offer')!.slots), 15);
    assert.deepEqual(phone.last('offer')!.slots, []);
  });

  test('keeps its places while the rate that it measures goes up and down', () => {
    const [crowd, [viewer]] = makeCrowd(1, { upKbps: 1000, rateKbps: 1015 }) as [Crowd, [Viewer]];
    const places = (rateKbps: number): number => {
      viewer.rateKbps = rateKbps;
      viewer.report();
      return crowd.member(viewer).capacity;
    };
    assert.equal(crowd.member(viewer).capacity, 4, 'all that it sends is a stream');
    assert.deepEqual([1040, 985, 1100, 1000].map(places), [4, 4, 4, 4]);
    assert.equal(places(1250), 3, 'a richer stream');
    assert.deepEqual([1040, 1015].map(places), [3, 4]);
  });

  test('is never offered whom it does not want, whom it feeds, or who lags', () => {
    const [crowd, [a, b]] = makeCrowd(2) as [Crowd, [Viewer, Viewer]];
    b.want(15, [a.peer]);
    assert.deepEqual(b.last('offer')!.slots, []);
    b.want();
    b.take(b.last('offer')!.slots);
    a.want();
    assert.deepEqual(a.last('offer')!.slots, [], 'its only other viewer is its child');
    b.lagMs = 2000;
    b.report();
    const c = crowd.viewer().enter();
    a.upKbps = 0;
    a.report();
    c.want();
    assert.deepEqual(c.last('offer')!.slots, []);
    crowd.check();
  });

  test('whose token has ended is refused', () => {
    const crowd = new Crowd();
    const viewer = crowd.viewer().enter();
    const { peer, account } = viewer;
    const from = { peer, account, stream: crowd.stream, expiryS: START_MS / 1000 - 1 };
    crowd.tracker.receive(crowd.nowMs, from, { kind: 'leave', graceMs: 0 });
    crowd.deliver();
    assert.equal(viewer.last('refuse')!.why, 'expired');
    assert.equal(crowd.tracker.stats().members, 0);
  });

  test('is not heard when it says too much, and learns few addresses however often it asks', () => {
    const [crowd, viewers] = makeCrowd(30);
    const [greedy] = viewers as [Viewer];
    for (let i = 0; i < 1000; i++) greedy.want();
    const offered = greedy.heard.filter((each) => each.kind === 'offer' && each.slots.length > 0).length;
    assert.ok(offered <= 12, `${offered} offers`);
    assert.ok(crowd.tracker.stats().flooded > 900);
    crowd.check();
  });

  test('finds the tracker full', () => {
    const crowd = new Crowd(1, { maxMembersOfStream: 3, maxMembersOfAccount: 2 });
    const account = 'c'.repeat(16);
    const same = [0, 1, 2].map(() => crowd.viewer({ account }));
    for (const viewer of same) viewer.join();
    assert.equal(same[2]!.last('refuse')!.why, 'full');
    const others = [0, 1].map(() => crowd.viewer());
    for (const viewer of others) viewer.join();
    assert.equal(others[0]!.last('refuse'), undefined);
    assert.equal(others[1]!.last('refuse')!.why, 'full');
  });
});

describe('the numbers of GOPs', () => {
  test('are not guessed where pictures and sound are the same all the time', () => {
    const crowd = new Crowd();
    const still = {
      gops: Array(4).fill(gopId(1)) as Uint8Array[],
      bodies: Array(4).fill(gopBody(1)) as Uint8Array[],
    };
    const first = crowd.viewer();
    first.join();
    first.send({ kind: 'anchor', gopNo: null, ...still });
    const second = crowd.viewer();
    second.join();
    for (let i = 0; i < 10; i++) second.send({ kind: 'anchor', gopNo: null, ...still });
    assert.equal(second.last('anchor')!.gopNo, null);
    // The sound tells.
    const third = crowd.viewer();
    third.join();
    third.send({
      kind: 'anchor',
      gopNo: null,
      gops: still.gops,
      bodies: [2, 3, 4, 5].map((i) => gopBody(i)),
    });
    assert.equal(third.last('anchor')!.gopNo, null);
  });

  test('go on after the tracker was restarted, as its viewers count them', () => {
    const crowd = new Crowd();
    const a = crowd.viewer();
    a.join();
    const gops = [gopId(7), gopId(8)];
    const bodies = [gopBody(7), gopBody(8)];
    a.send({ kind: 'anchor', gopNo: 5_000_007, gops, bodies });
    assert.equal(a.gopNo, 5_000_007);
    const b = crowd.viewer();
    b.join();
    b.send({ kind: 'anchor', gopNo: 5_000_008, gops: gops.slice(1), bodies: bodies.slice(1) });
    assert.equal(b.gopNo, 5_000_008);
  });

  test('are separate for viewers who get something else, and a stream that differs for everybody is not shared', () => {
    const crowd = new Crowd();
    const [a, other] = [crowd.viewer().enter(), crowd.viewer({ content: 'b' })];
    other.join();
    for (let i = 0; i < 4; i++) other.anchor();
    assert.notEqual(other.gopNo, null);
    assert.ok(Math.abs(other.gopNo! - a.gopNo!) > 1_000_000);
    other.want();
    assert.deepEqual(other.last('offer')!.slots, []);
    for (let i = 0; i < 8; i++) {
      const viewer = crowd.viewer({ content: `own ${i}` });
      viewer.join();
      for (let k = 0; k < 4; k++) viewer.anchor();
      assert.equal(viewer.last('refuse')?.why, i < 6 ? undefined : 'unshareable');
    }
    crowd.check();
  });

  test('are followed only where somebody who was asked tells them', () => {
    const crowd = new Crowd();
    const a = crowd.viewer().enter();
    crowd.pass(60_000 - 30_000);
    a.report();
    const late = crowd.viewer();
    late.join();
    assert.equal(a.isAsked, true, 'somebody else wants to know');
    late.anchor();
    assert.equal(late.gopNo, null, 'ours are newer than those it knows');
    for (let i = 0; i < 4; i++) {
      a.anchor(crowd.gopIndex - 12 + 4 * i, 8);
    }
    late.anchor();
    assert.notEqual(late.gopNo, null);
  });
});

describe('roots', () => {
  test('are true when viewers of different accounts agree, and told in time', () => {
    const crowd = new Crowd();
    const viewers = [0, 1, 2].map(() => crowd.viewer().enter());
    const asked = viewers.filter(({ isAsked }) => isAsked);
    assert.equal(asked.length, 2);
    const silent = viewers.find(({ isAsked }) => !isAsked)!;
    const root = { gopNo: silent.gopNo!, segNo: 0, root: rootOf(1, 0) };
    silent.send({ kind: 'root', ...root });
    silent.send({ kind: 'root', ...root });
    asked[0]!.send({ kind: 'root', ...root });
    asked[0]!.send({ kind: 'root', ...root });
    assert.equal(crowd.told.length, 0, 'one account is not enough, nor is who was not asked');
    asked[1]!.send({ kind: 'root', ...root });
    crowd.pass(500);
    assert.deepEqual(crowd.told, [{ peers: viewers.map(({ peer }) => peer), roots: [root] }]);
    const late = crowd.viewer().enter();
    assert.deepEqual(late.last('roots')!.roots, [root]);
    assert.ok(
      late.heard.findIndex(({ kind }) => kind === 'roots') >
        late.heard.findIndex(({ kind }) => kind === 'anchor'),
    );
  });

  test('of every segment go to those who have parents or may have, one in a GOP to those whom the origin feeds', () => {
    const [crowd, [a, b, c]] = makeCrowd(3) as [Crowd, [Viewer, Viewer, Viewer]];
    const auditor = [...crowd.viewers.values()].find(({ isAuditor }) => isAuditor)!;
    const tell = (segNo: number): PeerId[] => {
      const before = crowd.told.length;
      auditor.send({ kind: 'root', gopNo: auditor.gopNo!, segNo, root: rootOf(1, segNo) });
      crowd.pass(500);
      return crowd.told.slice(before).flatMap(({ peers }) => peers);
    };
    assert.deepEqual(tell(1), [a.peer, b.peer, c.peer], 'nobody has said anything yet');
    a.report();
    c.report();
    b.want();
    b.report();
    assert.deepEqual(tell(2), [b.peer], 'it has an offer');
    b.take(b.last('offer')!.slots);
    b.isOnOrigin = false;
    b.report();
    assert.deepEqual(tell(3), [b.peer]);
    assert.deepEqual(tell(0), [a.peer, b.peer, c.peer]);
  });

  test('are never true by the word of one account, however many viewers it has', () => {
    const crowd = new Crowd();
    const account = 'd'.repeat(16);
    const viewers = Array.from({ length: 10 }, () => crowd.viewer({ account }).enter());
    for (const viewer of viewers) {
      viewer.send({ kind: 'root', gopNo: viewer.gopNo!, segNo: 0, root: rootOf(9, 9) });
    }
    crowd.pass(1000);
    assert.equal(crowd.told.length, 0);
  });

  test('of who was wrong are not asked for again', () => {
    const crowd = new Crowd();
    const viewers = Array.from({ length: 40 }, () => crowd.viewer().enter());
    const asked = viewers.filter(({ isAsked }) => isAsked);
    assert.equal(asked.length, 3);
    const { gopNo } = asked[0]!;
    asked[0]!.send({ kind: 'root', gopNo: gopNo!, segNo: 3, root: rootOf(66, 6) });
    for (const each of asked.slice(1))
      each.send({ kind: 'root', gopNo: gopNo!, segNo: 3, root: rootOf(1, 3) });
    crowd.pass(500);
    assert.deepEqual(crowd.told[0]!.roots[0]!.root, rootOf(1, 3));
    assert.equal(asked[0]!.isAsked, false);
    assert.equal(viewers.filter(({ isAsked }) => isAsked).length, 3, 'another one');
  });

  test('keep those who tell them with the origin, until an auditor does', () => {
    const crowd = new Crowd();
    const [a, b] = [crowd.viewer().enter(), crowd.viewer().enter()];
    assert.ok(a.isAsked && b.isAsked);
    b.want();
    assert.deepEqual(b.last('offer')!.slots, []);
    const auditor = crowd.auditor();
    assert.ok(!a.isAsked && !b.isAsked);
    b.report();
    assert.equal(masksOf(b.last('offer')!.slots), 15);
    auditor.send({ kind: 'root', gopNo: auditor.gopNo!, segNo: 0, root: rootOf(1, 0) });
    crowd.pass(500);
    assert.equal(crowd.told.length, 1, 'he is believed alone');
    auditor.send({ kind: 'leave', graceMs: 0 });
    assert.equal(a.isAsked, true);
  });

  test('that nobody can tell are counted: one account, and no auditor', () => {
    const crowd = new Crowd();
    const account = 'c'.repeat(16);
    const first = crowd.viewer({ account }).enter();
    assert.equal(crowd.tracker.stats().undecided, 0, 'nobody to share with');
    crowd.viewer({ account }).enter();
    assert.equal(crowd.tracker.stats().undecided, 1);
    first.want();
    assert.deepEqual(first.last('offer')!.slots, []);
    const other = crowd.viewer().enter();
    assert.equal(crowd.tracker.stats().undecided, 0);
    other.send({ kind: 'leave', graceMs: 0 });
    assert.equal(crowd.tracker.stats().undecided, 1);
    crowd.auditor();
    assert.equal(crowd.tracker.stats().undecided, 0);
  });

  test('are looked for by an auditor from the second viewer on, where one of them tells the URL of the token', () => {
    const url = 'https://live.example.com/a.flv?key=1';
    const crowd = new Crowd(1, {}, toHex(streamIdOf(url)!));
    const [a, b, c] = [
      crowd.viewer({ url: 'http://169.254.169.254/' }),
      crowd.viewer({ url }),
      crowd.viewer(),
    ];
    a.join();
    assert.deepEqual(crowd.audits, []);
    b.join();
    assert.deepEqual(crowd.audits, [{ url, isWanted: true }]);
    c.join();
    for (const viewer of [a, b, c]) viewer.send({ kind: 'leave', graceMs: 0 });
    assert.deepEqual(crowd.audits.slice(1), [{ url, isWanted: false }]);
  });
});

describe('the shape of the trees', () => {
  test('prefers parents of the region that the app has named', () => {
    let near = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const [crowd] = makeCrowd(0, {}, seed);
      for (const region of ['a', 'b', 'a', 'b', 'a', 'b']) crowd.viewer({ upKbps: 8000, region }).enter();
      const child = crowd.viewer({ isCellular: true, region: 'a' }).enter();
      child.want(0b0011);
      const [slot] = child.last('offer')!.slots;
      if (crowd.viewers.get(slot!.peer)!.region === 'a') near++;
    }
    // Preferred, and no more: nobody can place himself above a viewer of his choice by naming its region.
    assert.ok(near >= 25 && near < 40, `${near} of 40`);
  });

  test('spreads what viewers send over the sub-streams', () => {
    const [crowd, viewers] = makeCrowd(60, { upKbps: 1500 });
    const homes = [0, 0, 0, 0];
    for (const viewer of viewers) homes[crowd.member(viewer).home]!++;
    assert.ok(Math.max(...homes) - Math.min(...homes) <= 1, homes.join());
  });

  test('makes room for a giver by handing it a child that gives nothing', () => {
    const [crowd, [seed]] = makeCrowd(1, { upKbps: 1000 }) as [Crowd, [Viewer]];
    const phone = crowd.viewer({ isCellular: true }).enter();
    phone.want();
    phone.take(phone.last('offer')!.slots);
    seed.report();
    const giver = crowd.viewer({ upKbps: 1000 }).enter();
    giver.want(15);
    assert.deepEqual(giver.last('offer')!.slots, []);
    crowd.pass(21_000);
    for (const viewer of [seed, phone, giver]) viewer.report();
    const { slots } = phone.last('move')!;
    assert.deepEqual(
      slots.map(({ peer, mask }) => [peer, mask]),
      [[giver.peer, 15]],
    );
    phone.take(slots);
    crowd.pass(500);
    assert.equal(masksOf(giver.last('offer')!.slots), 15);
    giver.take(giver.last('offer')!.slots);
    crowd.check();
    assert.equal(crowd.tracker.stats().onPeers, 2);
  });

  test('takes links up again that both ends tell a tracker that was restarted', () => {
    const crowd = new Crowd();
    crowd.auditor();
    const [a, b] = [crowd.viewer(), crowd.viewer()];
    a.children = [{ peer: b.peer, mask: 15 }];
    b.parents = [{ peer: a.peer, mask: 15 }];
    b.isOnOrigin = false;
    b.enter().report();
    assert.equal(crowd.member(b).up.length, 0, 'by the word of one');
    a.enter().report();
    b.report();
    assert.equal(crowd.member(a).used, 4);
    crowd.check();
  });
});
