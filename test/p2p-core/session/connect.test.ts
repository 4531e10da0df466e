import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inWorld } from '../../sim/session-world';
import type { NatKind } from '../../sim/session-world';

const KINDS: NatKind[] = ['direct', 'full cone', 'restricted', 'port-restricted'];

describe('a session is found and carries media, whatever stands between viewer and camera', () => {
  for (const viewerNat of KINDS) {
    for (const cameraNat of KINDS) {
      test(`viewer ${viewerNat}, camera ${cameraNat}`, async (t) => {
        await inWorld({ seed: 1, rttMs: 50, viewerNat, cameraNat }, async (world) => {
          const viewer = world.addViewer();
          await viewer.getReady();
          const startMs = world.nowMs;
          const sink = viewer.newSink();
          const { heard, call } = viewer.start('a', sink);
          await world.until('media', () => sink.bytes >= 10_000);
          t.diagnostic(`first byte after ${(sink.firstMs - startMs).toFixed(1)} ms`);
          assert.equal(call.value, 0);
          assert.deepEqual(
            heard.events.map((event) => event.subtype),
            ['connected', 'request', 'parsed'],
          );
          // Three round trips of 50 ms, and one more where the first check opens the hole in a NAT.
          assert.ok(sink.firstMs - startMs <= 3.5 * 50 + 50, `${sink.firstMs - startMs} ms`);
        });
      });
    }
  }
});
