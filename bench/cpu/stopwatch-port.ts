import type { Clock, Port, UdpHandlers, UdpSocket } from '../../p2p-core/port/port';
import type { Link } from '../../test/sim/link';
import type { Prng } from '../../test/sim/prng';
import type { VirtualClock } from '../../test/sim/virtual-clock';
import { nowMs } from './engine';

/** A host with one socket in virtual time. It counts the real time its owner computes: not that of the world around it. */
export class StopwatchPort implements Port {
  cpuMs = 0;
  /** Calls that would cross the bridge of a mini program's host. */
  datagramsSent = 0;
  timersArmed = 0;
  out: Link | null = null;
  readonly clock: Clock;
  private startedMs = -1;
  private handlers: UdpHandlers | null = null;

  constructor(
    private readonly address: string,
    private readonly peerAddress: string,
    clock: VirtualClock,
    private readonly random: Prng,
  ) {
    this.clock = {
      nowMs: clock.nowMs,
      wallMs: clock.wallMs,
      setTimer: (fire, delayMs) => {
        this.timersArmed++;
        return this.outside(() => clock.setTimer(() => this.inside(fire), delayMs));
      },
      clearTimer: (timer) => clock.clearTimer(timer),
    };
  }

  readonly log = (): void => undefined;

  receive(datagram: Uint8Array): void {
    // As sockets of mini programs hand it over: in a buffer, which JavaScriptCore would have to make first.
    const message = new Uint8Array(datagram.buffer as ArrayBuffer);
    this.inside(() => this.handlers!.onMessage(message, this.peerAddress, PORT_NUMBER));
  }

  /** Runs the owner with the stopwatch on. */
  inside(run: () => void): void {
    this.startedMs = nowMs();
    run();
    this.cpuMs += nowMs() - this.startedMs;
    this.startedMs = -1;
  }

  randomBytes(byteCount: number, done: (bytes: Uint8Array | null) => void): void {
    const bytes = new Uint8Array(byteCount);
    this.random.fill(bytes);
    done(bytes);
  }

  openUdp(handlers: UdpHandlers): UdpSocket {
    this.handlers = handlers;
    return {
      localPort: PORT_NUMBER,
      send: (datagram) => {
        this.datagramsSent++;
        this.outside(() => this.out!.send(datagram));
      },
      close: () => undefined,
    };
  }

  openWebSocket(): never {
    throw new Error('there is no rendezvous in this world');
  }

  localAddresses(done: (addresses: string[]) => void): void {
    done([this.address]);
  }

  onNetworkChange(): () => void {
    return () => undefined;
  }

  /** The stopwatch stands still while the world works for its owner. */
  private outside<T>(run: () => T): T {
    const isRunning = this.startedMs >= 0;
    if (isRunning) this.cpuMs += nowMs() - this.startedMs;
    const result = run();
    if (isRunning) this.startedMs = nowMs();
    return result;
  }
}

const PORT_NUMBER = 50_000;
