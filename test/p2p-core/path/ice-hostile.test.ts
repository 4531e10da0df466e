import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { StunClass } from '../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import {
  answer,
  drain,
  host,
  isRequest,
  loneAgent,
  peerCheck,
  publicPeers,
  REMOTE,
  selectedOf,
} from './support/agents';
import { seededRandom } from './support/random';

describe('a peer that is not what it should be', () => {
  test('with wrong passwords at both ends there is no path', () => {
    const { network, viewer, camera } = publicPeers({ seed: 8 });
    viewer.meet(camera, 'wrongwrongwrongwrongwrong');
    camera.meet(viewer, 'wrongwrongwrongwrongwrong');
    network.run(8001);
    for (const peer of [viewer, camera]) {
      assert.equal(peer.failure, 'no-path');
      assert.equal(peer.selections.length, 0);
    }
  });

  test('one with a wrong password never gets a path, and the other one loses it without answers', () => {
    const { network, viewer, camera } = publicPeers({ seed: 8 });
    viewer.meet(camera, 'wrongwrongwrongwrongwrong');
    camera.meet(viewer);
    network.run(60_000);
    assert.equal(viewer.failure, 'no-path');
    assert.equal(viewer.selections.length, 0);
    assert.equal(camera.losses, 1);
    assert.equal(camera.agent.selected, null);
  });

  test('a stranger gets silence: wrong key, wrong remote fragment, no integrity', () => {
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [], 0);
    const strangers = [
      peerCheck(agent, { key: utf8Encode('not the password at all') }),
      peerCheck(agent, { username: `${agent.local.ufrag}:other`, role: 'controlling' }),
      new StunBuilder(StunClass.Request, new Uint8Array(12))
        .username(`${agent.local.ufrag}:peer`)
        .priority(1)
        .finish(),
    ];
    for (const message of strangers) {
      assert.equal(agent.receive(message, '6.6.6.6', 6, 10), true);
      assert.deepEqual(drain(agent, 10), []);
    }
  });

  test('messages of other agents and other transactions are left to them', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    drain(agent, 0);
    assert.equal(agent.receive(peerCheck(agent, { username: 'someone:peer' }), '2.2.2.2', 6000, 5), false);
    assert.equal(
      agent.receive(peerCheck(agent, { username: `${agent.local.ufrag}x:peer` }), '2.2.2.2', 6000, 5),
      false,
    );
    const unknown = new StunBuilder(StunClass.Success, new Uint8Array(12)).finish();
    assert.equal(agent.receive(unknown, '2.2.2.2', 6000, 5), false);
    assert.equal(agent.receive(Uint8Array.of(1, 2, 3), '2.2.2.2', 6000, 5), false);
    assert.deepEqual(drain(agent, 5), []);
  });

  test('an answer signed with another password is ignored, and the true one still counts', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [check] = drain(agent, 0);
    assert.equal(agent.receive(answer(check!, 'forged-forged-forged-forged'), '2.2.2.2', 6000, 10), true);
    assert.equal(selectedOf(agent), null);
    agent.receive(answer(check!), '2.2.2.2', 6000, 40);
    assert.equal(selectedOf(agent)?.rttMs, 40);
  });

  test('an answer from another address than was asked does not validate the pair', () => {
    for (const [address, port] of [
      ['2.2.2.3', 6000],
      ['2.2.2.2', 6001],
    ] as const) {
      const { agent } = loneAgent();
      agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
      const [check] = drain(agent, 0);
      assert.equal(agent.receive(answer(check!), address, port, 10), true);
      assert.equal(agent.selected, null);
    }
  });

  test('an IPv4 answer on a dual-stack socket counts as coming from the IPv4 address', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const [check] = drain(agent, 0);
    agent.receive(answer(check!), '::ffff:2.2.2.2', 6000, 10);
    assert.equal(agent.selected?.address, '2.2.2.2');
  });

  test('a request with an unknown attribute gets 420, one without priority 400, both signed', () => {
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [], 0);
    const key = utf8Encode(agent.local.password);
    const username = `${agent.local.ufrag}:${REMOTE.ufrag}`;
    const request = () => new StunBuilder(StunClass.Request, new Uint8Array(12)).username(username);
    const unknown = request().priority(5).attribute(0x7777, new Uint8Array(4)).integrity(key).finish();
    const incomplete = request().integrity(key).finish();
    for (const [message, code] of [
      [unknown, 420],
      [incomplete, 400],
    ] as const) {
      agent.receive(message, '2.2.2.2', 6000, 5);
      const [reply] = drain(agent, 5);
      assert.equal(parseStunMessage(reply!.bytes)!.error?.code, code);
      assert.notEqual(parseStunMessage(reply!.bytes)!.integrityOffset, -1);
    }
  });

  test('a flood of authentic checks from many ports makes a bounded number of pairs', () => {
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [], 0);
    const targets = new Set<number>();
    for (let port = 1; port <= 500; port++) {
      agent.receive(peerCheck(agent, { role: 'controlling' }), '6.6.6.6', port, 1);
      for (const out of drain(agent, 1)) if (isRequest(out)) targets.add(out.port);
    }
    assert.equal(targets.size, 16);
  });

  test('a flood on one pair makes at most one check per 20 ms', () => {
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [], 0);
    let checks = 0;
    for (let nowMs = 0; nowMs < 1000; nowMs++) {
      agent.receive(peerCheck(agent, { role: 'controlling' }), '6.6.6.6', 6000, nowMs);
      agent.wake(nowMs);
      checks += drain(agent, nowMs).filter(isRequest).length;
    }
    assert.ok(checks >= 10 && checks <= 51, `${checks} checks in a second`);
  });

  test('early checks from many ports are answered, and remembered up to a bound', () => {
    const { agent } = loneAgent('controlled');
    for (let port = 1; port <= 40; port++) {
      agent.receive(peerCheck(agent, { role: 'controlling' }), '6.6.6.6', port, 1);
      assert.equal(drain(agent, 1).length, 1);
    }
    const named = Array.from({ length: 24 }, (_, i) => host('6.6.6.6', 17 + i));
    agent.setRemote(REMOTE, named, 2);
    // One for each remembered check, and the first of the paced ones.
    assert.equal(drain(agent, 2).filter(isRequest).length, 17);
  });

  test('credentials that break the grammar end in no-path at the next wake', () => {
    for (const bad of [
      { ufrag: 'abc', password: REMOTE.password },
      { ufrag: 'a'.repeat(5000), password: '' },
    ]) {
      const { agent, failures } = loneAgent();
      agent.setRemote(bad, [host('2.2.2.2')], 100);
      assert.equal(agent.nextWakeMs(), 100);
      assert.deepEqual(drain(agent, 100), []);
      agent.wake(100);
      assert.deepEqual(failures, ['no-path']);
    }
  });

  test('other credentials in a later call are ignored, the same ones add candidates', () => {
    const { agent } = loneAgent();
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    agent.setRemote({ ...REMOTE, ufrag: 'other' }, [host('3.3.3.3')], 0);
    agent.setRemote(REMOTE, [host('4.4.4.4')], 0);
    agent.wake(100);
    assert.deepEqual(
      drain(agent, 100).map((out) => out.address),
      ['2.2.2.2', '4.4.4.4'],
    );
  });

  test('20 000 random and mutated messages are never thrown at', () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? 77);
    const random = seededRandom(seed);
    const { agent } = loneAgent('controlled');
    agent.setRemote(REMOTE, [host('2.2.2.2')], 0);
    const samples = [peerCheck(agent, { role: 'controlling', nominates: true }), answer(drain(agent, 0)[0]!)];
    for (let round = 0; round < 20_000; round++) {
      const bytes = samples[round % 2]!.slice();
      for (let i = Math.floor(random() * 4); i > 0; i--) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      try {
        agent.receive(bytes, random() < 0.1 ? 'fe80::1%lo' : '2.2.2.2', 6000, round / 100);
        drain(agent, round / 100);
      } catch (error) {
        assert.fail(`seed ${seed} round ${round}: ${String(error)}`);
      }
    }
  });
});
