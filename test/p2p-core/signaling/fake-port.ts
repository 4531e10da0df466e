import type { Clock, Port, TimerId, WebSocketHandlers } from '../../../p2p-core/port/port';

/** Time that moves only when a test says so. */
export class FakeClock implements Clock {
  private now = 1_000;
  private timers: { atMs: number; fire: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.now;
  }
  setTimer(fire: () => void, delayMs: number): TimerId {
    if (!(delayMs >= 0 && delayMs < 1e9)) throw new Error(`bad delay ${delayMs}`);
    const timer = { atMs: this.now + delayMs, fire };
    this.timers.push(timer);
    return timer;
  }
  clearTimer(id: TimerId): void {
    this.timers = this.timers.filter((timer) => timer !== id);
  }

  get timerCount(): number {
    return this.timers.length;
  }
  /** When the next timer fires, from now; Infinity without timers. */
  nextInMs(): number {
    return Math.min(Infinity, ...this.timers.map((timer) => timer.atMs)) - this.now;
  }
  advance(byMs: number): void {
    const endMs = this.now + byMs;
    for (;;) {
      const [due] = this.timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (due === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.now = Math.max(this.now, due.atMs);
      due.fire();
    }
    this.now = endMs;
  }
}

export class FakeSocket {
  isClosed = false;
  sent: string[] = [];

  constructor(
    readonly url: string,
    readonly protocol: string,
    readonly handlers: WebSocketHandlers,
  ) {}

  /** The packets sent since the last call, as hex, cut at packet borders (none is longer than 127 bytes). */
  takePackets(): string[] {
    const bytes = Buffer.from(this.sent.splice(0).join(''), 'hex');
    const packets: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 2 + bytes[at + 1]!;
      packets.push(bytes.toString('hex', at, end));
      at = end;
    }
    return packets;
  }
  receive(hex: string): void {
    this.handlers.onMessage(Uint8Array.from(Buffer.from(hex.replace(/ /g, ''), 'hex')));
  }
}

/** A port without network: a test plays the other end of every socket. */
export class FakePort {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly lines: string[] = [];
  onOpenWebSocket: ((socket: FakeSocket) => void) | null = null;

  readonly port: Pick<Port, 'clock' | 'openWebSocket' | 'log'> = {
    clock: this.clock,
    log: (level, message) => this.lines.push(`${level} ${message}`),
    openWebSocket: (url, protocol, handlers) => {
      const socket = new FakeSocket(url, protocol, handlers);
      this.sockets.push(socket);
      if (this.onOpenWebSocket) this.onOpenWebSocket(socket);
      return {
        send: (bytes) => {
          if (!socket.isClosed) socket.sent.push(Buffer.from(bytes).toString('hex'));
        },
        close: () => {
          socket.isClosed = true;
        },
      };
    },
  };

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }
  get openSocketCount(): number {
    return this.sockets.filter((socket) => !socket.isClosed).length;
  }
}
