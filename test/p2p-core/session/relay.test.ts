/** Sessions through a TURN server in virtual time: who needs one, who may use one, and how they get off it again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PathPolicy } from '../../../p2p-core/path/types';
import { ErrCode } from '../../../p2p-core/index';
import { inWorld, TURN_ADDRESS } from '../../sim/session-world';
import type { NatKind, SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import type { StreamSink } from '../../sim/session-world-app';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';

interface Playing {
  viewer: SimViewer;
  heard: Heard;
  sink: StreamSink;
}

async function play(world: SessionWorld, policy: PathPolicy | null = null): Promise<Playing> {
  const viewer = world.addViewer();
  viewer.pathPolicy = policy;
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 10_000);
  return { viewer, heard, sink };
}

const kindsOf = (heard: Heard): string[] =>
  heard.events
    .filter(({ subtype }) => subtype === 'connected' || subtype === 'path')
    .map(({ detail }) => (detail as unknown as { pathKind: string }).pathKind);
const lastKindOf = (heard: Heard): string => kindsOf(heard).pop()!;

const PLACES: NatKind[] = ['direct', 'full cone', 'restricted', 'port-restricted', 'symmetric'];
const isPicky = (place: NatKind): boolean => place === 'symmetric' || place === 'port-restricted';
const needsRelay = (a: NatKind, b: NatKind): boolean =>
  (a === 'symmetric' && isPicky(b)) || (b === 'symmetric' && isPicky(a));

describe('with a relay every pair of NATs plays, over a direct path wherever there is one', () => {
  for (const viewerNat of PLACES) {
    for (const cameraNat of PLACES) {
      test(`viewer ${viewerNat}, camera ${cameraNat}`, async (t) => {
        await inWorld(
          { seed: 3, viewerNat, cameraNat, hasTurn: true, hasStun: true, rttMs: 60 },
          async (world) => {
            const { heard, sink } = await play(world);
            await world.run(4000);
            const before = sink.bytes;
            await world.run(16_000);
            assert.ok(sink.bytes > before + 500_000, 'video goes on');
            assert.equal(heard.count('disconnect'), 0);
            t.diagnostic(kindsOf(heard).join(' → '));
            assert.equal(lastKindOf(heard) === 'relay', needsRelay(viewerNat, cameraNat));
            // 10 s after the direct path was agreed on nobody holds a relay any more.
            if (!needsRelay(viewerNat, cameraNat)) assert.equal(world.relay.allocationCount, 0);
          },
        );
      });
    }
  }
});

describe('the path policy', () => {
  const OPEN: SessionWorldOptions = { seed: 5, hasTurn: true, hasStun: true, rttMs: 60 };

  for (const [who, viewer, camera] of [
    ['viewer', 'relay-only', undefined],
    ['camera', null, 'relay-only'],
    ['both', 'relay-only', 'relay-only'],
  ] as const) {
    test(`relay-only of ${who}: everything goes through the relay, and the peer learns no address`, async () => {
      const options = camera === undefined ? OPEN : { ...OPEN, cameraPolicy: camera };
      await inWorld(options, async (world) => {
        const direct = { bytes: 0 };
        world.network.watch = (from, to) => {
          const ends = [from, to];
          const hosts = [world.camera.host.publicAddress, world.viewers[0]?.host.publicAddress ?? ''];
          if (hosts.every((host) => ends.includes(host))) direct.bytes++;
        };
        const { heard, sink } = await play(world, viewer);
        const before = sink.bytes;
        await world.run(5000);
        assert.ok(sink.bytes > before + 100_000);
        assert.deepEqual([...new Set(kindsOf(heard))], ['relay']);
        assert.equal(direct.bytes, 0, 'datagrams past the relay');
      });
    });
  }

  test('direct-only: no relay is asked for, and without a direct path it is -2805', async () => {
    await inWorld(
      { ...OPEN, viewerNat: 'symmetric', cameraNat: 'symmetric', cameraPolicy: 'direct-only' },
      async (world) => {
        let asked = 0;
        world.network.watch = (_from, to) => {
          if (to === TURN_ADDRESS) asked++;
        };
        const viewer = world.addViewer();
        viewer.pathPolicy = 'direct-only';
        await viewer.getReady();
        const { heard } = viewer.start('a', viewer.newSink());
        await world.until('the end', () => heard.count('disconnect') > 0, 12_000);
        assert.equal(heard.events.pop()!.detail.errcode, ErrCode.NoPath);
        assert.equal(asked, 0);
      },
    );
  });

  test('direct-only of the viewer: relays of the camera are not used either', async () => {
    await inWorld({ ...OPEN, viewerNat: 'symmetric', cameraNat: 'symmetric' }, async (world) => {
      const viewer = world.addViewer();
      viewer.pathPolicy = 'direct-only';
      await viewer.getReady();
      const { heard } = viewer.start('a', viewer.newSink());
      await world.until('the end', () => heard.count('disconnect') > 0, 12_000);
      assert.equal(heard.events.pop()!.detail.errcode, ErrCode.NoPath);
    });
  });
});

describe('a session through a relay', () => {
  const RELAYED: SessionWorldOptions = {
    seed: 6,
    hasTurn: true,
    viewerNat: 'symmetric',
    cameraNat: 'symmetric',
    rttMs: 60,
  };

  test('lasts: permissions, channels and allocations are renewed', async () => {
    await inWorld({ ...RELAYED, feed: { frameBytes: 2000, frameMs: 500 } }, async (world) => {
      const { heard, sink } = await play(world);
      for (let minutes = 0; minutes < 25; minutes++) {
        const before = sink.bytes;
        await world.run(60_000);
        assert.ok(sink.bytes > before + 20_000, `video in minute ${minutes}`);
      }
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('costs 4 bytes a datagram once its channel is bound', async () => {
    await inWorld(RELAYED, async (world) => {
      await play(world);
      await world.run(2000);
      const sizes = { data: 0, indications: 0 };
      world.network.filter = (datagram) => {
        if (datagram[0]! >= 0x40 && datagram[0]! < 0x50) sizes.data++;
        else if (datagram[0] === 0 && (datagram[1] === 0x16 || datagram[1] === 0x17)) sizes.indications++;
        return true;
      };
      await world.run(3000);
      assert.ok(sizes.data > 100, `${sizes.data}`);
      assert.equal(sizes.indications, 0);
    });
  });

  test('is found with a relay that only one end has', async () => {
    await inWorld({ ...RELAYED, hasTurn: false }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a', viewer.newSink());
      await world.until('the end', () => heard.count('disconnect') > 0, 12_000);
    });
    await inWorld({ ...RELAYED, cameraPolicy: 'direct-only' }, async (world) => {
      // The camera takes the viewer's relay for what it is, and has none of its own: forbidden to it, so no path.
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a', viewer.newSink());
      await world.until('the end', () => heard.count('disconnect') > 0, 12_000);
      assert.equal(heard.events.pop()!.detail.errcode, ErrCode.NoPath);
    });
    await inWorld({ ...RELAYED, isTurnOfCameraOnly: true }, async (world) => {
      const { heard } = await play(world);
      await world.run(2000);
      assert.equal(lastKindOf(heard), 'relay');
    });
  });

  test('ends with nothing left at the server', async () => {
    await inWorld(RELAYED, async (world) => {
      const { viewer } = await play(world);
      viewer.destroy();
      world.camera.stop();
      await world.run(1000);
      assert.equal(world.relay.allocationCount, 0);
    });
  });

  test('starts on the relay when direct checks are slow, and moves off it without a gap', async () => {
    await inWorld(
      { ...RELAYED, viewerNat: 'port-restricted', cameraNat: 'port-restricted' },
      async (world) => {
        let isDirectOpen = false;
        const viewer = world.addViewer();
        await viewer.getReady();
        const publicAddresses = [viewer.host.publicAddress, world.camera.host.publicAddress];
        world.network.passes = (from, to) =>
          isDirectOpen || !(publicAddresses.includes(from) && publicAddresses.includes(to));
        const sink = viewer.newSink();
        const { heard } = viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 50_000);
        await world.run(2500);
        assert.deepEqual(kindsOf(heard), ['relay']);
        isDirectOpen = true;
        await world.until('a direct path', () => lastKindOf(heard) !== 'relay', 6000);
        for (let i = 0; i < 20; i++) {
          const before = sink.bytes;
          await world.run(300);
          assert.ok(sink.bytes > before, 'no gap');
        }
      },
    );
  });
});
