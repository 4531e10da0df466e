import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { candidatePriority } from '../../../p2p-core/path/candidate-priority';
import { StunClass } from '../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import type { OutgoingDatagram } from '../../../p2p-core/path/types';
import { answer, drain, host, loneAgent, peerCheck, publicPeers, REMOTE, selectedOf } from './support/agents';

describe('roles', () => {
  for (const role of ['controlling', 'controlled'] as const) {
    test(`two ${role} agents sort their roles out and nominate one pair, for 40 seeds`, () => {
      for (let seed = 1; seed <= 40; seed++) {
        const { network, viewer, camera } = publicPeers({ seed, lossRate: seed % 2 ? 0 : 0.2 }, [role, role]);
        viewer.meet(camera);
        camera.meet(viewer);
        network.run(20_000);
        assert.ok(viewer.agent.selected && camera.agent.selected, `seed ${seed}: no path`);
        // A nominated pair ends all checks but those of consent.
        network.lossRate = 0;
        network.run(22_000);
        const before = network.datagramsSent;
        network.run(25_900);
        assert.ok(network.datagramsSent - before <= 4, `seed ${seed}: still checking`);
      }
    });
  }

  test('a controlling agent yields to a larger tie-breaker and refuses a smaller one', () => {
    const checkAfter = (tieBreaker: number) => {
      const { agent } = loneAgent('controlling');
      agent.setRemote(REMOTE, [], 0);
      const theirs = { role: 'controlling', tieBreaker: new Uint8Array(8).fill(tieBreaker) } as const;
      agent.receive(peerCheck(agent, theirs), '2.2.2.2', 6000, 5);
      return drain(agent, 5).map(({ bytes }) => parseStunMessage(bytes)!);
    };
    const [accepted, check] = checkAfter(0xff);
    assert.equal(accepted!.messageClass, StunClass.Success);
    assert.notEqual(check!.iceControlled, null);
    const [refused, ...nothing] = checkAfter(0);
    assert.equal(refused!.error?.code, 487);
    assert.deepEqual(nothing, []);
  });

  test('a controlled agent takes control with the larger tie-breaker and refuses otherwise', () => {
    const checkAfter = (tieBreaker: number) => {
      const { agent } = loneAgent('controlled');
      agent.setRemote(REMOTE, [], 0);
      const theirs = { role: 'controlled', tieBreaker: new Uint8Array(8).fill(tieBreaker) } as const;
      agent.receive(peerCheck(agent, theirs), '2.2.2.2', 6000, 5);
      return drain(agent, 5).map(({ bytes }) => parseStunMessage(bytes)!);
    };
    const [accepted, check] = checkAfter(0);
    assert.equal(accepted!.messageClass, StunClass.Success);
    assert.notEqual(check!.iceControlling, null);
    assert.equal(checkAfter(0xff)[0]!.error?.code, 487);
  });

  test('an authentic 487 switches the role and renews the tie-breaker, a forged one does nothing', () => {
    const { agent } = loneAgent('controlling');
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const first = parseStunMessage(drain(agent, 0)[0]!.bytes)!;
    const conflict = (password: string) =>
      new StunBuilder(StunClass.Error, first.transactionId)
        .errorCode(487)
        .integrity(utf8Encode(password))
        .fingerprint()
        .finish();
    agent.receive(conflict('forged-forged-forged-forged'), '2.2.2.2', 6000, 30);
    assert.deepEqual(drain(agent, 30), []);

    agent.receive(conflict(REMOTE.password), '2.2.2.2', 6000, 40);

    const second = parseStunMessage(drain(agent, 40)[0]!.bytes)!;
    assert.equal(second.iceControlling, null);
    assert.notEqual(second.iceControlled, null);
    assert.notDeepEqual(second.iceControlled, first.iceControlling);
    assert.notDeepEqual(second.transactionId, first.transactionId);
  });

  test('a nomination ends the checks of all other pairs, better ones too', () => {
    const { agent } = loneAgent('controlled');
    const worse = { ...host('3.3.3.3'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    agent.setRemote(REMOTE, [host('2.2.2.2'), worse], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    agent.receive(peerCheck(agent, { role: 'controlling', nominates: true }), '3.3.3.3', 6000, 20);
    drain(agent, 20);
    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 30);
    agent.wake(3000);
    assert.deepEqual(drain(agent, 3000), []);
  });

  test('the controlling side nominates at once when no better pair is open', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [check] = drain(agent, 0);
    agent.receive(answer(check!), '2.2.2.2', 6000, 40);
    const [nomination] = drain(agent, 40);
    assert.equal(parseStunMessage(nomination!.bytes)!.useCandidate, true);
    assert.equal(nomination!.address, '2.2.2.2');
  });

  test('it gives better pairs that are still open a moment first', () => {
    const { agent } = loneAgent();
    const worse = { ...host('3.3.3.3'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    agent.setRemote(REMOTE, [host('2.2.2.2'), worse], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 50);
    assert.equal(drain(agent, 50).length, 0);
    agent.wake(199);
    assert.equal(drain(agent, 199).length, 0);
    agent.wake(200);
    const [nomination] = drain(agent, 200);
    assert.equal(nomination!.address, '3.3.3.3');
    assert.equal(parseStunMessage(nomination!.bytes)!.useCandidate, true);
  });

  test('a nomination nobody answers goes to the next valid pair', () => {
    const selected: string[] = [];
    const { agent } = loneAgent('controlling', (pair) => selected.push(pair.address));
    agent.setRemote(REMOTE, [host('2.2.2.2'), host('3.3.3.3')], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 30);
    agent.receive(answer(checks[0]!), '2.2.2.2', 6000, 40);
    const nominations: string[] = [];
    for (let nowMs = 40; nowMs < 6000; nowMs = agent.nextWakeMs()) {
      agent.wake(nowMs);
      for (const out of drain(agent, nowMs)) {
        if (!parseStunMessage(out.bytes)!.useCandidate) continue;
        nominations.push(out.address);
        if (out.address === '3.3.3.3') agent.receive(answer(out), '3.3.3.3', 6000, nowMs + 20);
      }
    }
    assert.deepEqual(nominations, [...Array<string>(5).fill('2.2.2.2'), '3.3.3.3']);
    assert.equal(agent.selected?.address, '3.3.3.3');
    assert.equal(selected[selected.length - 1], '3.3.3.3');
  });

  test('the controlled side takes the pair the peer nominates, even a worse one', () => {
    const { agent } = loneAgent('controlled');
    const worse = { ...host('3.3.3.3'), kind: 'srflx' as const, priority: candidatePriority('srflx') };
    agent.setRemote(REMOTE, [host('2.2.2.2'), worse], 0);
    agent.wake(10);
    const checks = drain(agent, 10);
    agent.receive(answer(checks[1]!), '3.3.3.3', 6000, 30);
    agent.receive(answer(checks[0]!), '2.2.2.2', 6000, 40);
    assert.equal(agent.selected?.address, '2.2.2.2');

    agent.receive(peerCheck(agent, { role: 'controlling', nominates: true }), '3.3.3.3', 6000, 50);

    assert.equal(agent.selected?.address, '3.3.3.3');
  });

  test('a nomination that comes before our own check succeeded counts when it does', () => {
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [check] = drain(agent, 0);
    agent.receive(peerCheck(agent, { role: 'controlling', nominates: true }), '2.2.2.2', 6000, 10);
    assert.equal(selectedOf(agent), null);
    agent.receive(answer(check!), '2.2.2.2', 6000, 40);
    assert.equal(selectedOf(agent)?.address, '2.2.2.2');
    drain(agent, 40);
    // Nominated: only consent is left to wait for.
    assert.ok(agent.nextWakeMs() >= 4000);
  });
});

describe('consent', () => {
  test('is checked about every 12 seconds and holds as long as the peer answers', () => {
    const { network, viewer, camera } = publicPeers({ seed: 9, lossRate: 0.1 });
    viewer.meet(camera);
    camera.meet(viewer);
    network.run(5000);
    const before = network.datagramsSent;

    network.run(605_000);

    assert.equal(viewer.failure, null);
    assert.equal(camera.failure, null);
    // Ten minutes, two ends, a request and an answer each: 200 datagrams at a 12 s interval without loss.
    const sent = network.datagramsSent - before;
    assert.ok(sent > 180 && sent < 300, `${sent} datagrams in ten minutes`);
  });

  test('expires 30 seconds after the path died, at both ends, once: nothing is sent any more', () => {
    const { network, viewer, camera } = publicPeers({ seed: 10 });
    viewer.meet(camera);
    camera.meet(viewer);
    network.run(100_000);
    network.isCut = true;

    network.run(115_000);
    assert.equal(viewer.failure, null);
    network.run(131_000);

    for (const peer of [viewer, camera]) {
      assert.equal(peer.losses, 1);
      assert.equal(peer.agent.selected, null);
      assert.equal(peer.agent.nextWakeMs(), Infinity);
    }
    const sent = network.datagramsSent;
    network.isCut = false;
    network.run(200_000);
    assert.equal(network.datagramsSent, sent);
  });

  test('an answer updates the round-trip time; a forged one or one from elsewhere does not prolong it', () => {
    const { agent, failures } = loneAgent('controlled');
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    agent.receive(answer(drain(agent, 0)[0]!), '2.2.2.2', 6000, 40);
    const nextCheck = () => {
      let check: OutgoingDatagram | undefined;
      let nowMs = 0;
      while (check === undefined) {
        nowMs = agent.nextWakeMs();
        agent.wake(nowMs);
        check = drain(agent, nowMs)[0];
      }
      return { check, nowMs };
    };
    const first = nextCheck();
    agent.receive(answer(first.check), '2.2.2.2', 6000, first.nowMs + 123);
    assert.equal(agent.selected?.rttMs, 123);
    const lastAnsweredMs = first.nowMs + 123;

    while (failures.length === 0 && agent.nextWakeMs() < lastAnsweredMs + 30_000) {
      const { check, nowMs } = nextCheck();
      agent.receive(answer(check, 'forged-forged-forged-forged'), '2.2.2.2', 6000, nowMs + 5);
      agent.receive(answer(check), '2.2.2.3', 6000, nowMs + 6);
    }
    assert.equal(agent.nextWakeMs(), lastAnsweredMs + 30_000);
    agent.wake(agent.nextWakeMs());
    assert.deepEqual(failures, ['lost']);
  });
});
