import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { IcePeer, openStunServer } from './support/ice-peer';
import { Nat } from './support/nat';
import type { NatType } from './support/nat';
import { VirtualNetwork } from './support/virtual-network';
import type { NetworkOptions } from './support/virtual-network';

type Place = NatType | 'open';

/** Two probed agents, each at its place; both know each other's offer. */
function meet(viewerAt: Place, cameraAt: Place, options: NetworkOptions) {
  const network = new VirtualNetwork(options);
  const servers = [openStunServer(network, '9.9.9.9'), openStunServer(network, '9.9.9.10')];
  const place = (at: Place, publicAddress: string, privateAddress: string) =>
    at === 'open'
      ? { addresses: [publicAddress] }
      : { addresses: [privateAddress], nat: new Nat(publicAddress, at) };
  const viewer = new IcePeer(network, {
    role: 'controlling',
    port: 5000,
    seed: options.seed + 1,
    ...place(viewerAt, '1.1.1.1', '10.0.0.2'),
  });
  const camera = new IcePeer(network, {
    role: 'controlled',
    port: 6000,
    seed: options.seed + 2,
    ...place(cameraAt, '2.2.2.2', '192.168.1.3'),
  });
  const probes = [viewer.probeServers(servers), camera.probeServers(servers)];
  network.run(4000, () => probes.every((probe) => probe.result !== null));
  viewer.createAgent();
  camera.createAgent();
  viewer.meet(camera);
  camera.meet(viewer);
  return { network, viewer, camera, startMs: network.nowMs };
}

const PLACES: Place[] = ['open', 'full cone', 'restricted', 'port-restricted', 'symmetric'];

/** What no pair of boxes can do without a relay: a new port per destination against a filter that wants the port. */
function isConnectable(a: Place, b: Place): boolean {
  const isPicky = (place: Place) => place === 'symmetric' || place === 'port-restricted';
  return !((a === 'symmetric' && isPicky(b)) || (b === 'symmetric' && isPicky(a)));
}

describe('ICE through NATs', () => {
  for (const viewerAt of PLACES) {
    for (const cameraAt of PLACES) {
      if (isConnectable(viewerAt, cameraAt)) {
        test(`a viewer at ${viewerAt} and a camera at ${cameraAt} connect, and the path lasts`, (t) => {
          const { network, viewer, camera, startMs } = meet(viewerAt, cameraAt, { seed: 7 });

          // Longer than consent lasts: a path that worked in one direction only would be lost by then.
          network.run(startMs + 45_000);

          assert.ok(viewer.agent.selected, 'viewer has a path');
          assert.ok(camera.agent.selected, 'camera has a path');
          assert.equal(viewer.failure, null);
          assert.equal(camera.failure, null);
          const [viewerMs, cameraMs] = [viewer.selectedAtMs - startMs, camera.selectedAtMs - startMs];
          assert.ok(Math.max(viewerMs, cameraMs) <= 500, `${viewerMs} and ${cameraMs} ms to a path`);
          t.diagnostic(`path after ${viewerMs} ms (viewer), ${cameraMs} ms (camera); one-way latency 20 ms`);
        });
      } else {
        test(`a viewer at ${viewerAt} and a camera at ${cameraAt} end in no-path within the bound`, () => {
          const { network, viewer, camera, startMs } = meet(viewerAt, cameraAt, { seed: 7 });

          network.run(startMs + 8001);

          assert.equal(viewer.failure, 'no-path');
          assert.equal(camera.failure, 'no-path');
          assert.equal(viewer.agent.selected, null);
          assert.equal(viewer.agent.nextWakeMs(), Infinity);
        });
      }
    }
  }
});
