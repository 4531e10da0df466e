import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { StunAttribute, StunClass } from '../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import { answerBindingRequest } from '../../../p2p-core/path/stun-server';
import { createStunProbe } from '../../../p2p-core/path/stun-client';
import type { StunProbe } from '../../../p2p-core/path/stun-client';
import { seededFill } from './support/random';

const SERVERS = [
  { address: 'stun-a.example', port: 3478 },
  { address: 'stun-b.example', port: 3478 },
];
const start = (servers = SERVERS, more: object = {}) =>
  createStunProbe({ servers, fillRandom: seededFill(3), nowMs: 1000, ...more });

function drain(probe: StunProbe, nowMs: number) {
  const sent = [];
  let out;
  while ((out = probe.poll(nowMs)) !== null) sent.push(out);
  return sent;
}

describe('createStunProbe', () => {
  test('asks all servers at once by the names they have', () => {
    const sent = drain(start(), 1000);
    assert.deepEqual(
      sent.map(({ address, port }) => ({ address, port })),
      SERVERS,
    );
    const ids = sent.map(({ bytes }) => Buffer.from(parseStunMessage(bytes)!.transactionId).toString('hex'));
    assert.notEqual(ids[0], ids[1]);
  });

  test('one mapping seen by two servers is endpoint-independent', () => {
    const probe = start();
    const [a, b] = drain(probe, 1000);

    assert.equal(
      probe.receive(answerBindingRequest(a!.bytes, '203.0.113.1', 700)!, '9.9.9.1', 3478, 1040),
      true,
    );
    assert.equal(probe.result, null);
    assert.deepEqual(probe.mapped, { address: '203.0.113.1', port: 700 });
    assert.equal(
      probe.receive(answerBindingRequest(b!.bytes, '203.0.113.1', 700)!, '9.9.9.2', 3478, 1070),
      true,
    );

    assert.deepEqual(probe.result, {
      outcome: 'mapped',
      mapped: { address: '203.0.113.1', port: 700 },
      perServer: [
        { server: SERVERS[0], mapped: { address: '203.0.113.1', port: 700 }, rttMs: 40 },
        { server: SERVERS[1], mapped: { address: '203.0.113.1', port: 700 }, rttMs: 70 },
      ],
      mappingBehaviour: 'endpoint-independent',
    });
    assert.equal(probe.nextWakeMs(), Infinity);
    assert.equal(probe.poll(9999), null);
  });

  const behaviour = (first: [string, number, string], second: [string, number, string]) => {
    const probe = start();
    drain(probe, 1000).forEach(({ bytes }, i) => {
      const [address, port, server] = i === 0 ? first : second;
      probe.receive(answerBindingRequest(bytes, address, port)!, server, 3478, 1010);
    });
    return probe.result!.mappingBehaviour;
  };
  test('two mappings are address-dependent', () => {
    assert.equal(
      behaviour(['203.0.113.1', 700, '9.9.9.1'], ['203.0.113.1', 701, '9.9.9.2']),
      'address-dependent',
    );
    assert.equal(
      behaviour(['203.0.113.1', 700, '9.9.9.1'], ['203.0.113.2', 700, '9.9.9.2']),
      'address-dependent',
    );
  });
  test('one address of the servers, or one family each, leaves the behaviour unknown', () => {
    assert.equal(behaviour(['203.0.113.1', 700, '9.9.9.1'], ['203.0.113.1', 700, '9.9.9.1']), 'unknown');
    assert.equal(
      behaviour(['203.0.113.1', 700, '9.9.9.1'], ['2001:db8::1', 700, '2001:db8:9::9']),
      'unknown',
    );
  });

  test('repeats unanswered requests after 250, 500, 1000 ms and fails when the time is over', () => {
    const probe = start([SERVERS[0]!]);
    const sentAt: number[] = [];
    let nowMs = 1000;
    while (probe.result === null) {
      sentAt.push(...drain(probe, nowMs).map(() => nowMs));
      assert.ok(probe.nextWakeMs() > nowMs);
      nowMs = probe.nextWakeMs();
      probe.wake(nowMs);
    }
    assert.deepEqual(sentAt, [1000, 1250, 1750, 2750]);
    assert.equal(nowMs, 4000);
    assert.equal(probe.result.outcome, 'failed');
    assert.equal(probe.result.mapped, null);
    assert.equal(probe.result.mappingBehaviour, 'unknown');
    assert.equal(probe.nextWakeMs(), Infinity);
  });

  test('ends with what it has when one server stays silent', () => {
    const probe = start(SERVERS, { timeoutMs: 500 });
    const [, b] = drain(probe, 1000);
    probe.receive(answerBindingRequest(b!.bytes, '203.0.113.1', 700)!, '9.9.9.2', 3478, 1010);
    probe.wake(1499);
    assert.equal(probe.result, null);
    probe.wake(1500);
    assert.equal(probe.result!.outcome, 'mapped');
    assert.equal(probe.result!.perServer[0]!.mapped, null);
    assert.deepEqual(probe.result!.mapped, { address: '203.0.113.1', port: 700 });
  });

  test('an error answer counts as an answer without a mapping', () => {
    const probe = start([SERVERS[0]!]);
    const [a] = drain(probe, 1000);
    const id = parseStunMessage(a!.bytes)!.transactionId;
    probe.receive(new StunBuilder(StunClass.Error, id).errorCode(500).finish(), '9.9.9.1', 3478, 1010);
    assert.equal(probe.result!.outcome, 'failed');
  });

  test('reads MAPPED-ADDRESS of servers that know no other', () => {
    const probe = start([SERVERS[0]!]);
    const [a] = drain(probe, 1000);
    const id = parseStunMessage(a!.bytes)!.transactionId;
    const mapped = { address: '203.0.113.8', port: 9 };
    probe.receive(
      new StunBuilder(StunClass.Success, id).plainAddress(StunAttribute.MappedAddress, mapped).finish(),
      '9.9.9.1',
      3478,
      1010,
    );
    assert.deepEqual(probe.result!.mapped, mapped);
  });

  test('leaves other messages to others: its own request, unknown transactions, a bent fingerprint', () => {
    const probe = start();
    const [a] = drain(probe, 1000);
    const answer = answerBindingRequest(a!.bytes, '203.0.113.1', 700)!;
    assert.equal(probe.receive(a!.bytes, '9.9.9.1', 3478, 1010), false);
    const stranger = new StunBuilder(StunClass.Success, new Uint8Array(12)).finish();
    assert.equal(probe.receive(stranger, '9.9.9.1', 3478, 1010), false);
    const bent = answer.slice();
    bent[27]! ^= 1;
    assert.equal(probe.receive(bent, '9.9.9.1', 3478, 1010), false);
    assert.equal(probe.mapped, null);
  });

  test('takes the first answer of a server and swallows repeated ones', () => {
    const probe = start();
    const [a] = drain(probe, 1000);
    probe.receive(answerBindingRequest(a!.bytes, '203.0.113.1', 700)!, '9.9.9.1', 3478, 1010);
    assert.equal(
      probe.receive(answerBindingRequest(a!.bytes, '203.0.113.1', 999)!, '9.9.9.1', 3478, 1020),
      true,
    );
    assert.deepEqual(probe.mapped, { address: '203.0.113.1', port: 700 });
  });

  test('without servers it has failed at once; with many it asks eight', () => {
    assert.equal(start([]).result!.outcome, 'failed');
    assert.equal(
      drain(start(Array.from({ length: 30 }, (_, i) => ({ address: `9.9.9.${i}`, port: 1 }))), 1000).length,
      8,
    );
  });

  test('closed, it sends, takes and awaits nothing', () => {
    const probe = start();
    const [a] = drain(probe, 1000);
    probe.close();
    assert.equal(probe.nextWakeMs(), Infinity);
    assert.equal(probe.poll(2000), null);
    assert.equal(
      probe.receive(answerBindingRequest(a!.bytes, '203.0.113.1', 700)!, '9.9.9.1', 3478, 1010),
      false,
    );
    probe.wake(9000);
    assert.equal(probe.result, null);
  });
});
