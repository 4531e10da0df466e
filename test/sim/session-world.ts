import assert from 'node:assert/strict';
import type { PortUse } from '../../devkit/port/counting-port';
import { restCredentials } from '../../devkit/servers/turn-relay';
import type { TurnRelay } from '../../devkit/servers/turn-relay';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import type { TracedModuleOptions } from '../../p2p-core/api/module';
import type { Clock } from '../../p2p-core/index';
import type { PathPolicy, TurnServer } from '../../p2p-core/path/types';
import { Nat } from '../p2p-core/path/support/nat';
import type { NatType } from '../p2p-core/path/support/nat';
import type { LinkOptions } from './link';
import { MiniBroker } from './mini-broker';
import { Prng } from './prng';
import { STUN_SERVER } from './session-world-app';
import type { FeedOptions } from './session-world-app';
import { SimCamera } from './session-world-camera';
import { SimViewer } from './session-world-viewer';
import { SimNetwork } from './sim-network';
import type { SimHost } from './sim-network';
import { SimPort } from './sim-port';
import { VirtualClock } from './virtual-clock';

export type NatKind = 'direct' | NatType;

export interface SessionWorldOptions {
  seed: number;
  /** Between viewer and camera, and for a message there and back through the broker. Default 50. */
  rttMs?: number;
  /** Of the paths between hosts; `delayMs` is half of `rttMs` unless given. */
  link?: Partial<LinkOptions>;
  viewerNat?: NatKind;
  cameraNat?: NatKind;
  /** Viewers are given a STUN server. Default: when somebody is behind a NAT. */
  hasStun?: boolean;
  /** The camera's IPv6 address, which no NAT changes. Default: it has none. */
  cameraAddress6?: string;
  /** Viewers know a STUN server that is asked over IPv6. Default false. */
  hasStun6?: boolean;
  /** The ticket names a TURN server. Default false. */
  hasTurn?: boolean;
  /** Only the camera knows the TURN server. */
  isTurnOfCameraOnly?: boolean;
  /** Of the camera. */
  cameraPolicy?: PathPolicy;
  /** The ticket pins the camera's key: two more X25519 operations for each call. Default true. */
  isPinned?: boolean;
  maxViewers?: number;
  feed?: FeedOptions;
  /** Serves instead of `cameraApp`. */
  onRequest?: (clock: Clock) => HttpServerHandler;
}

const STUN_ADDRESS6 = '2001:db8:9::9';
const STUN_ADDRESS = STUN_SERVER.split(':')[0]!;
export const TURN_ADDRESS = '9.9.9.20';
const TURN_SECRET = 'the secret of the simulated relay';
const TRACE_LENGTH = 50;
const NOTHING: PortUse = { timers: 0, udpSockets: 0, webSockets: 0, networkListeners: 0, httpRequests: 0 };

/** Settled or not, without waiting. */
export interface Call<T> {
  readonly what: string;
  readonly calledMs: number;
  settledMs: number;
  value: T | undefined;
  error: unknown;
  readonly isSettled: boolean;
}

/**
 * Viewers with the whole core, a camera and a broker in virtual time. The same options make the same run. Use through
 * `inWorld`, which checks at the end that nobody has left anything behind.
 */
export class SessionWorld {
  readonly clock = new VirtualClock();
  readonly random: Prng;
  readonly network: SimNetwork;
  readonly broker = new MiniBroker(this.clock);
  readonly relay: TurnRelay;
  readonly camera: SimCamera;
  readonly viewers: SimViewer[] = [];
  readonly calls: Call<unknown>[] = [];
  signalingDelayMs: number;
  private readonly lastEvents: string[] = [];
  private eventCount = 0;
  private openCalls = 0;

  constructor(readonly options: SessionWorldOptions) {
    this.random = new Prng(options.seed);
    const rttMs = options.rttMs ?? 50;
    this.signalingDelayMs = rttMs / 4;
    this.network = new SimNetwork(this.clock, new Prng(options.seed + 1), {
      delayMs: rttMs / 2,
      ...options.link,
    });
    this.network.addStunServer(STUN_ADDRESS).address6 = STUN_ADDRESS6;
    this.relay = this.network.addTurnServer(TURN_ADDRESS, TURN_SECRET);
    const cameraHost = this.addHost('2.2.2', options.cameraNat ?? 'direct');
    cameraHost.address6 = options.cameraAddress6 ?? null;
    this.camera = new SimCamera(this, cameraHost);
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  get stunServers(): string[] {
    const { hasStun, viewerNat = 'direct', cameraNat = 'direct' } = this.options;
    const ipv4 = (hasStun ?? (viewerNat !== 'direct' || cameraNat !== 'direct')) ? [STUN_SERVER] : [];
    return this.options.hasStun6 === true ? [...ipv4, `[${STUN_ADDRESS6}]:3478`] : ipv4;
  }

  /** With credentials for a day. */
  get turnServers(): TurnServer[] {
    if (this.options.hasTurn !== true) return [];
    const credentials = restCredentials(TURN_SECRET, 'sim', 24 * 3600, this.clock.wallMs());
    return [{ server: `${TURN_ADDRESS}:3478`, ...credentials }];
  }

  addViewer(moduleOptions: TracedModuleOptions = {}): SimViewer {
    const host = this.addHost(`${3 + this.viewers.length}.3.3`, this.options.viewerNat ?? 'direct');
    const viewer = new SimViewer(this, host, moduleOptions);
    this.viewers.push(viewer);
    return viewer;
  }

  newPort(name: string, host: SimHost): SimPort {
    return new SimPort({
      name,
      host,
      clock: this.clock,
      random: new Prng(this.random.int(0, 0xffffffff)),
      broker: this.broker,
      signalingDelayMs: () => this.signalingDelayMs,
      trace: (who, what) => this.trace(who, what),
    });
  }

  trace = (who: string, what: string): void => {
    this.lastEvents[this.eventCount++ % TRACE_LENGTH] = `${this.nowMs.toFixed(2)} ${who}: ${what}`;
  };

  /** The last events, oldest first. */
  story(): string {
    const oldest = this.eventCount % TRACE_LENGTH;
    return [...this.lastEvents.slice(oldest), ...this.lastEvents.slice(0, oldest)].join('\n');
  }

  /** Time passes; promises settle between events, as they do on every platform. */
  async run(forMs: number, isDone: () => boolean = () => false): Promise<void> {
    const untilMs = this.nowMs + forMs;
    await settlePromises();
    for (;;) {
      if (isDone()) return;
      let asked = 0;
      this.clock.run(untilMs, () => asked++ > 0);
      // Every promise of the API is known to `call`; turns of the microtask queue are what costs most here.
      if (this.openCalls > 0) await settlePromises();
      if (asked === 1) return; // nothing was left to fire
    }
  }

  async until(what: string, isDone: () => boolean, withinMs = 10_000): Promise<void> {
    await this.run(withinMs, isDone);
    assert.ok(isDone(), `${what}: not within ${withinMs} ms`);
  }

  /** Remembers when and how a promise of the API settles. */
  call<T>(what: string, promise: Promise<T>): Call<T> {
    const call = {
      what,
      calledMs: this.nowMs,
      settledMs: Infinity,
      value: undefined as T | undefined,
      error: undefined as unknown,
      get isSettled() {
        return this.settledMs !== Infinity;
      },
    };
    this.trace('app', what);
    this.openCalls++;
    promise.then(
      (value) => {
        this.openCalls--;
        call.value = value;
        call.settledMs = this.nowMs;
        this.trace('app', `${what} → ${typeof value === 'number' ? value : JSON.stringify(value)}`);
      },
      (error: unknown) => {
        this.openCalls--;
        call.error = error ?? 'rejected';
        call.settledMs = this.nowMs;
      },
    );
    this.calls.push(call);
    return call;
  }

  async result<T>(what: string, promise: Promise<T>, withinMs = 15_000): Promise<T> {
    const call = this.call(what, promise);
    await this.until(what, () => call.isSettled, withinMs);
    assert.equal(call.error, undefined, `${what} was rejected`);
    return call.value as T;
  }

  /** Ends everything and checks that nothing is left: no timer, socket, listener, no promise, no byte out of place. */
  async close(): Promise<void> {
    for (const viewer of this.viewers) viewer.module.destroy();
    this.camera.stop();
    // Datagrams under way, answers of the platform, keep-alive of machines that lost power.
    await this.run(120_000);
    this.broker.stop();
    this.relay.close();
    await this.run(1000);
    for (const viewer of this.viewers) {
      assert.deepEqual(viewer.port.use(), NOTHING, `${viewer.name} has left something behind`);
      viewer.checkData();
    }
    assert.deepEqual(this.camera.port.use(), NOTHING, 'the camera has left something behind');
    assert.equal(this.clock.pendingCount, 0, 'events are left in the world');
    for (const call of this.calls) {
      assert.ok(call.isSettled, `${call.what} has not settled`);
      assert.equal(call.error, undefined, `${call.what} was rejected`);
    }
  }

  private addHost(network: string, kind: NatKind): SimHost {
    if (kind === 'direct') return this.network.addHost(`${network}.2`);
    return this.network.addHost('192.168.1.2', new Nat(`${network}.1`, kind));
  }
}

/** Runs `body` in a world of its own; a failure tells the seed and the last events. */
export async function inWorld(
  options: SessionWorldOptions,
  body: (world: SessionWorld) => Promise<void>,
): Promise<void> {
  const world = new SessionWorld(options);
  try {
    await body(world);
    await world.close();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nseed ${options.seed}, ${JSON.stringify(options)}\n${world.story()}`, {
      cause: error,
    });
  }
}

/** Chains of promises in the core and in a test are shorter than this. */
const PROMISE_TURNS = 4;

async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < PROMISE_TURNS; turn++) await Promise.resolve();
}
