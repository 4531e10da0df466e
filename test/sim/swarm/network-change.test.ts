import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScenario } from './population';
import { SIM_STREAM } from './stream';
import type { SimViewer } from './viewer';

const isOnPeers = ({ peer }: SimViewer): boolean => peer.stats().feed === 'peers';
/** Of a small crowd somebody has to be the one that the origin feeds: whoever has just come back, often. */
const isSharing = (viewer: SimViewer): boolean =>
  isOnPeers(viewer) || viewer.peer.stats().children.some(({ mask }) => mask !== 0);

/** Of those who find no way to the parents that they are given first, some take longer. */
const MIN_SHARE = 0.75;

test('viewers of a crowd that change from Wi-Fi to cellular and back are on peers again within 10 s, and give nothing meanwhile', (t) => {
  const tookMs: number[] = [];
  for (const seed of [1, 2]) {
    const { world } = runScenario({
      name: 'network change',
      seed,
      crowd: { size: 16, arriveWithinMs: 8000, sessionMs: Infinity, cellularShare: 0 },
      world: { source: { ...SIM_STREAM, rateKbps: 250 }, reserveMs: 2000, punchRate: 0.9 },
      warmUpMs: 30_000,
      lengthMs: 100,
    });
    const onWifi = world.viewers.filter(({ options }) => !options.isCellular);
    for (const viewer of onWifi.filter(isOnPeers).slice(0, 3)) {
      for (const isCellular of [true, false]) {
        const text = `seed ${seed}: ${viewer.id} to ${isCellular ? 'cellular' : 'Wi-Fi'}`;
        const movedMs = world.nowMs;
        const { originBytes, upBytes } = viewer.peer.stats();
        viewer.changeNetwork(isCellular);
        assert.ok(viewer.origin && !viewer.origin.isClosed, `${text}: the origin is asked at once`);
        while (!isSharing(viewer) && world.nowMs - movedMs < 20_000) world.run(world.nowMs + 100);
        tookMs.push(world.nowMs - movedMs);
        world.run(world.nowMs + 3000);
        assert.ok(viewer.peer.stats().originBytes > originBytes, text);
        if (isCellular) assert.equal(viewer.peer.stats().upBytes, upBytes, text);
        assert.equal(viewer.falseTags, 0, text);
      }
    }
  }
  const text = tookMs.map((ms) => (ms / 1000).toFixed(1)).join(', ');
  t.diagnostic(`sharing again after ${text} s`);
  const share = tookMs.filter((ms) => ms <= 10_000).length / tookMs.length;
  assert.ok(tookMs.length >= 12 && share >= MIN_SHARE, `${share} of ${text} s`);
});
