import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NatBehaviourTest } from '../../../p2p-core/path/nat-behaviour';
import type { NatBehaviour } from '../../../p2p-core/path/nat-behaviour';
import {
  answerBindingRequest,
  CHANGE_IP,
  CHANGE_PORT,
  changeRequestOf,
} from '../../../p2p-core/path/stun-server';
import { Nat } from './support/nat';
import type { NatType } from './support/nat';
import { seededFill } from './support/random';

const SERVER = { address: '198.51.100.1', port: 3478 };
const OTHER = { address: '198.51.100.2', port: 3479 };
const INSIDE = '10.0.0.2:5000';

/** Asks a server with two addresses and two ports through a NAT of this kind. */
function ask(type: NatType, isAlternateAlive = true): { behaviour: NatBehaviour | null; tookMs: number } {
  const nat = new Nat('203.0.113.1', type);
  const mapped = { address: nat.publicAddress, port: nat.outbound(INSIDE, SERVER.address, SERVER.port) };
  const asked = new NatBehaviourTest({
    server: SERVER,
    other: OTHER,
    mapped,
    fillRandom: seededFill(1),
    nowMs: 0,
  });
  let nowMs = 0;
  while (asked.nextWakeMs() !== Infinity) {
    nowMs = Math.max(nowMs, asked.nextWakeMs());
    asked.wake(nowMs);
    let out;
    while ((out = asked.poll(nowMs)) !== null) {
      const port = nat.outbound(INSIDE, out.address, out.port);
      const change = changeRequestOf(out.bytes);
      const isOther = (out.address === OTHER.address) !== ((change & CHANGE_IP) !== 0);
      const isOtherPort = (out.port === OTHER.port) !== ((change & CHANGE_PORT) !== 0);
      const origin = {
        address: isOther ? OTHER.address : SERVER.address,
        port: isOtherPort ? OTHER.port : SERVER.port,
      };
      const answer = answerBindingRequest(out.bytes, nat.publicAddress, port, { origin, other: OTHER });
      assert.ok(answer!.length <= 3 * out.bytes.length);
      if (!isAlternateAlive && isOther) continue;
      if (nat.inbound(port, origin.address, origin.port) !== null) asked.receive(answer!, nowMs);
    }
  }
  return { behaviour: asked.result, tookMs: nowMs };
}

describe('the behaviour of a NAT, asked of a server with two addresses', () => {
  for (const [type, mapping, filtering] of [
    ['full cone', 'independent', 'independent'],
    ['restricted', 'independent', 'address'],
    ['port-restricted', 'independent', 'address-and-port'],
    ['symmetric', 'address-and-port', 'address-and-port'],
  ] as const) {
    test(`${type}: mapping ${mapping}, filtering ${filtering}, within 3 s`, () => {
      const { behaviour, tookMs } = ask(type);
      assert.deepEqual(behaviour, { mapping, filtering });
      assert.ok(tookMs <= 3000, `${tookMs} ms`);
    });
  }

  test('stays unknown when the other address is dead, and ends', () => {
    assert.equal(ask('full cone', false).behaviour, null);
  });

  test('a server without a second address refuses to change, and that ends it', () => {
    const mapped = { address: '203.0.113.1', port: 1 };
    const asked = new NatBehaviourTest({
      server: SERVER,
      other: OTHER,
      mapped,
      fillRandom: seededFill(1),
      nowMs: 0,
    });
    const request = asked.poll(0)!;
    assert.ok(asked.receive(answerBindingRequest(request.bytes, '203.0.113.1', 1)!, 10));
    assert.equal(asked.nextWakeMs(), Infinity);
    assert.equal(asked.result, null);
  });
});
