import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NatWatch } from '../../../p2p-core/api/nat-watch';
import type { NetworkChange, Port } from '../../../p2p-core/port/port';
import type { Endpoint } from '../../../p2p-core/session/endpoint';
import { VirtualClock } from '../../sim/virtual-clock';

const CHANGE: NetworkChange = { isConnected: true, networkType: '4g' };

function watched(onChange: (watch: NatWatch) => void, onMoved: (watch: NatWatch) => void = () => {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  let change: (change: NetworkChange) => void = () => assert.fail('nobody listens');
  const port: Pick<Port, 'clock' | 'onNetworkChange'> = {
    clock,
    onNetworkChange: (listener) => {
      change = listener;
      return () => void told.push('left');
    },
  };
  const endpoint: Partial<Endpoint> = {
    isOpen: true,
    probeNat: (_servers, done) => {
      told.push('probe');
      done(null);
    },
    networkChanged: () => {
      told.push('moved');
      onMoved(watch);
    },
  };
  const watch: NatWatch = new NatWatch(port as Port, endpoint as Endpoint, () => onChange(watch));
  watch.start(['stun.example:3478'], (event) => told.push(event));
  change(CHANGE);
  clock.run(600);
  return { clock, told, watch };
}

describe('the watch of the network', () => {
  test('probes, moves the sessions and goes on', () => {
    const { clock, told, watch } = watched(() => {});
    assert.deepEqual(told, ['probe', 'natError', 'moved']);
    clock.run(121_000);
    assert.deepEqual(told.slice(3), ['probe', 'natError']);
    watch.stop();
    assert.equal(clock.pendingCount, 0);
  });

  for (const [who, told, run] of [
    ['a service that hears of the change', ['left'], () => watched((watch) => watch.stop())],
    [
      'a session that is moved',
      ['probe', 'natError', 'moved', 'left'],
      () =>
        watched(
          () => {},
          (watch) => watch.stop(),
        ),
    ],
  ] as [string, string[], () => ReturnType<typeof watched>][]) {
    test(`is over for good when ${who} makes the app destroy the module`, () => {
      const world = run();
      assert.equal(world.clock.pendingCount, 0);
      world.clock.run(600_000);
      assert.deepEqual(world.told, told);
    });
  }
});
