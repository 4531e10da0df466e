import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { candidatePriority } from '../../../p2p-core/path/candidate-priority';
import type { SelectedPair } from '../../../p2p-core/path/types';
import { answer, drain, host, isRequest, loneAgent, peerCheck, publicPeers, REMOTE } from './support/agents';
import { IcePeer } from './support/ice-peer';
import { VirtualNetwork } from './support/virtual-network';

describe('finding a path', () => {
  test('both ends have a path after one round trip and agree on one pair', () => {
    const { network, viewer, camera } = publicPeers({ seed: 1 });
    viewer.meet(camera);
    camera.meet(viewer);

    network.run(2000);

    assert.equal(viewer.selectedAtMs, 40);
    assert.equal(camera.selectedAtMs, 40);
    assert.deepEqual(viewer.agent.selected, {
      kind: 'host',
      address: '2.2.2.2',
      port: 6000,
      rttMs: 40,
      via: 0,
    });
    assert.deepEqual(camera.agent.selected, {
      kind: 'host',
      address: '1.1.1.1',
      port: 5000,
      rttMs: 40,
      via: 0,
    });
    assert.equal(viewer.selections.length, 1);
    assert.equal(camera.selections.length, 1);
  });

  test('on one machine the loopback pair is found behind a dead LAN pair within 20 ms', (t) => {
    const network = new VirtualNetwork({ seed: 2 });
    const viewer = new IcePeer(network, {
      role: 'controlling',
      addresses: ['127.0.0.1'],
      port: 5000,
      seed: 1,
    });
    const camera = new IcePeer(network, {
      role: 'controlled',
      addresses: ['192.168.1.7', '127.0.0.1'],
      port: 6000,
      seed: 2,
      includeLoopback: true,
    });
    viewer.createAgent();
    camera.createAgent();
    assert.deepEqual(
      camera.candidates.map((one) => one.address),
      ['192.168.1.7', '127.0.0.1'],
    );
    viewer.meet(camera);
    camera.meet(viewer);

    network.run(3000);

    assert.equal(viewer.agent.selected?.address, '127.0.0.1');
    assert.equal(camera.agent.selected?.address, '127.0.0.1');
    assert.ok(viewer.selectedAtMs <= 20, `viewer after ${viewer.selectedAtMs} ms`);
    assert.ok(camera.selectedAtMs <= 20, `camera after ${camera.selectedAtMs} ms`);
    t.diagnostic(
      `path after ${viewer.selectedAtMs} ms (viewer), ${camera.selectedAtMs} ms (camera), virtual time`,
    );
  });

  test('five dead pairs before the good one cost at most 100 ms', (t) => {
    const network = new VirtualNetwork({ seed: 3 });
    const dead = Array.from({ length: 5 }, (_, i) => host(`10.9.9.${i}`));
    const good = { ...host('2.2.2.2'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    const viewer = new IcePeer(network, { role: 'controlling', addresses: ['1.1.1.1'], port: 5000, seed: 1 });
    // The camera does not know where the viewer is, so only the viewer's check can find the pair.
    const camera = new IcePeer(network, {
      role: 'controlled',
      addresses: ['2.2.2.2'],
      port: 6000,
      seed: 2,
      candidates: [...dead, good],
    });
    viewer.createAgent();
    camera.createAgent();
    viewer.candidates = [];
    viewer.meet(camera);
    camera.meet(viewer);

    network.run(3000);

    const rttMs = 40;
    assert.ok(viewer.selectedAtMs <= rttMs + 100, `${viewer.selectedAtMs} ms`);
    t.diagnostic(`path after ${viewer.selectedAtMs} ms with a round trip of ${rttMs} ms`);
  });

  test('the first valid pair is used at once and left for a better one', () => {
    const selected: SelectedPair[] = [];
    const { agent } = loneAgent('controlled', (pair) => selected.push(pair));
    const worse = { ...host('3.3.3.3'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    agent.setRemote(REMOTE, [worse, host('2.2.2.2')], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    assert.deepEqual(
      checks.map((check) => check.address),
      ['2.2.2.2', '3.3.3.3'],
    );

    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 30);
    assert.equal(agent.selected?.address, '3.3.3.3');
    agent.receive(answer(checks[0]!), '2.2.2.2', 6000, 50);

    assert.equal(agent.selected?.address, '2.2.2.2');
    assert.deepEqual(
      selected.map((pair) => [pair.kind, pair.address]),
      [
        ['srflx', '3.3.3.3'],
        ['host', '2.2.2.2'],
      ],
    );
  });

  test('a worse pair that turns out valid later changes nothing', () => {
    const selected: SelectedPair[] = [];
    const { agent } = loneAgent('controlled', (pair) => selected.push(pair));
    const worse = { ...host('3.3.3.3'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    agent.setRemote(REMOTE, [worse, host('2.2.2.2')], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    agent.receive(answer(checks[0]!), '2.2.2.2', 6000, 30);
    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 50);
    assert.deepEqual(
      selected.map((pair) => pair.address),
      ['2.2.2.2'],
    );
  });

  for (const delayedMs of [0, 15, 300, 2000]) {
    test(`checks that arrive ${delayedMs} ms before the credentials are answered and lead to a path`, () => {
      const { network, viewer, camera } = publicPeers({ seed: 4 });
      // The viewer's own candidates never reach the camera: it learns the address from the checks alone.
      viewer.candidates = [];
      viewer.meet(camera);
      network.run(delayedMs);
      camera.meet(viewer);

      network.run(4000);

      assert.equal(viewer.selectedAtMs, 40, 'the early check was answered');
      assert.equal(camera.agent.selected?.address, '1.1.1.1');
      assert.equal(camera.agent.selected?.kind, 'prflx');
      assert.ok(
        camera.selectedAtMs <= Math.max(delayedMs, 20) + 40,
        `camera after ${camera.selectedAtMs} ms`,
      );
    });
  }

  test('a pair given up is tried again, and again, when the peer checks it', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [first] = drain(agent, 0);
    agent.receive(answer(first!), '9.9.9.9', 6000, 10);
    agent.wake(1000);
    assert.deepEqual(drain(agent, 1000), [], 'an asymmetric answer ended the check');

    agent.receive(peerCheck(agent), '2.2.2.2', 6000, 1000);

    assert.equal(drain(agent, 1000).filter(isRequest).length, 1);
    agent.wake(1250);
    assert.equal(drain(agent, 1250).filter(isRequest).length, 1);
  });

  test('a candidate that is added later is checked', () => {
    const { network, viewer, camera } = publicPeers({ seed: 5 });
    const [late] = camera.candidates.splice(0);
    viewer.candidates = [];
    viewer.meet(camera);
    camera.meet(viewer);
    network.run(1000);
    assert.equal(viewer.agent.selected, null);

    viewer.agent.addRemoteCandidate(late!, network.nowMs);
    viewer.flush();
    network.run(1500);

    assert.equal(viewer.selectedAtMs, 1040);
    assert.ok(camera.agent.selected);
  });

  test('with 30 % loss each way a path is found, for 200 seeds', (t) => {
    const times: number[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const { network, viewer, camera } = publicPeers({ seed, lossRate: 0.3 });
      viewer.meet(camera);
      camera.meet(viewer);
      network.run(8000, () => viewer.agent.selected !== null && camera.agent.selected !== null);
      assert.ok(viewer.agent.selected && camera.agent.selected, `seed ${seed}: no path`);
      times.push(Math.max(viewer.selectedAtMs, camera.selectedAtMs));
    }
    times.sort((a, b) => a - b);
    t.diagnostic(
      `both ends: median ${times[100]} ms, p95 ${times[190]} ms, worst ${times[199]} ms; round trip 40 ms`,
    );
  });

  test('nothing answers: no-path exactly at the bound, once, and silence afterwards', () => {
    const { network, viewer, camera } = publicPeers({ seed: 6 });
    network.isCut = true;
    network.run(100);
    viewer.meet(camera);
    network.run(8099);
    assert.equal(viewer.failure, null);
    network.run(8100);
    assert.equal(viewer.failure, 'no-path');
    const sent = network.datagramsSent;
    assert.ok(sent <= 20, `${sent} requests to one dead address`);
    network.run(60_000);
    assert.equal(network.datagramsSent, sent);
  });

  test('the bound can be set', () => {
    const network = new VirtualNetwork({ seed: 7 });
    const viewer = new IcePeer(network, {
      role: 'controlling',
      addresses: ['1.1.1.1'],
      port: 5000,
      seed: 1,
      noPathTimeoutMs: 1500,
    });
    viewer.createAgent();
    viewer.agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    network.run(1499);
    assert.equal(viewer.failure, null);
    network.run(1500);
    assert.equal(viewer.failure, 'no-path');
  });

  test('without the peer, the agent waits for nothing and sends nothing', () => {
    const { agent, failures } = loneAgent();
    assert.equal(agent.nextWakeMs(), Infinity);
    agent.wake(1e9);
    assert.equal(agent.poll(1e9), null);
    assert.deepEqual(failures, []);
  });

  test('first checks leave every 10 ms, from the ninth on every 50 ms', () => {
    const { agent } = loneAgent();
    agent.setRemote(
      REMOTE,
      Array.from({ length: 12 }, (_, i) => host(`10.0.0.${i}`)),
      0,
    );
    const sentAt: number[] = [];
    for (let nowMs = 0; sentAt.length < 12; nowMs = agent.nextWakeMs()) {
      agent.wake(nowMs);
      sentAt.push(...drain(agent, nowMs).map(() => nowMs));
    }
    assert.deepEqual(sentAt, [0, 10, 20, 30, 40, 50, 60, 70, 80, 130, 180, 230]);
  });

  test('a timer that comes very late does not cause a burst', () => {
    const { agent } = loneAgent();
    agent.setRemote(
      REMOTE,
      Array.from({ length: 30 }, (_, i) => host(`10.0.0.${i}`)),
      0,
    );
    drain(agent, 0);
    agent.wake(3000);
    assert.ok(drain(agent, 3000).length <= 4);
  });
});

describe('close', () => {
  test('at any moment leaves no timer, no output and no later event', () => {
    for (let step = 0; step < 120; step++) {
      const { network, viewer, camera } = publicPeers({ seed: step, lossRate: 0.1 });
      viewer.meet(camera);
      camera.meet(viewer);
      let left = step;
      network.run(60_000, () => left-- <= 0);
      const events = viewer.selections.length;

      viewer.agent.close();

      assert.equal(viewer.agent.nextWakeMs(), Infinity, `step ${step}`);
      assert.equal(viewer.agent.poll(network.nowMs), null);
      assert.equal(viewer.agent.selected, null);
      viewer.agent.setRemote(REMOTE, [host('3.3.3.3')], network.nowMs);
      viewer.agent.addRemoteCandidate(host('4.4.4.4'), network.nowMs);
      assert.equal(viewer.agent.receive(peerCheck(viewer.agent), '2.2.2.2', 6000, network.nowMs), false);
      viewer.agent.wake(network.nowMs + 100_000);
      viewer.agent.close();
      assert.equal(viewer.agent.poll(network.nowMs), null);
      assert.equal(viewer.agent.nextWakeMs(), Infinity);
      assert.equal(viewer.selections.length, events);
      assert.equal(viewer.failure, null);
    }
  });

  test('discards what was not polled yet', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    agent.close();
    assert.equal(agent.poll(0), null);
  });

  test('from inside onSelected is fine', () => {
    const { agent, failures } = loneAgent('controlling', () => agent.close());
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [check] = drain(agent, 0);
    assert.equal(agent.receive(answer(check!), '2.2.2.2', 6000, 40), true);
    assert.equal(agent.poll(40), null);
    assert.equal(agent.nextWakeMs(), Infinity);
    assert.deepEqual(failures, []);
  });
});
