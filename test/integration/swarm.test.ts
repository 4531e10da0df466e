import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { openChannels } from '../../devkit/camera/sources';
import { createNodePort } from '../../devkit/port/node-port';
import { startBroker } from '../../devkit/servers/broker';
import type { Broker } from '../../devkit/servers/broker';
import { startHttpFlv } from '../../devkit/servers/http-flv';
import type { HttpFlvServer } from '../../devkit/servers/http-flv';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import type { TrackerWorker } from '../../devkit/tracker/worker';
import { createP2PModule } from '../../p2p-core/api/module';
import { toHex } from '../../p2p-core/bytes/hex';
import { sha256 } from '../../p2p-core/crypto/sha256';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { OurP2PModule, SwarmStats } from '../../p2p-core/index';
import type { Port } from '../../p2p-core/port/port';
import '../../p2p-core/swarm/index';
import { SimPlayer } from '../sim/swarm/player';
import { missedOf } from '../support/missed-tags';
import { MovingPhone } from '../support/moving-phone';
import { startProcessClock } from '../support/process-clock';
import type { ProcessClock } from '../support/process-clock';

const SECRET = new Uint8Array(randomBytes(32));
/** What a phone's player holds in front of what it shows. */
const RESERVE_MS = 1000;
/** Of the picture and its sound, at most. */
const GOP_TAGS = 100;
/** The tests wait most of the time: sockets of one machine are quick. */
const SPEED = 5;

/** One stream of a viewer: every media tag that it was given, by its hash, and a player that shows it. */
class Watched {
  readonly tags: string[] = [];
  readonly notices: string[] = [];
  readonly player = new SimPlayer(RESERVE_MS);
  error = '';
  private readonly reader = createFlvReader({
    onTag: ({ type, timestampMs, data, isSequenceHeader }) => {
      if (type === FlvTagType.Script || isSequenceHeader) return;
      this.tags.push(toHex(sha256(data).subarray(0, 8)));
      this.player.feed(this.clock.nowMs(), timestampMs);
    },
  });

  constructor(
    private readonly clock: ProcessClock,
    private readonly module: OurP2PModule,
    private readonly id: string,
  ) {}

  async start(url: string, swarm: object = {}): Promise<void> {
    const expiryS = Math.floor(this.clock.wallMs() / 1000) + 3600;
    const token = makeStreamToken(SECRET, url, { expiryS, account: new Uint8Array(randomBytes(8)) });
    const result = await this.module.startP2PService(
      this.id,
      { url, swarm: { token, upKbps: 8000, reserveMs: RESERVE_MS, ...swarm } },
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
    return this.module.getStats(this.id)!.swarm!;
  }
}

/** All that one viewer got, another one got too, in this order: from the later one's first tag to the shorter one's last. */
function assertSame(a: Watched, b: Watched): void {
  const at = a.tags.indexOf(b.tags[0]!);
  const [early, late] =
    at >= 0 ? [a.tags.slice(at), b.tags] : [b.tags.slice(b.tags.indexOf(a.tags[0]!)), a.tags];
  const count = Math.min(early.length, late.length);
  assert.ok(count > 100, `${count} tags in common`);
  const wrong = late.slice(0, count).findIndex((tag, i) => tag !== early[i]);
  assert.equal(wrong, -1, `tag ${wrong} of ${count} differs`);
}

describe('viewers of one stream, over real sockets', () => {
  const clock = startProcessClock(SPEED);
  let broker: Broker;
  let signalingUrl: string;
  const origins: HttpFlvServer[] = [];
  let tracker: TrackerWorker;
  const modules: OurP2PModule[] = [];
  const viewers: Watched[] = [];
  const phone = new MovingPhone(clock);

  const nodePort = (): Port => ({
    ...createNodePort({ includeLoopback: true, bindAddress: '127.0.0.1' }),
    clock,
  });
  const addModule = async (port = nodePort()): Promise<OurP2PModule> => {
    const module = createP2PModule(port);
    modules.push(module);
    assert.equal(await module.init({ appParams: {}, servers: { signalingUrl } }), 0);
    return module;
  };
  const watch = async (port = nodePort(), swarm: object = {}): Promise<Watched> => {
    const viewer = new Watched(clock, await addModule(port), 'room');
    await viewer.start(origins[0]!.url, swarm);
    viewers.push(viewer);
    return viewer;
  };
  const until = async (what: () => string, isDone: () => boolean, withinMs: number): Promise<void> => {
    const endMs = clock.nowMs() + withinMs;
    while (!isDone()) {
      assert.ok(clock.nowMs() < endMs, `${what()}: not within ${withinMs} ms`);
      await clock.pause(50);
    }
  };
  const told = (): string => JSON.stringify([tracker.stats(), ...viewers.map(({ swarm }) => swarm)]);

  before(async () => {
    const login = { user: 'tracker', password: toHex(randomBytes(16)) };
    broker = await startBroker({ host: '127.0.0.1', port: 0, trackerLogin: login });
    signalingUrl = `ws://127.0.0.1:${broker.port}/mqtt`;
    const channels = openChannels(clock, { sourceName: 'test:', channelCount: 2 });
    for (const { source } of channels) origins.push(await startHttpFlv({ source }));
    tracker = startTrackerWorker({
      port: { ...createNodePort(), clock },
      url: signalingUrl,
      login,
      secret: SECRET,
    });
  });
  after(async () => {
    for (const module of modules) module.destroy();
    await tracker.close();
    for (const origin of origins) await origin.close();
    await broker.close();
    clock.stop();
  });

  test('bring it to each other, tag by tag, while the server pays for fewer', async () => {
    // With less than the stream it is never the only one that the others live on, which would stay with the server.
    await watch(phone.port, { upKbps: 300 });
    for (let i = 0; i < 4; i++) await watch();
    const haveBeen = new Set<Watched>();
    await until(
      () => `one has left the server: ${told()}`,
      () => {
        for (const viewer of viewers) if (viewer.swarm.isOnPeers) haveBeen.add(viewer);
        return haveBeen.size > 0;
      },
      60_000,
    );
    await clock.pause(2000);
    for (const { swarm } of haveBeen) assert.ok(swarm.peerBytes > 0);
    assert.ok(viewers.some(({ swarm }) => swarm.uploadBytes > 0 && swarm.children.length > 0));
    assert.equal(tracker.stats().wrongRoots, 0);
    for (const viewer of viewers) {
      assert.equal(viewer.error, '');
      assertSame(viewers[1]!, viewer);
      assert.ok(viewer.notices.includes('devNotify subscribe'), viewer.notices.join());
    }
  });

  test('go on from the server at once when their network changes, and are back on peers within 10 s', async (t) => {
    const viewer = viewers[0]!;
    const { player } = viewer;
    await until(
      () => `on peers: ${told()}`,
      () => viewer.swarm.isOnPeers,
      60_000,
    );
    for (const networkType of ['4g', 'wifi']) {
      await clock.pause(3000);
      const { stallMs } = player;
      const { uploadBytes, serverBytes } = viewer.swarm;
      const movedMs = clock.nowMs();
      const since = (): number => (clock.nowMs() - movedMs) / 1000;
      phone.move(networkType);
      await until(
        () => `bytes of the server: ${told()}`,
        () => viewer.swarm.serverBytes > serverBytes,
        1500,
      );
      const serverS = since();
      assert.ok(!viewer.swarm.isOnPeers);
      await until(
        () => `on peers again: ${told()}`,
        () => viewer.swarm.isOnPeers,
        10_000 - 1000 * since(),
      );
      const peersS = since();
      await clock.pause(2000);
      const gaveBytes = viewer.swarm.uploadBytes - uploadBytes;
      t.diagnostic(
        `${networkType}: from the server after ${serverS.toFixed(1)} s, on peers after ${peersS.toFixed(1)} s; ` +
          `stood still ${Math.round(player.stallMs - stallMs)} ms, gave ${gaveBytes} bytes`,
      );
      assert.equal(player.stallMs, stallMs);
      if (networkType === 'wifi') continue;
      assert.equal(gaveBytes, 0, 'nothing is given on cellular');
      assert.deepEqual(viewer.swarm.children, []);
    }
    assert.equal(viewer.error, '');
    const missed = missedOf(viewers[1]!.tags, viewer.tags);
    t.diagnostic(`missed ${missed} of ${viewer.tags.length} tags`);
    // A server begins with its newest key frame: less than a GOP for each change.
    assert.ok(missed < 2 * GOP_TAGS, `missed ${missed} tags`);
  });

  test('share two streams at once over one socket, and end one of them without the other', async () => {
    const shared: { module: OurP2PModule; room: Watched; hall: Watched }[] = [];
    for (let i = 0; i < 2; i++) {
      const module = await addModule();
      const [room, hall] = [new Watched(clock, module, 'room'), new Watched(clock, module, 'hall')];
      await Promise.all([room.start(origins[0]!.url), hall.start(origins[1]!.url)]);
      shared.push({ module, room, hall });
    }
    const isOnPeers = ({ swarm }: Watched): boolean => swarm.isOnPeers;
    const roomStats = (): unknown => shared.map(({ room, hall }) => [room.swarm, hall.swarm]);
    await until(
      () => `one of each stream on peers: ${JSON.stringify(roomStats())}`,
      () => shared.some(({ room }) => isOnPeers(room)) && shared.some(({ hall }) => isOnPeers(hall)),
      60_000,
    );
    const [first, second] = shared as [(typeof shared)[0], (typeof shared)[0]];
    first.module.stopP2PService('room');
    const { length } = first.hall.tags;
    const { stallMs } = first.hall.player;
    await clock.pause(3000);
    assert.ok(first.hall.tags.length > length + 50);
    assert.equal(first.hall.player.stallMs, stallMs);
    assert.equal([first.hall, second.hall].some(isOnPeers), true);
    assertSame(first.hall, second.hall);
    assert.equal(shared.map(({ room, hall }) => room.error + hall.error).join(''), '');
  });
});
