import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimViewer } from './viewer';
import { isOnPeers, LittleWorld, SOURCE } from './little-world';

/** Nothing was played that the camera did not publish, nothing was left out, and the picture never stood still. */
function assertUnharmed(viewers: readonly SimViewer[], allowedSkips = 0): void {
  for (const viewer of viewers) {
    viewer.player.end(viewer.world.nowMs);
    assert.equal(viewer.falseTags, 0, `${viewer.id} played what nobody published`);
    assert.ok(viewer.gaps <= allowedSkips, `${viewer.id} left something out`);
    assert.equal(viewer.player.stalls, 0, `${viewer.id} stood still ${viewer.player.stallMs} ms`);
  }
}

describe('a viewer of a shared stream', () => {
  test('plays from the origin at once, leaves it when its parents have proved themselves, and misses nothing', () => {
    const world = new LittleWorld();
    const viewers = world.withPeers(3);
    const [seed, ...peers] = viewers;
    assert.ok(peers.every(isOnPeers));
    for (const { firstFrameMs, startedMs } of viewers) assert.ok(firstFrameMs - startedMs < 400);
    const before = peers.map(({ peer }) => peer.stats().originBytes);
    world.run(world.nowMs + 20_000);
    assert.deepEqual(
      peers.map(({ peer }) => peer.stats().originBytes),
      before,
      'nothing of the origin any more',
    );
    assert.ok(seed.peer.stats().upBytes > 900_000);
    assertUnharmed(viewers);
  });

  test('asks its tracker for nothing before its first key frame was shown', () => {
    const world = new LittleWorld();
    world.origin.openMs = 5000;
    world.addViewer();
    world.run(world.nowMs + 3500);
    assert.equal(world.little.heard.length, 0);
    world.run(world.nowMs + 8000);
    assert.equal(world.little.heard[0]?.request.kind, 'join');
  });

  test('is fed by others when a parent vanishes without a word, before the player notices', () => {
    const world = new LittleWorld();
    const [seed, first, ...others] = world.withPeers(4);
    // Two parents for each of the others.
    world.run(world.nowMs + 5000);
    first!.leave(true);
    world.run(world.nowMs + 15_000);
    assertUnharmed([seed, ...others]);
    assert.ok(world.until(() => others.every(isOnPeers), 40_000));
    assertUnharmed([seed, ...others]);
  });

  test('goes back to the origin beside its parents when all of them fail, and tries again later', () => {
    const world = new LittleWorld();
    const [seed, peer] = world.withPeers(1) as [SimViewer, SimViewer];
    world.run(world.nowMs + 3000);
    seed.leave(true);
    world.run(world.nowMs + 5000);
    assert.ok(!isOnPeers(peer));
    assert.equal(peer.peer.stats().rescues, 1);
    const next = world.addViewer();
    world.keepOnOrigin(next);
    assert.ok(
      world.until(() => isOnPeers(peer), 40_000),
      'on peers again',
    );
    assert.equal(peer.falseTags, 0);
    // The origin begins at its newest key frame: the rest of the GOP before it is lost where nobody else has it.
    assert.ok(peer.gaps <= 1);
    assert.ok(peer.player.stallMs < 700, `${peer.player.stallMs} ms: the only source died without a word`);
  });

  test('loses offload and nothing else when the tracker dies', () => {
    const world = new LittleWorld();
    const viewers = world.withPeers(3);
    world.trackerIsUp = false;
    world.run(world.nowMs + 6000);
    assert.ok(
      viewers.every((viewer) => !isOnPeers(viewer)),
      'no roots, so nobody can be believed',
    );
    world.run(world.nowMs + 60_000);
    // Whoever was in the last second of a GOP jumps to the next one: nobody can vouch for that second any more.
    assertUnharmed(viewers, 1);
    world.trackerIsUp = true;
    world.little.members.clear();
    assert.ok(world.until(() => viewers.slice(1).every(isOnPeers), 90_000));
    assertUnharmed(viewers, 1);
  });

  test('drops a parent that bends pieces, tells the tracker, and hands nothing of it on', () => {
    const world = new LittleWorld();
    const [seed, polluter, ...others] = world.withPeers(4);
    world.run(world.nowMs + 3000);
    const hadChildren = polluter!.peer.stats().children.filter(({ mask }) => mask !== 0).length;
    assert.ok(hadChildren > 0, 'somebody is to be harmed');
    polluter!.options.isPolluter = true;
    world.run(world.nowMs + 15_000);
    assertUnharmed([seed, ...others]);
    const accusers = world.little.heard.filter(({ request }) => request.kind === 'bad');
    assert.ok(accusers.length >= hadChildren);
    for (const { request } of accusers) assert.ok(request.kind === 'bad' && request.peer === polluter!.id);
    assert.ok(others.every(({ peer }) => peer.stats().parents.every(({ peer: id }) => id !== polluter!.id)));
  });

  test('leaves a parent that says for ever that it waits, tells the tracker, and no honest one that joined later', () => {
    const world = new LittleWorld();
    const [seed, waiter, ...others] = world.withPeers(4);
    const late = world.addViewer();
    assert.ok(world.until(() => isOnPeers(late), 20_000));
    const hasChildren = (viewer: SimViewer): boolean =>
      viewer.peer.stats().children.some(({ mask }) => mask !== 0);
    assert.ok(hasChildren(waiter!), 'somebody is to be harmed');
    const before = world.little.heard.length;
    waiter!.options.saysGap = true;
    // While it has the time of a gap, what is missing is asked of others piece by piece.
    world.run(world.nowMs + 2000);
    assert.ok(hasChildren(waiter!), 'anybody may have to wait');
    assert.ok(world.until(() => !hasChildren(waiter!), 12_000));
    assertUnharmed([seed, ...others, late], 1);
    const refused = world.little.heard
      .slice(before)
      .flatMap(({ request }) => (request.kind === 'want' ? request.not : []));
    assert.deepEqual([...new Set(refused)], [waiter!.id]);
    assert.ok(world.until(() => [...others, late].every(isOnPeers), 40_000));
    assertUnharmed([seed, ...others, late], 1);
  });

  test('costs nothing where the stream cannot be shared: no link, no message, no hash', () => {
    const world = new LittleWorld();
    world.little.isShareable = false;
    const viewer = world.addViewer();
    world.run(world.nowMs + 5000);
    const said = world.little.heard.length;
    world.run(world.nowMs + 60_000);
    assert.equal(world.little.heard.length, said, 'one question');
    assert.equal(viewer.peer.stats().controlBytes, 0);
    assertUnharmed([viewer]);
  });

  test('sends nothing to anybody on cellular, or when the user does not want it', () => {
    const world = new LittleWorld();
    const [, first, second] = world.withPeers(2) as SimViewer[];
    const cellular = world.addViewer({ isCellular: true });
    world.until(() => isOnPeers(cellular), 15_000);
    assert.ok(isOnPeers(cellular), 'it may still be fed');
    first!.peer.onUpload(world.nowMs, false);
    const before = first!.peer.stats().upBytes;
    world.run(world.nowMs + 20_000);
    assert.equal(cellular.peer.stats().upBytes, 0);
    assert.equal(first!.peer.stats().upBytes, before);
    assert.equal(first!.peer.stats().children.length, 0);
    assertUnharmed([first!, second!, cellular], 1);
  });

  test('is back on peers within 10 s of a change of its network', () => {
    const world = new LittleWorld();
    const [seed, peer] = world.withPeers(2) as SimViewer[];
    world.run(world.nowMs + 3000);
    peer!.changeNetwork(true);
    assert.ok(!isOnPeers(peer!));
    assert.ok(world.until(() => isOnPeers(peer!), 10_000));
    assert.equal(peer!.falseTags + seed!.falseTags, 0);
  });

  test('joins the swarm of the new stream when the publisher comes back with other headers', () => {
    const world = new LittleWorld();
    const [seed, peer] = world.withPeers(1) as [SimViewer, SimViewer];
    world.source.restart();
    world.run(world.source.gops[world.source.gops.length - 1]!.endMs + 12_000);
    assert.ok(seed.origin, 'the origin tells it of the new headers');
    assert.ok(world.until(() => isOnPeers(peer), 40_000));
    const joins = world.little.heard.filter(
      ({ from, request }) => from === peer.id && request.kind === 'join',
    );
    assert.ok(joins.length >= 2);
    assert.equal(seed.falseTags + peer.falseTags, 0);
  });

  test('shares a stream of sound alone, and one of three pictures a second', () => {
    for (const source of [
      { ...SOURCE, rateKbps: 64, hasVideo: false },
      { ...SOURCE, fps: 3, hasAudio: false },
    ]) {
      const world = new LittleWorld({ source });
      const viewers = world.withPeers(2);
      assert.ok(viewers.slice(1).every(isOnPeers), JSON.stringify(source));
      world.run(world.nowMs + 10_000);
      assertUnharmed(viewers);
    }
  });

  test('stays with the origin where pictures cannot be told apart, or timestamps are no clock', () => {
    for (const source of [
      { ...SOURCE, isStill: true },
      { ...SOURCE, fps: 3, hasAudio: false, stampStepMs: 10 },
    ]) {
      const world = new LittleWorld({ source, comparesAll: false });
      const viewers = [world.addViewer(), world.addViewer(), world.addViewer()];
      world.run(world.nowMs + 30_000);
      assert.ok(
        viewers.every((viewer) => !isOnPeers(viewer)),
        JSON.stringify(source),
      );
      for (const { player, originOpens } of viewers) assert.deepEqual([player.stalls, originOpens], [0, 1]);
    }
  });

  test('goes on from its parents while the origin is down for them alone', () => {
    const world = new LittleWorld();
    const [, peer] = world.withPeers(1) as [SimViewer, SimViewer];
    world.origin.failureRate = 1;
    world.run(world.nowMs + 20_000);
    assert.ok(isOnPeers(peer));
    assertUnharmed([peer]);
  });

  test('is silent after it was stopped, at whatever moment', () => {
    for (let stopMs = 100; stopMs < 9000; stopMs += 900) {
      const world = new LittleWorld();
      const seed = world.addViewer();
      world.keepOnOrigin(seed);
      world.run(world.nowMs + 3500);
      const peer = world.addViewer();
      world.run(world.nowMs + stopMs);
      peer.leave(false);
      const { controlBytes, upBytes } = peer.peer.stats();
      const told = world.little.heard.filter(({ from }) => from === peer.id).length;
      world.run(world.nowMs + 3000);
      // What was on its way.
      const last = world.little.heard.filter(({ from }) => from === peer.id).slice(told);
      assert.ok(
        last.every(({ request }) => request.kind !== 'report'),
        `${stopMs} ms`,
      );
      const after = peer.peer.stats();
      assert.deepEqual([after.controlBytes, after.upBytes], [controlBytes, upBytes], `${stopMs} ms`);
      assert.equal(peer.peer.wakeAtMs(), Infinity);
      assert.equal(peer.links.size, 0);
      assert.equal(seed.peer.stats().children.length, 0, `${stopMs} ms`);
      assertUnharmed([seed]);
    }
  });
});
