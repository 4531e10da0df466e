import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { presetOf } from '../../sim/presets';
import { inWorld } from '../../sim/session-world';

const RAMP_UP_MS = 6000;
const MEASURED_MS = 12_000;

describe('a download over a geostationary satellite', () => {
  test('takes four fifths of the link: windows hold a round trip, and another one for what was lost', async (t) => {
    const link = presetOf('satellite').down;
    await inWorld({ seed: 1, rttMs: link.delayMs * 2, link }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      const sink = viewer.newSink();
      viewer.pull('a', sink, `tag=${sink.tag}&bytes=30000000`);
      await world.run(RAMP_UP_MS);
      const before = sink.bytes;
      await world.run(MEASURED_MS);
      const share = ((sink.bytes - before) * 8000) / MEASURED_MS / link.bitsPerSecond!;
      t.diagnostic(`${(share * 100).toFixed(0)} % of the link`);
      assert.ok(share >= 0.8, `${share}`);
      viewer.stop('a');
    });
  });
});
