import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { openChannels } from '../../devkit/camera/sources';
import { createNodePort, nodeClock } from '../../devkit/port/node-port';
import { startHttpFlv } from '../../devkit/servers/http-flv';
import type { HttpFlvServer } from '../../devkit/servers/http-flv';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import type { TrackerWorker } from '../../devkit/tracker/worker';
import { createP2PModule } from '../../p2p-core/api/module';
import { toHex } from '../../p2p-core/bytes/hex';
import { sha256 } from '../../p2p-core/crypto/sha256';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { OurP2PModule, SwarmStats } from '../../p2p-core/index';
import '../../p2p-core/swarm/index';

const SECRET = new Uint8Array(randomBytes(32));

/** One viewer of the stream: every media tag that it was given, by its hash. */
class Viewer {
  readonly module: OurP2PModule;
  readonly tags: string[] = [];
  readonly notices: string[] = [];
  error = '';
  private readonly reader = createFlvReader({
    onTag: ({ type, data, isSequenceHeader }) => {
      if (type !== FlvTagType.Script && !isSequenceHeader) this.tags.push(toHex(sha256(data).subarray(0, 8)));
    },
  });

  constructor() {
    this.module = createP2PModule(createNodePort({ includeLoopback: true, bindAddress: '127.0.0.1' }));
  }

  async start(url: string, signalingUrl: string, swarm: object = {}): Promise<void> {
    assert.equal(await this.module.init({ appParams: {}, servers: { signalingUrl } }), 0);
    const expiryS = Math.floor(Date.now() / 1000) + 3600;
    const token = makeStreamToken(SECRET, url, { expiryS, account: new Uint8Array(randomBytes(8)) });
    const result = await this.module.startP2PService(
      'room',
      { url, swarm: { token, ...swarm } },
      {
        msgCallback: (event, subtype) => this.notices.push(`${event} ${subtype}`),
        dataCallback: (data) => {
          if (!this.reader.feed(new Uint8Array(data))) this.error = this.reader.error;
        },
      },
    );
    assert.equal(result, 0);
  }

  get swarm(): SwarmStats {
    return this.module.getStats('room')!.swarm!;
  }
}

async function until(what: () => string, isDone: () => boolean, withinMs: number): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!isDone()) {
    assert.ok(Date.now() < endMs, `${what()}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All that one viewer got, another one got too, in this order: from the later one's first tag to the shorter one's last. */
function assertSame(a: Viewer, b: Viewer): void {
  const at = a.tags.indexOf(b.tags[0]!);
  const [early, late] =
    at >= 0 ? [a.tags.slice(at), b.tags] : [b.tags.slice(b.tags.indexOf(a.tags[0]!)), a.tags];
  const count = Math.min(early.length, late.length);
  assert.ok(count > 100, `${count} tags in common`);
  const wrong = late.slice(0, count).findIndex((tag, i) => tag !== early[i]);
  assert.equal(wrong, -1, `tag ${wrong} of ${count} differs`);
}

describe('viewers of one stream, over real sockets', () => {
  let servers: Servers;
  let origin: HttpFlvServer;
  let tracker: TrackerWorker;
  const viewers: Viewer[] = [];

  before(async () => {
    servers = await startServers();
    const [channel] = openChannels(nodeClock, { sourceName: 'test:' });
    origin = await startHttpFlv({ source: channel!.source });
    tracker = startTrackerWorker({
      port: createNodePort(),
      url: servers.signalingUrl,
      secret: SECRET,
    });
  });
  after(async () => {
    for (const { module } of viewers) module.destroy();
    await tracker.close();
    await origin.close();
    await servers.close();
  });

  test(
    'bring it to each other, tag by tag, while the server pays for fewer',
    { timeout: 100_000 },
    async () => {
      for (let i = 0; i < 4; i++) {
        const viewer = new Viewer();
        viewers.push(viewer);
        await viewer.start(origin.url, servers.signalingUrl, { upKbps: 8000 });
      }
      const haveBeen = new Set<Viewer>();
      await until(
        () =>
          `one has left the server: ${JSON.stringify([tracker.stats(), ...viewers.map(({ swarm }) => swarm)])}`,
        () => {
          for (const viewer of viewers) if (viewer.swarm.isOnPeers) haveBeen.add(viewer);
          return haveBeen.size > 0;
        },
        60_000,
      );
      await new Promise((resolve) => setTimeout(resolve, 2000));
      for (const { swarm } of haveBeen) assert.ok(swarm.peerBytes > 0);
      assert.ok(viewers.some(({ swarm }) => swarm.uploadBytes > 0 && swarm.children.length > 0));
      assert.equal(tracker.stats().wrongRoots, 0);
      for (const viewer of viewers) {
        assert.equal(viewer.error, '');
        assertSame(viewers[0]!, viewer);
        assert.ok(viewer.notices.includes('devNotify subscribe'), viewer.notices.join());
      }
    },
  );
});
