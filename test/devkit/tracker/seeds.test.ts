import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { quartersOf } from '../../../devkit/tracker/member';
import type { PeerId, PeerOffer } from '../../../p2p-core/swarm/tracker-types';
import { Prng } from '../../sim/prng';
import { Crowd, rootOf } from './crowd';
import type { Viewer } from './crowd';

const SEEDS = 12;
const STEPS = 400;

/** Viewers that come and go, take offers or not, lie, and complain; after each step everything that must hold holds. */
function live(seed: number): Crowd {
  const random = new Prng(seed);
  const crowd = new Crowd(seed);
  if (random.chance(0.7)) crowd.auditor();
  const here: Viewer[] = [];
  const anyPeer = (): PeerId => (here.length > 0 ? random.pick(here).peer : 'AAAAAAAAAAAA');
  const acts: ((viewer: Viewer) => void)[] = [
    (viewer) => viewer.want(random.int(1, 15), random.chance(0.3) ? [anyPeer()] : []),
    (viewer) => viewer.want(),
    (viewer) => {
      const offer = viewer.last(random.chance(0.8) ? 'offer' : 'move');
      if (offer)
        viewer.take(offer.slots.filter(({ peer }) => crowd.viewers.has(peer)).filter(isFresh(crowd)));
    },
    (viewer) => viewer.report(),
    (viewer) => {
      viewer.lagMs = random.int(0, 3000);
      viewer.isOnOrigin = random.chance(0.5);
      viewer.upKbps = random.int(0, 6000);
      viewer.report();
    },
    (viewer) => {
      // Links that are not there.
      viewer.parents = [{ peer: anyPeer(), mask: random.int(0, 15) }];
      viewer.children = [{ peer: anyPeer(), mask: random.int(0, 15) }];
      viewer.report();
    },
    (viewer) => viewer.send({ kind: 'bad', peer: anyPeer(), gopNo: 1, pieceNo: 2 }),
    (viewer) =>
      viewer.send({ kind: 'root', gopNo: random.int(0, 3), segNo: 0, root: rootOf(0, random.int(0, 1)) }),
    (viewer) => viewer.anchor(),
    (viewer) => viewer.join(),
    (viewer) => {
      here.splice(here.indexOf(viewer), 1);
      crowd.unlink(viewer, 15);
      crowd.viewers.delete(viewer.peer);
      if (random.chance(0.5)) viewer.send({ kind: 'leave', graceMs: 0 });
    },
  ];
  for (let step = 0; step < STEPS; step++) {
    if (here.length < 40 && random.chance(0.2)) {
      const viewer = crowd.viewer({ isCellular: random.chance(0.3), upKbps: random.int(0, 4000) });
      here.push(viewer.enter());
    }
    if (here.length > 0) random.pick(acts)(random.pick(here));
    crowd.check();
    if (random.chance(0.2)) crowd.pass(random.int(1, 4) * 1000);
    crowd.check();
  }
  return crowd;
}

const isFresh =
  (crowd: Crowd) =>
  ({ pass }: PeerOffer): boolean =>
    new DataView(pass.buffer, pass.byteOffset).getUint32(0) * 1000 > crowd.nowMs;

describe('a tracker among viewers of all kinds', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`counts right, makes no circles and forgets nothing that it reserved, seed ${seed}`, () => {
      const crowd = live(seed);
      crowd.pass(60_000);
      const viewers = crowd.members().filter(({ isAuditor }) => !isAuditor);
      assert.deepEqual(viewers, [], 'all have fallen silent');
      const { reserved, spareQuarters, waiting } = crowd.tracker.stats();
      assert.deepEqual([reserved, spareQuarters, waiting], [0, 0, 0]);
    });
  }

  test('never gives more away than a viewer can send, but for one who comes while another one goes', () => {
    for (let seed = 50; seed < 54; seed++) {
      const crowd = new Crowd(seed);
      crowd.auditor();
      const random = new Prng(seed);
      const viewers = Array.from({ length: 60 }, () =>
        crowd
          .viewer({ isCellular: random.chance(0.3), upKbps: random.pick([500, 1000, 1500, 2000]) })
          .enter(),
      );
      for (let round = 0; round < 8; round++) {
        for (const viewer of viewers) {
          if (viewer.isOnOrigin) viewer.want();
          const offer = viewer.last('offer');
          if (viewer.isOnOrigin && offer && offer.slots.length > 0 && offer.slots.every(isFresh(crowd)))
            viewer.take(offer.slots);
          else viewer.report();
          for (const member of crowd.members()) {
            const links = [...member.down.values()];
            const given = links.reduce((sum, link) => sum + quartersOf(link.mask), 0);
            const isChanging = links.some(({ isConfirmed }) => !isConfirmed);
            const most = member.capacity + (isChanging ? 2 : 0);
            assert.ok(given <= most, `seed ${seed}: ${given} of ${member.capacity}`);
          }
        }
        crowd.pass(4000);
      }
      const { onPeers } = crowd.tracker.stats();
      const streams = crowd.members().reduce((sum, { capacity }) => sum + Math.floor(capacity / 2) / 2, 0);
      const bound = Math.min(viewers.length - 1, Math.floor(streams));
      assert.ok(onPeers >= 0.95 * bound, `seed ${seed}: ${onPeers} on peers, ${bound} would be possible`);
      crowd.check();
    }
  });
});
