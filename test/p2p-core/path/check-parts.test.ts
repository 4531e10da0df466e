/** The pure parts of the agent: pair states, timing, consent, check list. */
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { nextPairState } from '../../../p2p-core/path/candidate-pair';
import type { PairEvent, PairState } from '../../../p2p-core/path/candidate-pair';
import { CheckList, MAX_PEER_REFLEXIVE, MAX_REMOTE_CANDIDATES } from '../../../p2p-core/path/check-list';
import { candidatePriority } from '../../../p2p-core/path/candidate-priority';
import { retransmitDelayMs } from '../../../p2p-core/path/check-timing';
import {
  CONSENT_EXPIRY_MS,
  consentAnswered,
  consentCheckSent,
  startConsent,
} from '../../../p2p-core/path/consent';
import type { Candidate } from '../../../p2p-core/path/types';

describe('nextPairState', () => {
  const expected: Record<PairState, Record<PairEvent, PairState>> = {
    waiting: {
      sent: 'in-progress',
      answered: 'succeeded',
      broken: 'failed',
      triggered: 'waiting',
      conflicted: 'waiting',
    },
    'in-progress': {
      sent: 'in-progress',
      answered: 'succeeded',
      broken: 'failed',
      triggered: 'in-progress',
      conflicted: 'waiting',
    },
    succeeded: {
      sent: 'succeeded',
      answered: 'succeeded',
      broken: 'failed',
      triggered: 'succeeded',
      conflicted: 'succeeded',
    },
    failed: {
      sent: 'failed',
      answered: 'succeeded',
      broken: 'failed',
      triggered: 'waiting',
      conflicted: 'failed',
    },
  };
  for (const [state, row] of Object.entries(expected)) {
    for (const [event, next] of Object.entries(row)) {
      test(`${state} + ${event} is ${next}`, () => {
        assert.equal(nextPairState(state as PairState, event as PairEvent), next);
      });
    }
  }
});

test('retransmissions follow after 250 ms four times, 500 ms four times and then every 1000 ms', () => {
  assert.deepEqual([1, 4, 5, 8, 9, 16, 1000].map(retransmitDelayMs), [250, 250, 500, 500, 1000, 1000, 1000]);
});

describe('consent', () => {
  const check = (sentMs: number) => ({ transactionId: new Uint8Array(12), sentMs });

  test('is checked after 9.6 to 14.4 seconds and lasts 30', () => {
    assert.equal(startConsent(1000, 0).checkAtMs, 10_600);
    assert.equal(startConsent(1000, 255).checkAtMs, 15_400);
    assert.equal(startConsent(1000, 9).expiresAtMs, 1000 + CONSENT_EXPIRY_MS);
  });

  test('is not prolonged by sending, only by an answer, which also settles older checks', () => {
    let consent = startConsent(0, 0);
    const [first, second, third] = [check(4000), check(8000), check(12_000)];
    for (const one of [first, second, third]) consent = consentCheckSent(consent, one, 0);
    assert.equal(consent.expiresAtMs, CONSENT_EXPIRY_MS);
    // Unanswered: the next one does not wait its full time.
    assert.equal(consent.checkAtMs, 13_000);

    consent = consentAnswered(consent, second, 12_500, 0);

    assert.equal(consent.checkAtMs, 22_100);

    assert.equal(consent.expiresAtMs, 12_500 + CONSENT_EXPIRY_MS);
    assert.deepEqual(consent.outstanding, [third]);
  });

  test('remembers a bounded number of unanswered checks, the newest', () => {
    let consent = startConsent(0, 0);
    for (let i = 1; i <= 50; i++) consent = consentCheckSent(consent, check(i), 0);
    assert.equal(consent.outstanding.length, 8);
    assert.equal(consent.outstanding[7]!.sentMs, 50);
  });
});

describe('CheckList', () => {
  const candidate = (address: string, kind: Candidate['kind'] = 'host', port = 9): Candidate => ({
    kind,
    address,
    port,
    priority: candidatePriority(kind),
  });
  const ipv4 = [candidate('192.168.1.2')];

  test('keeps the best pair first, whatever the order of arrival', () => {
    const list = new CheckList('controlling', ipv4);
    for (const kind of ['relay', 'host', 'srflx', 'prflx'] as const) {
      list.addSignalled(candidate(`10.0.0.${kind.length}`, kind, 9 + kind.charCodeAt(0)));
    }
    assert.deepEqual(
      list.pairs.map((pair) => pair.remote.kind),
      ['host', 'prflx', 'srflx', 'relay'],
    );
  });

  test('takes 32 candidates from signaling and 16 from checks', () => {
    const list = new CheckList('controlling', ipv4);
    for (let i = 0; i < 60; i++) list.addSignalled(candidate(`10.0.0.${i}`));
    for (let i = 0; i < 60; i++) list.addPeerReflexive(0, `10.0.1.${i}`, 9, 5);
    assert.equal(list.pairs.length, MAX_REMOTE_CANDIDATES + MAX_PEER_REFLEXIVE);
    assert.deepEqual(list.addSignalled(candidate('10.9.9.9')), []);
    assert.equal(list.addPeerReflexive(0, '10.9.9.9', 9, 5), null);
    // What is known stays known.
    assert.equal(list.addSignalled(candidate('10.0.0.3'))[0]?.remote.address, '10.0.0.3');
  });

  test('makes no pair of a family that this host has no address of', () => {
    assert.deepEqual(new CheckList('controlling', ipv4).addSignalled(candidate('2001:db8::1')), []);
    assert.deepEqual(new CheckList('controlling', []).addSignalled(candidate('2001:db8::1')), []);
    assert.equal(new CheckList('controlling', []).addSignalled(candidate('10.0.0.1')).length, 1);
    const dual = new CheckList('controlling', [...ipv4, candidate('2001:db8::7')]);
    assert.equal(dual.addSignalled(candidate('2001:db8::1')).length, 1);
  });

  test('a peer-reflexive pair becomes what signaling says of it later', () => {
    const list = new CheckList('controlled', ipv4);
    const pair = list.addPeerReflexive(0, '10.0.0.1', 9, 0x6e000005)!;
    list.addPeerReflexive(0, '10.0.0.2', 9, 0x6e001000);
    assert.equal(list.pairs[0]!.remote.address, '10.0.0.2');

    assert.deepEqual(list.addSignalled(candidate('10.0.0.1')), [pair]);

    assert.equal(pair.remote.kind, 'host');
    assert.equal(list.pairs[0], pair);
    assert.equal(list.pairs.length, 2);
  });

  test('a change of role orders pairs anew', () => {
    const local = [
      { ...candidate('192.168.1.2'), priority: 100 },
      { ...candidate('2001:db8::7'), priority: 200 },
    ];
    const list = new CheckList('controlling', local);
    list.addSignalled({ ...candidate('10.0.0.1'), priority: 200 });
    list.addSignalled({ ...candidate('2001:db8::1'), priority: 100 });
    // Equal but for the tie: the pair whose controlling candidate is the better one comes first.
    assert.equal(list.pairs[0]!.remote.address, '2001:db8::1');
    list.setRole('controlled');
    assert.equal(list.pairs[0]!.remote.address, '10.0.0.1');
  });

  test('a peer-reflexive priority out of range is replaced', () => {
    const list = new CheckList('controlled', ipv4);
    assert.equal(list.addPeerReflexive(0, '10.0.0.1', 9, 0)!.remote.priority, candidatePriority('prflx'));
    assert.equal(
      list.addPeerReflexive(0, '10.0.0.2', 9, 0xffffffff)!.remote.priority,
      candidatePriority('prflx'),
    );
  });

  test('checks no private address through a public relay: servers close the allocation of who does', () => {
    const list = new CheckList('controlling', ipv4);
    list.addRelay(1, '203.0.113.9');
    list.addRelay(2, '192.168.1.9');
    const waysTo = (address: string): number[] => list.addSignalled(candidate(address)).map(({ via }) => via);
    for (const address of ['10.0.0.2', '172.31.0.2', '192.168.7.2', '100.64.0.2', '169.254.0.2']) {
      assert.deepEqual(waysTo(address), [0, 2], address);
    }
    assert.deepEqual(waysTo('127.0.0.1'), [0]);
    for (const address of ['198.51.100.2', '172.32.0.2', '100.128.0.2']) {
      assert.deepEqual(waysTo(address), [0, 1, 2], address);
    }
    // Nor where signaling was faster than the relay.
    list.addRelay(3, '203.0.113.10');
    const via3 = list.pairs.filter(({ via }) => via === 3).map(({ remote }) => remote.address);
    assert.deepEqual(via3.sort(), ['100.128.0.2', '172.32.0.2', '198.51.100.2']);
  });
});
