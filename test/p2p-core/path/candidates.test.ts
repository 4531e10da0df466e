import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import {
  candidatePriority,
  comparePairPriority,
  pairPriority,
} from '../../../p2p-core/path/candidate-priority';
import { gatherCandidates, usableRemoteCandidate } from '../../../p2p-core/path/candidates';
import { areIceCredentials, makeIceCredentials } from '../../../p2p-core/path/ice-credentials';
import type { Candidate } from '../../../p2p-core/path/types';
import { seededFill, seededRandom } from './support/random';

const gather = (localAddresses: string[], more: object = {}) =>
  gatherCandidates({ localAddresses, localPort: 5000, ...more });
const shape = (candidates: Candidate[]) => candidates.map((one) => `${one.kind} ${one.address} ${one.port}`);

describe('candidatePriority', () => {
  test('is the formula of RFC 8445 §5.1.2.1 with its recommended preferences', () => {
    assert.equal(candidatePriority('host'), 2130706431);
    assert.equal(candidatePriority('prflx'), 1862270975);
    assert.equal(candidatePriority('srflx'), 1694498815);
    assert.equal(candidatePriority('relay'), 16777215);
    assert.equal(candidatePriority('host', 0), 126 * 2 ** 24 + 255);
  });
});

describe('pairPriority', () => {
  test('orders pairs exactly as the 64-bit formula of §6.1.2.3 does', () => {
    const seed = 5;
    const random = seededRandom(seed);
    const any = () => Math.floor(random() * 2 ** 31);
    const formula = (g: number, d: number) => {
      const [G, D] = [BigInt(g), BigInt(d)];
      return (1n << 32n) * (G < D ? G : D) + 2n * (G > D ? G : D) + (G > D ? 1n : 0n);
    };
    for (let round = 0; round < 2000; round++) {
      const [g, d] = [any(), any()];
      // Near twins are where rounding would show.
      const [g2, d2] = round % 2 ? [d, g] : [g + Math.round(random() * 2 - 1), d];
      const expected = formula(g2, d2) - formula(g, d);
      const order = comparePairPriority(pairPriority(g, d), pairPriority(g2, d2));
      assert.equal(
        Math.sign(order),
        expected < 0n ? -1 : expected > 0n ? 1 : 0,
        `seed ${seed} round ${round}`,
      );
    }
  });
});

describe('gatherCandidates', () => {
  test('offers hosts in the order given, then the mapped address', () => {
    const mapped = { address: '203.0.113.4', port: 6000 };
    const candidates = gather(['192.168.1.5', '10.0.0.7', '2001:db8::9'], { mapped });

    assert.deepEqual(shape(candidates), [
      'host 192.168.1.5 5000',
      'host 10.0.0.7 5000',
      'host 2001:db8::9 5000',
      'srflx 203.0.113.4 6000',
    ]);
    const priorities = candidates.map((one) => one.priority);
    assert.deepEqual(
      priorities,
      [...priorities].sort((a, b) => b - a),
    );
    assert.equal(new Set(priorities).size, priorities.length);
  });

  test('leaves the mapped address out when a host candidate equals it', () => {
    assert.deepEqual(shape(gather(['203.0.113.4'], { mapped: { address: '203.0.113.4', port: 5000 } })), [
      'host 203.0.113.4 5000',
    ]);
    // Another port is another address: a NAT that keeps the address of the host does exist.
    assert.equal(gather(['203.0.113.4'], { mapped: { address: '203.0.113.4', port: 5001 } }).length, 2);
  });

  test('offers loopback only when there is nothing else, or on request and then last', () => {
    assert.deepEqual(shape(gather(['127.0.0.1', '192.168.1.5'])), ['host 192.168.1.5 5000']);
    assert.deepEqual(shape(gather(['127.0.0.1'])), ['host 127.0.0.1 5000']);
    assert.deepEqual(shape(gather(['127.0.0.1', '192.168.1.5'], { includeLoopback: true })), [
      'host 192.168.1.5 5000',
      'host 127.0.0.1 5000',
    ]);
  });

  test('never offers what no packet can be sent to', () => {
    const useless = [
      '0.0.0.0',
      '::',
      '224.0.0.1',
      'ff02::1',
      '255.255.255.255',
      'fe80::1',
      'fe80::1%en0',
      'host.local',
      '',
    ];
    assert.deepEqual(gather(useless), []);
    for (const address of useless) assert.deepEqual(gather([], { mapped: { address, port: 6000 } }), []);
    assert.deepEqual(gather([], { mapped: { address: '203.0.113.4', port: 0 } }), []);
    assert.deepEqual(gather([], { mapped: null }), []);
  });

  test('offers the mapped address alone while the platform has not told the local port', () => {
    const mapped = { address: '203.0.113.4', port: 6000 };
    const candidates = gatherCandidates({ localAddresses: ['192.168.1.5'], localPort: 0, mapped });
    assert.deepEqual(shape(candidates), ['srflx 203.0.113.4 6000']);
  });

  test('offers an address once, however often and in whichever form it is listed', () => {
    const listed = ['192.168.1.5', '::ffff:192.168.1.5', '2001:DB8:0::1', '2001:db8::1', '192.168.1.5'];
    assert.deepEqual(shape(gather(listed)), ['host 192.168.1.5 5000', 'host 2001:db8::1 5000']);
  });

  test('offers 16 candidates at most and keeps a place for the mapped address', () => {
    const many = Array.from({ length: 40 }, (_, i) => `10.0.0.${i + 1}`);
    const candidates = gather(many, { mapped: { address: '203.0.113.4', port: 6000 } });
    assert.equal(candidates.length, 16);
    assert.equal(candidates[15]!.kind, 'srflx');
  });
});

describe('usableRemoteCandidate', () => {
  const good: Candidate = { kind: 'host', address: '192.168.1.5', port: 5000, priority: 77 };

  test('keeps a good candidate and writes its address in canonical form', () => {
    assert.deepEqual(usableRemoteCandidate(good), good);
    assert.equal(usableRemoteCandidate({ ...good, address: '2001:DB8::0:1' })?.address, '2001:db8::1');
  });

  test('refuses addresses, ports and kinds that no check can use', () => {
    for (const address of ['0.0.0.0', '224.0.0.251', '255.255.255.255', 'fe80::1', 'camera.local', '']) {
      assert.equal(usableRemoteCandidate({ ...good, address }), null, address);
    }
    for (const port of [0, -1, 65536, 1.5, NaN]) assert.equal(usableRemoteCandidate({ ...good, port }), null);
    assert.equal(usableRemoteCandidate({ ...good, kind: 'magic' as 'host' }), null);
  });

  test('replaces a priority out of range by that of the kind', () => {
    for (const priority of [0, -5, 2 ** 31, 1.5, NaN, Infinity]) {
      assert.equal(usableRemoteCandidate({ ...good, priority })?.priority, candidatePriority('host'));
    }
  });
});

describe('ICE credentials', () => {
  test('keep to the alphabet and have the entropy of RFC 8445 §5.3', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const credentials = makeIceCredentials(seededFill(seed));
      assert.match(credentials.ufrag, /^[A-Za-z0-9+/]{8}$/);
      assert.match(credentials.password, /^[A-Za-z0-9+/]{24}$/);
      assert.equal(areIceCredentials(credentials), true);
      seen.add(credentials.ufrag).add(credentials.password);
    }
    assert.equal(seen.size, 400);
  });

  test('of a peer are refused when too short, too long or of other characters', () => {
    const ufrag = 'abcd';
    const password = 'p'.repeat(22);
    assert.equal(areIceCredentials({ ufrag, password }), true);
    assert.equal(areIceCredentials({ ufrag: 'abc', password }), false);
    assert.equal(areIceCredentials({ ufrag: 'a'.repeat(257), password }), false);
    assert.equal(areIceCredentials({ ufrag: 'ab:d', password }), false);
    assert.equal(areIceCredentials({ ufrag, password: 'p'.repeat(21) }), false);
    assert.equal(areIceCredentials({ ufrag, password: 'p'.repeat(257) }), false);
    assert.equal(areIceCredentials({ ufrag, password: 'p'.repeat(21) + '\n' }), false);
  });
});
