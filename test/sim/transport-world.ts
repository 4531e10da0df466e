import assert from 'node:assert/strict';
import {
  INITIAL_CONNECTION_CREDIT_BYTES,
  INITIAL_STREAM_CREDIT_BYTES,
} from '../../p2p-core/transport/constants';
import type { TransportFactory, TransportHandler } from '../../p2p-core/transport/types';
import { EventLog } from './event-log';
import { NatRebinding } from './nat-rebinding';
import { nullOpener } from './null-aead';
import { presetOf } from './presets';
import type { PresetName } from './presets';
import { RequestKind } from './requests';
import { WireWatch } from './wire-watch';
import { World } from './world';
import type { Pair, Side, SimEnd } from './world';
import { WorldCamera } from './world-camera';
import { WorldViewer } from './world-viewer';

export interface WorldRun {
  preset: PresetName;
  seed: number;
  createTransport?: (side: Side) => TransportFactory;
}

export interface WorldResult {
  virtualMs: number;
  starts: number;
  /** Sent by both sides. */
  packets: number;
}

/** How long the viewer keeps asking for things, and how long what is then open may take. */
const BUSY_MS = 5000;
const COMPLETION_MS = 180_000;
/** Idle timeout, and the packets still under way. */
const CLOSING_MS = 60_000;
const KB = 1024;

/**
 * A viewer and a camera on two transports over a preset: a live stream, commands, downloads and talk at once, given up,
 * resumed and stalled at random, over a link that is away at times; then one of them leaves, or the cable is cut.
 * After each event of it the invariants hold, or this throws.
 */
export function runTransportWorld(run: WorldRun): WorldResult {
  const world = new TransportWorld(run);
  try {
    return world.run();
  } catch (error) {
    throw failure(error, run, 'transport', world.log);
  }
}

/** An error with all that is needed to see it again; `log` when its message does not tell the last events already. */
export function failure(error: unknown, run: WorldRun, what: string, log?: EventLog): Error {
  const { preset, seed } = run;
  const message = error instanceof Error ? error.message : String(error);
  return new Error(
    `${message}\n\n${what} world, preset ${preset}, seed ${seed}; again: ` +
      `npm run test:sim -- --only ${what} --preset ${preset} --seed ${seed}` +
      `\nevery packet of it: add --qlog FOLDER` +
      (log === undefined ? '' : `\n\nlast events:\n${log.toString()}`),
    { cause: error },
  );
}

class TransportWorld {
  readonly log: EventLog;
  private readonly world: World;
  private readonly pair: Pair;
  private readonly watches = { client: new WireWatch(), server: new WireWatch() };
  private viewer!: WorldViewer;
  private camera!: WorldCamera;
  private readonly limits: { streamBytes: number; connectionBytes: number; sendBufferBytes: number };
  private lastMs = 0;
  private outages = 0;
  private mtuBytes = 1500;
  /** Who closed; null while nobody has. */
  private leaver: Side | null = null;

  constructor(private readonly options: WorldRun) {
    const world = new World(options.seed);
    const { random, clock } = world;
    const preset = presetOf(options.preset);
    this.world = world;
    this.log = new EventLog(clock.nowMs);
    const streamWindowBytes = random.pick([64, 256, 1024]) * KB;
    const connectionWindowBytes = random.pick([128, 512, 2048]) * KB;
    const sendBufferBytes = random.pick([16, 128, 1024]) * KB;
    this.limits = {
      streamBytes: Math.max(streamWindowBytes, INITIAL_STREAM_CREDIT_BYTES),
      connectionBytes: Math.max(connectionWindowBytes, INITIAL_CONNECTION_CREDIT_BYTES),
      sendBufferBytes,
    };
    this.mtuBytes = random.pick([1280, 1400, 1500]);
    const nat = new NatRebinding();
    const liveBitsPerSecond = Math.min(1.5e6, (preset.down.bitsPerSecond ?? Infinity) * 0.4);
    const sideOptions = (side: Side) => ({
      streamWindowBytes,
      connectionWindowBytes,
      sendBufferBytes,
      opener: this.watches[side].tap(nullOpener),
    });
    this.pair = world.connect({
      forward: { ...preset.up, mtuBytes: this.mtuBytes },
      backward: { ...preset.down, mtuBytes: this.mtuBytes },
      client: (end) => handlerOf((this.viewer = this.newViewer(end))),
      server: (end) => handlerOf((this.camera = this.newCamera(end, Math.round(liveBitsPerSecond / 8 / 25)))),
      clientOptions: sideOptions('client'),
      serverOptions: sideOptions('server'),
      host: { clockStepMs: random.pick([0, 1]), timerLatenessMs: random.pick([0, 4, 10]) },
      arrive: nat.arrive,
      ...(options.createTransport && { createTransport: options.createTransport }),
    });
    nat.watch(this.pair);
    if (preset.rebindEveryMs !== undefined)
      this.every(preset.rebindEveryMs, () => {
        this.log.add('nat', 'another port');
        nat.rebind();
      });
  }

  run(): WorldResult {
    const { world, viewer } = this;
    this.plan();
    this.advance(BUSY_MS);
    if (world.random.chance(0.85)) {
      this.stopLive();
      const isDone = (): boolean => viewer.open.length === 0 && this.camera.liveCount === 0;
      this.advance(COMPLETION_MS, () => isDone() || this.isOver);
      if (!this.isOver) {
        assert.deepEqual(viewer.open, [], 'an answer does not end');
        assert.equal(this.camera.liveCount, 0, 'the camera sends what nobody wants');
      }
    }
    this.leave();
    this.advance(CLOSING_MS);
    this.checkEnd();
    return {
      virtualMs: world.clock.nowMs(),
      starts: viewer.pulls.length,
      packets:
        this.pair.client.transport.stats().packetsSent + this.pair.server.transport.stats().packetsSent,
    };
  }

  private get isOver(): boolean {
    return this.pair.client.transport.isClosed || this.pair.server.transport.isClosed;
  }

  /** What happens when, all of it decided by the seed before anything has happened. */
  private plan(): void {
    const { random, clock } = this.world;
    const { viewer } = this;
    const at = (what: () => void, fromMs = 0): void =>
      void clock.at(random.int(fromMs, BUSY_MS - 1), () => {
        if (!this.isOver) what();
      });
    viewer.request(RequestKind.Live, 0);
    for (let i = random.int(5, 25); i > 0; i--) {
      const byteCount = random.pick([0, 1, random.int(2, 1500), random.int(1500, 20_000)]);
      at(() => viewer.request(RequestKind.Command, byteCount));
    }
    for (let i = random.int(1, 2); i > 0; i--) {
      const byteCount = random.int(20, 500) * 1000;
      at(() => viewer.request(RequestKind.Download, byteCount, random.int(0, 100_000)));
    }
    if (random.chance(0.5)) {
      const byteCount = random.int(100, 40_000);
      at(() => viewer.request(RequestKind.Talk, byteCount));
    }
    if (random.chance(0.4)) at(() => this.restart(), 500);
    if (random.chance(0.3)) {
      at(() => {
        this.stopLive();
        viewer.request(RequestKind.Live, 0);
      }, 500);
    }
    if (random.chance(0.4)) {
      const pauseMs = random.int(50, 3000);
      at(() => {
        this.log.add('viewer', `reads nothing for ${pauseMs} ms`);
        viewer.pause();
        clock.at(clock.nowMs() + pauseMs, () => viewer.resume());
      });
    }
    for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
      const awayMs = random.int(50, 3000);
      at(() => this.loseLink(awayMs));
    }
    for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
      const mtuBytes = random.pick([1280, 1400, 1500]);
      at(() => this.setMtu(mtuBytes));
    }
  }

  private newViewer(end: SimEnd): WorldViewer {
    return new WorldViewer(end, this.watches.client, (what) => this.log.add('viewer', what));
  }

  private newCamera(end: SimEnd, frameBytes: number): WorldCamera {
    const log = (what: string): void => this.log.add('camera', what);
    return new WorldCamera(end, this.world.clock, this.watches.server, frameBytes, log);
  }

  /** Gives a download up and asks for what is missing. */
  private restart(): void {
    const pull = this.viewer.open.find(({ request }) => request.kind === RequestKind.Download);
    if (pull === undefined) return;
    this.viewer.giveUp(pull);
    const { offset, byteCount } = pull.request;
    this.viewer.request(RequestKind.Download, byteCount - pull.received, offset + pull.received);
  }

  private stopLive(): void {
    for (const pull of this.viewer.open) if (pull.request.kind === RequestKind.Live) this.viewer.giveUp(pull);
  }

  private loseLink(awayMs: number): void {
    const { clock } = this.world;
    this.log.add('link', `away for ${awayMs} ms`);
    this.outages++;
    this.updateLinks();
    clock.at(clock.nowMs() + awayMs, () => {
      this.outages--;
      this.updateLinks();
    });
  }

  /** The path leads through a tunnel from now on, or through none: nobody is told what it passes. */
  private setMtu(mtuBytes: number): void {
    this.log.add('link', `MTU ${mtuBytes}`);
    this.mtuBytes = mtuBytes;
    this.updateLinks();
  }

  private updateLinks(): void {
    const { up, down } = presetOf(this.options.preset);
    const changed = { mtuBytes: this.mtuBytes, ...(this.outages > 0 && { lossRate: 1 }) };
    this.pair.client.out.options = { ...up, ...changed };
    this.pair.server.out.options = { ...down, ...changed };
  }

  private leave(): void {
    if (this.isOver) return;
    const { random } = this.world;
    if (random.chance(0.2)) {
      this.log.add('link', 'cut');
      this.outages++;
      return this.updateLinks();
    }
    this.leaver = random.pick(['client', 'server']);
    this.log.add(this.leaver, 'closes');
    const end = this.pair[this.leaver];
    end.transport.close(7, 'bye');
    end.drive();
    if (this.leaver === 'client') this.viewer.endAll();
    else this.camera.stopAll();
  }

  private every(periodMs: number, act: () => void): void {
    const { clock } = this.world;
    clock.at(clock.nowMs() + periodMs, () => {
      if (this.isOver) return;
      act();
      this.every(periodMs, act);
    });
  }

  private advance(forMs: number, isDone: () => boolean = () => false): void {
    this.world.run(this.world.clock.nowMs() + forMs, () => {
      this.check();
      return isDone();
    });
  }

  /** After every event. */
  private check(): void {
    const { clock } = this.world;
    const nowMs = clock.nowMs();
    assert.ok(nowMs >= this.lastMs, 'time runs forwards');
    this.lastMs = nowMs;
    assert.deepEqual([...this.viewer.mistakes, ...this.camera.mistakes], []);
    for (const side of ['client', 'server'] as const) {
      const held = this.watches[side].held();
      assert.ok(
        held.ofOneStream <= this.limits.streamBytes,
        `${side} holds ${held.ofOneStream} of one stream`,
      );
      assert.ok(held.ofAll <= this.limits.connectionBytes, `${side} holds ${held.ofAll} of all streams`);
    }
    for (const { streamId } of this.viewer.open) this.checkSendBuffer(this.pair.client, streamId);
    for (const streamId of this.camera.servings.keys()) this.checkSendBuffer(this.pair.server, streamId);
  }

  private checkSendBuffer(end: SimEnd, streamId: number): void {
    const bufferedBytes = end.transport.bufferedBytes(streamId);
    assert.ok(
      bufferedBytes >= 0 && bufferedBytes <= this.limits.sendBufferBytes,
      `the send buffer of stream ${streamId} has ${bufferedBytes} bytes`,
    );
  }

  /** When all is over: everybody knows, once, and nothing is left. */
  private checkEnd(): void {
    const { viewer, camera, pair, world } = this;
    assert.equal(world.clock.pendingCount, 0, 'timers or datagrams are left');
    assert.deepEqual(
      viewer.pulls.filter(({ ending }) => ending === null),
      [],
      'a request never ended',
    );
    for (const [side, app] of [
      ['client', viewer],
      ['server', camera],
    ] as const) {
      const { transport } = pair[side];
      assert.ok(
        transport.isClosed && transport.nextWakeMs() === Infinity,
        `the ${side}'s transport has not closed`,
      );
      assert.equal(app.closedWith.length, this.leaver === side ? 0 : 1, `${side}: how often it closed`);
      for (const { kind, code } of app.closedWith) {
        assert.notEqual(kind, 'violation', `${side}: the peers disagree about the protocol`);
        assert.equal(code, kind === 'peer' ? 7 : 0);
      }
      for (const [name, value] of Object.entries(transport.stats())) {
        assert.ok(value >= 0, `${side}: ${name} is ${value}`);
      }
    }
  }
}

/** A world takes handlers apart, and what is apart has lost its methods. */
function handlerOf(app: TransportHandler): TransportHandler {
  return {
    onStreamOpened: (streamId) => app.onStreamOpened(streamId),
    onStreamData: (streamId, bytes) => app.onStreamData(streamId, bytes),
    onStreamEnd: (streamId) => app.onStreamEnd(streamId),
    onStreamReset: (streamId, code) => app.onStreamReset(streamId, code),
    onStreamStopped: (streamId, code) => app.onStreamStopped(streamId, code),
    onWritable: (streamId) => app.onWritable(streamId),
    onClosed: (reason) => app.onClosed(reason),
  };
}
