import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTransport } from '../../p2p-core/transport/transport';
import type { TransportFactory } from '../../p2p-core/transport/types';
import { runCoreWorld } from './core-world';
import { EventLog } from './event-log';
import { runTransportWorld } from './transport-world';
import type { Side } from './world';

/** A transport that bends one byte of what it hands on, once six hundred pieces have come. */
const bending =
  (guilty: Side) =>
  (side: Side): TransportFactory =>
  (options, handler, nowMs) => {
    let pieces = 0;
    const onStreamData = (streamId: number, bytes: Uint8Array): void => {
      if (side === guilty && ++pieces === 600) bytes[bytes.length - 1]! ^= 1;
      handler.onStreamData(streamId, bytes);
    };
    const bent = Object.create(handler, { onStreamData: { value: onStreamData } }) as typeof handler;
    return createTransport(options, bent, nowMs);
  };

function assertTells(message: string, kind: string, seed: number): void {
  assert.match(message, new RegExp(`${kind} world, preset lte, seed ${seed}; again: npm run test:sim -- `));
  assert.ok(message.includes(`--only ${kind} --preset lte --seed ${seed}`));
  const events = message.split('\n').filter((line) => /^\d+\.\d\d [\w-]+( \d+)?: /.test(line));
  assert.ok(events.length > 10 && events.length <= 50, message);
  const times = events.map((line) => parseFloat(line));
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
    'oldest first',
  );
}

describe('a world that breaks an invariant', () => {
  test('remembers its last 50 events, oldest first', () => {
    let nowMs = 0;
    const log = new EventLog(() => nowMs);
    for (; nowMs < 120; nowMs++) log.add('camera', `event ${nowMs}`);
    const lines = log.toString().split('\n');
    assert.equal(lines.length, 50);
    assert.equal(lines[0], '70.00 camera: event 70');
    assert.equal(lines[49], '119.00 camera: event 119');
  });

  test('of two transports tells seed, command and its last events', () => {
    assert.throws(
      () => runTransportWorld({ preset: 'lte', seed: 7, createTransport: bending('client') }),
      ({ message }: Error) => {
        assertTells(message, 'transport', 7);
        return true;
      },
    );
  });

  test('of the whole core tells seed, command and its last events', async () => {
    await assert.rejects(
      runCoreWorld({ preset: 'lte', seed: 7, createTransport: bending('client') }),
      ({ message }: Error) => {
        assertTells(message, 'core', 7);
        return true;
      },
    );
  });
});
