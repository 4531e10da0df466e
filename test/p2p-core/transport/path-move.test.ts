import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LinkOptions } from '../../sim/link';
import { VideoSource } from '../../sim/video-source';
import { World } from '../../sim/world';

describe('a move to another address of the peer, which keeps what is known of the path before', () => {
  const LAN: LinkOptions = { delayMs: 2, bitsPerSecond: 50e6, queueBytes: 200_000 };
  const CELLULAR: LinkOptions = { delayMs: 50, bitsPerSecond: 10e6, queueBytes: 300_000, lossRate: 0.01 };

  function move(to: LinkOptions, bitsPerSecond: number, from: LinkOptions) {
    const world = new World(1);
    const holder: { source?: VideoSource } = {};
    const pair = world.connect({
      forward: { ...from },
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          holder.source!.onData(bytes.length);
        },
      }),
    });
    const source = new VideoSource(world, pair.server, pair.server.transport.openStream(2), bitsPerSecond);
    holder.source = source;
    source.start(9_000);
    world.run(4000);
    for (const end of [pair.client, pair.server]) {
      end.out.options = { ...to };
      end.transport.pathChanged(4000);
      end.drive();
    }
    const before = source.delaysMs.length;
    world.run(9_000);
    const slowestMs = Math.max(...source.delaysMs.slice(before), ...source.waitingMs());
    return { slowestMs, droppedCount: pair.server.out.droppedCount };
  }

  test('takes live video from a LAN to a mobile network and back without a stop', (t) => {
    for (const [what, ms, run] of [
      ['4 Mbit/s to the mobile network', 320, move(CELLULAR, 4e6, LAN)],
      [
        '2 Mbit/s to a slow one',
        400,
        move({ ...CELLULAR, bitsPerSecond: 3e6, queueBytes: 100_000 }, 2e6, LAN),
      ],
      ['4 Mbit/s back', 150, move(LAN, 4e6, CELLULAR)],
    ] as const) {
      t.diagnostic(`${what}: ${run.slowestMs.toFixed(0)} ms, ${run.droppedCount} dropped`);
      assert.ok(run.slowestMs < ms, `${what}: a picture took ${run.slowestMs} ms`);
      assert.equal(run.droppedCount, 0);
    }
  });
});
