/** IPv6 beside IPv4: sessions whose only way is IPv6, in virtual time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import type { SimViewer } from '../../sim/session-world-viewer';

/** Two NATs that let nothing through between them. */
const NO_IPV4: SessionWorldOptions = {
  seed: 1,
  rttMs: 50,
  viewerNat: 'symmetric',
  cameraNat: 'symmetric',
  cameraAddress6: '2001:db8:c::1',
};
const VIEWER = '2001:db8:a::7';

function dualStackViewer(world: SessionWorld): SimViewer {
  const viewer = world.addViewer();
  viewer.host.address6 = VIEWER;
  return viewer;
}

async function plays(world: SessionWorld, viewer: SimViewer): Promise<string> {
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 50_000, 3000);
  assert.equal(heard.count('disconnect'), 0);
  return viewer.module.getStats('a')!.pathKind!;
}

describe('over IPv6 in virtual time', () => {
  test('two symmetric NATs without a relay are no hindrance where both ends have IPv6', async () => {
    await inWorld(NO_IPV4, async (world) => {
      assert.equal(await plays(world, dualStackViewer(world)), 'host');
    });
  });

  test('a viewer whose platform does not tell its IPv6 address is found by its checks', async () => {
    await inWorld(NO_IPV4, async (world) => {
      const viewer = dualStackViewer(world);
      viewer.sim.hidesIpv6 = true;
      assert.equal(await plays(world, viewer), 'host');
    });
  });

  test('a firewall that lets only answers in: a STUN server asked over IPv6 tells the address the platform hides', async () => {
    await inWorld({ ...NO_IPV4, hasStun6: true }, async (world) => {
      const opened = new Set<string>();
      world.network.passes = (from, to) => {
        if (!to.includes(':') || from === to) return true;
        opened.add(`${from} ${to}`);
        return to !== '2001:db8:c::1' || opened.has(`${to} ${from}`);
      };
      const viewer = dualStackViewer(world);
      viewer.sim.hidesIpv6 = true;
      assert.equal(await plays(world, viewer), 'host');
      assert.ok(opened.has(`2001:db8:c::1 ${VIEWER}`), 'the camera has sent to the address');
    });
  });

  test('a viewer without IPv6 sends nothing there and hears -2805', async () => {
    await inWorld(NO_IPV4, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.network.watch = (from, to) => assert.ok(!`${from}${to}`.includes(':'), `${from} to ${to}`);
      const { heard } = viewer.start('a', viewer.newSink());
      await world.until('the end', () => heard.count('disconnect') === 1, 15_000);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.NoPath);
    });
  });

  test('a session moves from IPv4 to IPv6 when the IPv4 of its viewer is lost', async () => {
    const options = { ...NO_IPV4, viewerNat: 'full cone', cameraNat: 'full cone' } as const;
    await inWorld(options, async (world) => {
      const viewer = dualStackViewer(world);
      await plays(world, viewer);
      world.network.passes = (_from, to) => to.includes(':');
      const sink = viewer.sinks[0]!;
      const before = sink.bytes;
      await world.until('video again', () => sink.bytes > before + 100_000, 4000);
      assert.equal(viewer.services[0]!.count('disconnect'), 0);
      world.network.passes = () => true;
    });
  });
});
