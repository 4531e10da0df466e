import { MAX_DATAGRAM_BYTES } from '../../p2p-core/transport/constants';
import { createTransport } from '../../p2p-core/transport/transport';
import type {
  Transport,
  TransportFactory,
  TransportHandler,
  TransportOptions,
} from '../../p2p-core/transport/types';
import { Link } from './link';
import type { LinkOptions } from './link';
import { nullOpener, nullSealer } from './null-aead';
import { Prng } from './prng';
import { VirtualClock } from './virtual-clock';

/** A world of virtual time: nothing in it is random but by the seed, and a second of it takes milliseconds. */
export class World {
  readonly clock = new VirtualClock();
  readonly random: Prng;

  constructor(readonly seed: number) {
    this.random = new Prng(seed);
  }

  link(options: LinkOptions, deliver: (datagram: Uint8Array) => void): Link {
    return new Link(this.clock, new Prng(this.random.int(0, 0xffffffff)), options, deliver);
  }

  /** Two transports with a link in each direction; their handlers come from the caller, who sees the ends they serve. */
  connect(options: PairOptions): Pair {
    return new Pair(this, options);
  }

  run(untilMs: number, isDone?: () => boolean): void {
    this.clock.run(untilMs, isDone);
  }
}

export interface PairOptions {
  /** Of both directions, unless `backward` says otherwise for server to client. */
  forward: LinkOptions;
  backward?: LinkOptions;
  client?: (end: SimEnd) => Partial<TransportHandler>;
  server?: (end: SimEnd) => Partial<TransportHandler>;
  clientOptions?: Partial<TransportOptions>;
  serverOptions?: Partial<TransportOptions>;
  /** Something that looks on at a side's transport. */
  createTransport?: (side: Side) => TransportFactory;
  /** Stands between a link and the end it leads to: may keep a datagram back. Default: all are received. */
  arrive?: (to: Side, datagram: Uint8Array, receive: () => boolean) => void;
  /** What the hosts of both ends do to time; exact when absent. */
  host?: HostOptions;
}

export type Side = 'client' | 'server';

export interface HostOptions {
  /** The host's clock tells only multiples of this (Date.now: 1). */
  clockStepMs?: number;
  /** Timers fire up to this much late. */
  timerLatenessMs?: number;
}

export class Pair {
  readonly client: SimEnd;
  readonly server: SimEnd;

  constructor(world: World, options: PairOptions) {
    const { forward, backward = forward, host = {} } = options;
    const create = options.createTransport ?? (() => createTransport);
    const arrive = options.arrive ?? ((_to, _datagram, receive) => void receive());
    this.client = new SimEnd(
      world,
      'client',
      host,
      options.clientOptions ?? {},
      options.client,
      create('client'),
    );
    this.server = new SimEnd(
      world,
      'server',
      host,
      options.serverOptions ?? {},
      options.server,
      create('server'),
    );
    this.client.out = world.link({ ...forward }, (datagram) =>
      arrive('server', datagram, () => this.server.receive(datagram)),
    );
    this.server.out = world.link({ ...backward }, (datagram) =>
      arrive('client', datagram, () => this.client.receive(datagram)),
    );
    this.client.drive();
    this.server.drive();
  }
}

/** One transport with its driver: the loop every real driver runs as well. */
export class SimEnd {
  readonly transport: Transport;
  out!: Link;
  /** Sees every datagram before it leaves. */
  onSend: (datagram: Uint8Array) => void = () => {};
  private readonly buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  private timer: object | null = null;
  private isBusy = false;

  constructor(
    private readonly world: World,
    role: Side,
    private readonly host: HostOptions,
    options: Partial<TransportOptions>,
    handler: ((end: SimEnd) => Partial<TransportHandler>) | undefined,
    create: TransportFactory,
  ) {
    const ids = { client: 0x123456, server: 0xabcdef };
    this.transport = create(
      {
        role,
        remoteConnectionId: role === 'client' ? ids.server : ids.client,
        sealer: nullSealer,
        opener: nullOpener,
        ...options,
      },
      { ...consumeAll(this), ...handler?.(this) },
      this.nowMs(),
    );
  }

  receive(datagram: Uint8Array): boolean {
    this.isBusy = true;
    const isAuthentic = this.transport.receive(datagram, this.nowMs());
    this.isBusy = false;
    this.drive();
    return isAuthentic;
  }

  /** Queues bytes and sends what may be sent. */
  write(streamId: number, bytes: Uint8Array): number {
    const taken = this.transport.write(streamId, bytes);
    this.drive();
    return taken;
  }

  /** Sends what may be sent and arms the timer; to be called after every call to the transport. */
  drive(): void {
    if (this.isBusy) return;
    const nowMs = this.nowMs();
    let size: number;
    while ((size = this.transport.poll(nowMs, this.buffer)) > 0) {
      const datagram = this.buffer.subarray(0, size);
      this.onSend(datagram);
      this.out.send(datagram);
    }
    if (this.timer !== null) this.world.clock.clearTimer(this.timer);
    this.timer = null;
    const wakeMs = this.transport.nextWakeMs();
    if (wakeMs === Infinity) return;
    const { clockStepMs = 0, timerLatenessMs = 0 } = this.host;
    // A timer of a host with a coarse clock fires when that clock has reached the time.
    const lateMs = clockStepMs + (timerLatenessMs > 0 ? this.world.random.next() * timerLatenessMs : 0);
    this.timer = this.world.clock.at(Math.max(wakeMs, nowMs) + lateMs, () => this.onTimer());
  }

  private nowMs(): number {
    const { clockStepMs = 0 } = this.host;
    const nowMs = this.world.clock.nowMs();
    return clockStepMs > 0 ? Math.floor(nowMs / clockStepMs) * clockStepMs : nowMs;
  }

  private onTimer(): void {
    this.timer = null;
    this.isBusy = true;
    this.transport.wake(this.nowMs());
    this.isBusy = false;
    this.drive();
  }
}

/** A reader that keeps up, and ignores everything else. */
function consumeAll(end: SimEnd): TransportHandler {
  return {
    onStreamOpened() {},
    onStreamData: (streamId, bytes) => end.transport.consume(streamId, bytes.length),
    onStreamEnd() {},
    onStreamReset() {},
    onStreamStopped() {},
    onWritable() {},
    onClosed() {},
  };
}
