/** What an agent does after nomination when its peer seems to be somewhere else, or has gone quiet. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_PEER_REFLEXIVE } from '../../../p2p-core/path/check-list';
import type { IceRole } from '../../../p2p-core/path/ice-messages';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import type { IceAgent, OutgoingDatagram } from '../../../p2p-core/path/types';
import { answer, drain, host, isRequest, loneAgent, peerCheck, REMOTE, selectedOf } from './support/agents';

const HOME = { address: '2.2.2.2', port: 6000 };

/** An agent with a nominated pair to HOME at 100 ms, and what it selected since. */
function nominatedAgent(role: IceRole): { agent: IceAgent; moves: string[] } {
  const moves: string[] = [];
  const { agent } = loneAgent(role, (pair) => moves.push(`${pair.address}:${pair.port}`));
  agent.setRemote(REMOTE, [host(HOME.address, HOME.port)], 0);
  if (role === 'controlled') {
    agent.receive(peerCheck(agent, { role: 'controlling', nominates: true }), HOME.address, HOME.port, 10);
  }
  for (let nowMs = 20; nowMs <= 100; nowMs += 20) {
    agent.wake(nowMs);
    for (const check of drain(agent, nowMs).filter(isRequest)) {
      agent.receive(answer(check), HOME.address, HOME.port, nowMs);
    }
  }
  drain(agent, 100);
  moves.length = 0;
  return { agent, moves };
}

const checksTo = (sent: OutgoingDatagram[], address: string): OutgoingDatagram[] =>
  sent.filter((datagram) => isRequest(datagram) && datagram.address === address);

for (const role of ['controlling', 'controlled'] as const) {
  describe(`a ${role} agent whose peer sends from another address`, () => {
    test('checks it once, and selects it when the check is answered', () => {
      const { agent, moves } = nominatedAgent(role);
      agent.follow('3.3.3.3', 7000, 200);
      const sent = drain(agent, 200);
      assert.equal(sent.length, 1);
      assert.equal(selectedOf(agent)?.address, HOME.address, 'not before the answer');
      agent.receive(answer(sent[0]!), '3.3.3.3', 7000, 240);
      assert.deepEqual(moves, ['3.3.3.3:7000']);
      assert.equal(selectedOf(agent)?.rttMs, 40);
      assert.ok(agent.nextWakeMs() >= 240 + 9600, 'the consent of the new address has begun');
    });

    test('stays where it is when the check is not answered, forged, or answered from elsewhere', () => {
      const { agent, moves } = nominatedAgent(role);
      agent.follow('3.3.3.3', 7000, 200);
      const [check] = drain(agent, 200);
      agent.receive(answer(check!, 'another-password-of-22-chars'), '3.3.3.3', 7000, 240);
      agent.receive(answer(check!), '4.4.4.4', 7000, 240);
      agent.receive(answer(check!), '3.3.3.3', 7001, 240);
      for (let nowMs = 300; nowMs < 9000; nowMs += 100) agent.wake(nowMs);
      assert.deepEqual(checksTo(drain(agent, 9000), '3.3.3.3'), [], 'and sends it nothing more by itself');
      assert.deepEqual(moves, []);
    });

    test('goes back in the same way', () => {
      const { agent, moves } = nominatedAgent(role);
      for (const [address, port, nowMs] of [
        ['3.3.3.3', 7000, 200],
        [HOME.address, HOME.port, 400],
      ] as const) {
        agent.follow(address, port, nowMs);
        const [check] = checksTo(drain(agent, nowMs), address);
        agent.receive(answer(check!), address, port, nowMs + 40);
      }
      assert.deepEqual(moves, ['3.3.3.3:7000', '2.2.2.2:6000']);
    });

    test('does nothing for the selected address, for what is no address, and before nomination', () => {
      const { agent } = nominatedAgent(role);
      agent.follow(HOME.address, HOME.port, 200);
      agent.follow('camera.local', 7000, 200);
      assert.deepEqual(drain(agent, 200), []);
      const young = loneAgent(role).agent;
      young.follow('3.3.3.3', 7000, 0);
      young.checkSelected(0);
      assert.deepEqual(drain(young, 0), []);
      agent.close();
      agent.follow('3.3.3.3', 7000, 300);
      agent.checkSelected(300);
      assert.deepEqual(drain(agent, 300), []);
    });

    test('has room for every move, and holds no more addresses than before', () => {
      const { agent, moves } = nominatedAgent(role);
      for (let i = 1; i <= 5 * MAX_PEER_REFLEXIVE; i++) {
        agent.follow('3.3.3.3', 7000 + i, 200 * i);
        const [check] = checksTo(drain(agent, 200 * i), '3.3.3.3');
        agent.receive(answer(check!), '3.3.3.3', 7000 + i, 200 * i + 40);
      }
      assert.equal(moves.length, 5 * MAX_PEER_REFLEXIVE);
    });
  });
}

describe('a check of the selected pair', () => {
  test('leaves at once when the peer is quiet, and again each second until it is answered', () => {
    const { agent } = nominatedAgent('controlling');
    agent.checkSelected(1000);
    const [check] = drain(agent, 1000);
    assert.equal(check!.address, HOME.address);
    const nextMs = agent.nextWakeMs();
    assert.ok(nextMs >= 2000 && nextMs <= 2200, `${nextMs}`);
    agent.receive(answer(check!), HOME.address, HOME.port, 1050);
    assert.ok(agent.nextWakeMs() >= 1050 + 9600);
  });

  test('nominates when the controlling side sends it, so that the peer follows at once', () => {
    const nominates = (role: IceRole): boolean => {
      const { agent } = nominatedAgent(role);
      agent.checkSelected(1000);
      return parseStunMessage(drain(agent, 1000)[0]!.bytes)!.useCandidate;
    };
    assert.equal(nominates('controlling'), true);
    assert.equal(nominates('controlled'), false);
  });

  test('that comes from a new address of the controlling peer moves the controlled agent, after its own check', () => {
    const { agent, moves } = nominatedAgent('controlled');
    agent.receive(peerCheck(agent, { role: 'controlling', nominates: true }), '3.3.3.3', 7000, 500);
    const sent = drain(agent, 500);
    assert.equal(sent.length, 2, 'the answer and a check');
    assert.deepEqual(moves, []);
    agent.receive(answer(sent.find(isRequest)!), '3.3.3.3', 7000, 540);
    assert.deepEqual(moves, ['3.3.3.3:7000']);
  });

  test('does not move it without USE-CANDIDATE, and never moves a controlling agent', () => {
    for (const [own, theirs, useCandidate] of [
      ['controlled', 'controlling', false],
      ['controlling', 'controlled', false],
      ['controlling', 'controlled', true],
    ] as const) {
      const { agent, moves } = nominatedAgent(own);
      agent.receive(peerCheck(agent, { role: theirs, nominates: useCandidate }), '3.3.3.3', 7000, 500);
      const check = drain(agent, 500).find(isRequest);
      agent.receive(answer(check!), '3.3.3.3', 7000, 540);
      assert.deepEqual(moves, [], `${own}, USE-CANDIDATE ${useCandidate}`);
    }
  });
});
