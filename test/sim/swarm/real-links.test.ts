import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCountingPort } from '../../../devkit/port/counting-port';
import { makeStreamToken } from '../../../devkit/tracker/token';
import { startTrackerWorker } from '../../../devkit/tracker/worker';
import type { Log } from '../../../p2p-core/port/port';
import { toHex } from '../../../p2p-core/bytes/hex';
import { sha256 } from '../../../p2p-core/crypto/sha256';
import { createFlvReader, FlvTagType } from '../../../p2p-core/flv/tag-reader';
import type { SwarmStats } from '../../../p2p-core/index';
import '../../../p2p-core/swarm/index';
import { LiveServer } from '../../p2p-core/swarm/support/live-server';
import { publish } from '../../p2p-core/swarm/support/publisher';
import { Prng } from '../prng';
import { inWorld } from '../session-world';
import type { SessionWorld, SessionWorldOptions } from '../session-world';
import { SIGNALING_URL } from '../session-world-app';
import type { SimViewer } from '../session-world-viewer';

const URL = 'http://origin.example/live/a.flv';
const SECRET = new Uint8Array(32).fill(1);
const SECONDS = 90;

const nameOf = (data: Uint8Array): string => toHex(sha256(data).subarray(0, 8));

/** A viewer of the stream, with the whole core, and the names of the media tags that its player was given. */
class Watcher {
  readonly tags: string[] = [];
  error = '';
  private readonly reader = createFlvReader({
    onTag: ({ type, data, isSequenceHeader }) => {
      if (type !== FlvTagType.Script && !isSequenceHeader) this.tags.push(nameOf(data));
    },
  });

  constructor(readonly viewer: SimViewer) {}

  async start(world: SessionWorld, isShared: boolean): Promise<void> {
    const { viewer } = this;
    assert.equal(await world.result(`${viewer.name} init`, viewer.init()), 0);
    const expiryS = Math.floor(world.clock.wallMs() / 1000) + 3600;
    const account = new Uint8Array(8).fill(isShared ? 0 : world.viewers.length);
    const token = makeStreamToken(SECRET, URL, { expiryS, account });
    const started = viewer.module.startP2PService(
      'room',
      { url: URL, swarm: { token, upKbps: 4000 } },
      {
        msgCallback: () => undefined,
        dataCallback: (data) => {
          if (!this.reader.feed(new Uint8Array(data))) this.error = this.reader.error;
        },
      },
    );
    assert.equal(await world.result(`${viewer.name} start`, started), 0);
  }

  get stats(): SwarmStats {
    return this.viewer.module.getStats('room')!.swarm!;
  }
}

/** An origin, a tracker that looks at it, and viewers who come one after the other, in virtual time. */
class Room {
  readonly published;
  readonly origin: LiveServer;
  readonly watchers: Watcher[] = [];
  private readonly dead: Watcher[] = [];
  /** Of the tracker. */
  readonly warnings: string[] = [];
  private readonly trackerPort;
  private readonly tracker;

  constructor(
    private readonly world: SessionWorld,
    /** One token for all, and a tracker that looks at nothing by itself. */
    private readonly isShared = false,
  ) {
    const { seed } = world.options;
    this.published = publish({ seed, seconds: SECONDS });
    this.origin = new LiveServer(world.clock, this.published);
    const host = world.network.addHost('9.9.9.30');
    const port = world.newPort('tracker', host);
    port.httpServer = this.origin.serve;
    this.trackerPort = createCountingPort(port);
    const log: Log = (level, message) => {
      if (level === 'warn') this.warnings.push(message);
    };
    this.tracker = startTrackerWorker({
      port: { ...this.trackerPort, log },
      audit: isShared ? null : {},
      url: SIGNALING_URL,
      secret: SECRET,
      fillRandom: new Prng(seed).fill,
    });
  }

  async enter(): Promise<Watcher> {
    const viewer = this.world.addViewer();
    viewer.sim.httpServer = this.origin.serve;
    const watcher = new Watcher(viewer);
    this.watchers.push(watcher);
    await watcher.start(this.world, this.isShared);
    return watcher;
  }

  /** A machine that lost power is no viewer any more, and nothing is asked of it. */
  powerOff(watcher: Watcher): void {
    watcher.viewer.sim.powerOff();
    this.dead.push(...this.watchers.splice(this.watchers.indexOf(watcher), 1));
  }

  /** What each was given is what was published: every tag once, in order, from its first one on. */
  check(watcher: Watcher, atLeast: number): void {
    const names = this.published.tags.map(({ data }) => nameOf(data));
    const first = names.indexOf(watcher.tags[0]!);
    assert.equal(watcher.error, '');
    assert.ok(watcher.tags.length >= atLeast, `${watcher.viewer.name}: ${watcher.tags.length} tags`);
    const wrong = watcher.tags.findIndex((tag, i) => tag !== names[first + i]);
    assert.equal(wrong, -1, `${watcher.viewer.name}: tag ${wrong} of ${watcher.tags.length}`);
  }

  async end(): Promise<void> {
    const { viewers } = this.world;
    for (const { viewer } of this.watchers) viewer.module.stopP2PService('room');
    for (const { viewer } of this.dead) viewers.splice(viewers.indexOf(viewer), 1);
    // Until the tracker has missed enough reports of the one that said no word.
    await this.world.run(40_000);
    assert.equal(this.tracker.stats().members, 0);
    assert.equal(this.tracker.stats().audits, 0);
    const closed = this.world.call('tracker', this.tracker.close());
    await this.world.until('the tracker has ended', () => closed.isSettled);
    await this.world.run(100);
    assert.equal(this.origin.openCount, 0);
    const { timers, webSockets, httpRequests } = this.trackerPort.use();
    assert.deepEqual([timers, webSockets, httpRequests], [0, 0, 0]);
  }
}

const WORLDS: [string, SessionWorldOptions][] = [
  ['in the open', { seed: 1 }],
  [
    'behind NATs, with 2 % loss',
    { seed: 2, viewerNat: 'port-restricted', link: { lossRate: 0.02, jitterMs: 10 } },
  ],
];

describe('viewers with real sessions between them', () => {
  for (const [where, options] of WORLDS) {
    test(`share a stream ${where}, and heal when one of them loses power`, async () => {
      await inWorld(options, async (world) => {
        const room = new Room(world);
        for (let i = 0; i < 4; i++) {
          await room.enter();
          await world.run(1500);
        }
        const onPeers = (): Watcher[] => room.watchers.filter(({ stats }) => stats.isOnPeers);
        await world.until('others feed some', () => onPeers().length >= 2, 25_000);
        const openMost = room.origin.openCount;
        await world.run(5000);
        assert.ok(room.origin.openCount <= openMost && room.origin.openCount <= 3, `${openMost} pulls`);

        const parent = room.watchers.find(({ stats }) => stats.children.length > 0)!;
        room.powerOff(parent);
        await world.run(12_000);
        const newcomer = await room.enter();
        await world.until('others feed some again', () => onPeers().length >= 2, 15_000);
        await world.run(1000);

        for (const watcher of room.watchers) room.check(watcher, watcher === newcomer ? 20 : 500);
        const given = room.watchers.reduce((sum, { stats }) => sum + stats.peerBytes, 0);
        const fetched = room.watchers.reduce((sum, { stats }) => sum + stats.serverBytes, 0);
        assert.ok(given > 0.25 * (given + fetched), `${given} bytes of others, ${fetched} of the server`);
        assert.deepEqual(room.warnings, []);
        await room.end();
      });
    });
  }

  test('share nothing where all have one token and nobody audits, and the tracker says why', async () => {
    await inWorld({ seed: 3 }, async (world) => {
      const room = new Room(world, true);
      for (let i = 0; i < 3; i++) await room.enter();
      await world.run(40_000);
      for (const watcher of room.watchers) {
        assert.deepEqual([watcher.stats.peerBytes, watcher.stats.isJoined], [0, true]);
        room.check(watcher, 1000);
      }
      assert.equal(room.warnings.length, 1);
      assert.match(room.warnings[0]!, /1 stream.* share nothing: .* one account/);
      await room.end();
    });
  });
});
