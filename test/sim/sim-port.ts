import type {
  Clock,
  HttpFetch,
  HttpFetchHandlers,
  LogLevel,
  NetworkChange,
  Port,
  UdpHandlers,
  UdpSocket,
  WebSocketHandlers,
  WebSocketLink,
} from '../../p2p-core/port/port';
import type { MiniBroker } from './mini-broker';
import { SimWebSocket } from './mini-broker-socket';
import type { Prng } from './prng';
import type { SimHost } from './sim-network';
import type { VirtualClock } from './virtual-clock';

export interface SimPortOptions {
  name: string;
  clock: VirtualClock;
  random: Prng;
  host: SimHost;
  broker: MiniBroker;
  /** One way between this port and the broker; may change with time. */
  signalingDelayMs(): number;
  /** Told what happens, in a few words: timers, datagrams, messages, logs. */
  trace(name: string, what: string): void;
}

/** Platforms answer these questions from a later event. */
const ANSWER_MS = 1;

/** A Port in virtual time, on a simulated host. Whatever it does is repeated by the same seed. */
export class SimPort implements Port {
  readonly clock: Clock;
  /** Added to the wall clock. */
  wallOffsetMs = 0;
  refusesUdp = false;
  onUdpOpened: (() => void) | null = null;
  /** Sockets take this port instead of a new one. */
  udpPort: number | null = null;
  hasSecureRandom = true;
  /** As wx.getLocalIPAddress, which tells one IPv4 address. */
  hidesIpv6 = false;
  /** Ever opened. */
  webSocketCount = 0;
  /** Called after each event that the port has delivered to its owner. */
  onEvent: (() => void) | null = null;
  /** Answers requests, each a moment after it was made; returns what ends an answer. Null: the platform has none. */
  httpServer: ((url: string, response: HttpFetchHandlers) => () => void) | null = null;
  private isOff = false;
  /** Timers that wait for the app to come back; null while it is awake. */
  private sleeping: (() => void)[] | null = null;
  private readonly webSockets = new Set<SimWebSocket>();
  private readonly networkListeners = new Set<(change: NetworkChange) => void>();

  constructor(private readonly options: SimPortOptions) {
    const { clock } = options;
    this.clock = {
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs() + this.wallOffsetMs,
      setTimer: (fire, delayMs) => {
        const id = clock.setTimer(() => {
          // One that waited for the app to come back may have been cleared meanwhile.
          this.event('timer', () => (id as { isCancelled: boolean }).isCancelled || fire());
        }, delayMs);
        return id;
      },
      clearTimer: (id) => clock.clearTimer(id),
    };
  }

  readonly log = (level: LogLevel, message: string): void => {
    if (level !== 'debug') this.options.trace(this.options.name, `log ${level}: ${message}`);
  };

  randomBytes = (byteCount: number, done: (bytes: Uint8Array | null) => void): void => {
    const bytes = new Uint8Array(byteCount);
    this.options.random.fill(bytes);
    this.later(ANSWER_MS, 'random bytes', () => done(this.hasSecureRandom ? bytes : null));
  };

  localAddresses = (done: (addresses: string[]) => void): void => {
    this.later(ANSWER_MS, 'local addresses', () => {
      const { address, address6 } = this.options.host;
      done(address6 === null || this.hidesIpv6 ? [address] : [address, address6]);
    });
  };

  openUdp = (handlers: UdpHandlers): UdpSocket => {
    if (this.refusesUdp) throw new Error('createUDPSocket:fail');
    const own: UdpHandlers = {
      onMessage: (datagram, address, port) =>
        this.event(`udp ${datagram.length} of ${address}:${port}`, () =>
          handlers.onMessage(datagram, address, port),
        ),
      onError: (errmsg) => handlers.onError(errmsg),
      onClose: () => this.event('udp closed', () => handlers.onClose()),
    };
    const { host } = this.options;
    this.onUdpOpened?.();
    return this.udpPort === null ? host.open(own) : host.open(own, this.udpPort);
  };

  openWebSocket = (_url: string, _protocol: string, handlers: WebSocketHandlers): WebSocketLink => {
    const { clock, broker, signalingDelayMs, host } = this.options;
    const socket: SimWebSocket = new SimWebSocket(
      {
        clock,
        delayMs: signalingDelayMs,
        accept: (server) => (host.isOffline ? null : broker.accept(server)),
      },
      {
        onOpen: () => this.event('websocket open', () => handlers.onOpen()),
        onMessage: (bytes) => this.event(`websocket ${bytes.length}`, () => handlers.onMessage(bytes)),
        onClose: (reason) => {
          this.webSockets.delete(socket);
          this.event(`websocket closed: ${reason}`, () => handlers.onClose(reason));
        },
      },
    );
    this.webSockets.add(socket);
    this.webSocketCount++;
    return socket;
  };

  openHttp = (url: string, handlers: HttpFetchHandlers): HttpFetch | null => {
    const server = this.httpServer;
    if (server === null) return null;
    let isOver = false;
    const tell = (what: string, run: () => void): void =>
      this.event(`http ${what}`, () => {
        if (!isOver) run();
      });
    let stop = (): void => {};
    this.later(ANSWER_MS, 'http request', () => {
      if (isOver) return;
      stop = server(url, {
        onHead: (status, headers) => tell(`head ${status}`, () => handlers.onHead(status, headers)),
        onChunk: (bytes) => tell(`${bytes.length}`, () => handlers.onChunk(bytes)),
        onEnd: (errmsg) =>
          tell(`end ${errmsg}`, () => {
            isOver = true;
            handlers.onEnd(errmsg);
          }),
      });
    });
    return {
      abort() {
        isOver = true;
        stop();
      },
    };
  };

  onNetworkChange = (listener: (change: NetworkChange) => void): (() => void) => {
    const own = (change: NetworkChange): void => listener(change);
    this.networkListeners.add(own);
    return () => this.networkListeners.delete(own);
  };

  changeNetwork(change: NetworkChange): void {
    for (const listener of [...this.networkListeners]) this.event('network change', () => listener(change));
  }

  /** No datagram passes; the connections of now stay dead even when the network comes back. */
  goOffline(): void {
    this.options.host.isOffline = true;
    this.killWebSockets();
  }

  goOnline(): void {
    this.options.host.isOffline = false;
  }

  /** The connections to the broker die without a word. */
  killWebSockets(): void {
    for (const socket of this.webSockets) socket.isDead = true;
  }

  /** The connections to the broker break, and both ends notice. */
  breakWebSockets(): void {
    for (const socket of [...this.webSockets]) socket.break();
  }

  /** The app is in the background: timers wait, datagrams and the connections to the broker are lost. */
  fallAsleep(): void {
    this.sleeping = [];
  }

  awake(): void {
    const waiting = this.sleeping ?? [];
    this.sleeping = null;
    for (const run of waiting) run();
    this.breakWebSockets();
  }

  /** The machine loses power: nothing of it runs any more and nobody is told. Its host can take a new port. */
  powerOff(): void {
    this.isOff = true;
    this.killWebSockets();
    this.options.host.loseSockets();
  }

  private later(delayMs: number, what: string, run: () => void): void {
    const { clock } = this.options;
    clock.at(clock.nowMs() + delayMs, () => this.event(what, run));
  }

  private event(what: string, run: () => void): void {
    if (this.isOff) return;
    if (this.sleeping !== null) {
      if (what === 'timer' || what.startsWith('websocket closed'))
        this.sleeping.push(() => this.event(what, run));
      return;
    }
    this.options.trace(this.options.name, what);
    run();
    this.onEvent?.();
  }
}
