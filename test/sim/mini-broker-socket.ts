import type { WebSocketHandlers, WebSocketLink } from '../../p2p-core/port/port';
import type { VirtualClock } from './virtual-clock';

/** The broker's end of a WebSocket. */
export interface ServerSocket {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface ServerSocketHandlers {
  onMessage(bytes: Uint8Array): void;
  onClose(): void;
}

export interface SocketOptions {
  clock: VirtualClock;
  /** One way, now. */
  delayMs(): number;
  /** null: nobody listens there. */
  accept(socket: ServerSocket): ServerSocketHandlers | null;
}

/**
 * A WebSocket between a peer and the broker: in order and without loss as long as it lives, each message `delayMs` late,
 * open after two round trips (TCP and the upgrade). A dead one carries nothing any more and does not say so, as when a
 * phone changed its network.
 */
export class SimWebSocket implements WebSocketLink {
  isDead = false;
  private server: ServerSocketHandlers | null = null;
  private isClosedForClient = false;
  private hasClientClosed = false;
  private isClosedForServer = false;
  /** When the last message of each direction arrives; nothing overtakes it. */
  private lastUpMs = 0;
  private lastDownMs = 0;

  constructor(
    private readonly options: SocketOptions,
    private readonly client: WebSocketHandlers,
  ) {
    const { clock, delayMs, accept } = options;
    clock.at(clock.nowMs() + 3 * delayMs(), () => {
      if (this.isDead || this.hasClientClosed) return;
      this.server = accept({ send: (bytes) => this.sendDown(bytes), close: () => this.closeByServer() });
      if (this.server === null) return this.down(() => this.endClient('connection refused'));
      this.down(() => {
        if (!this.hasClientClosed) this.client.onOpen();
      });
    });
  }

  send(bytes: Uint8Array): void {
    if (this.server === null || this.hasClientClosed || this.isClosedForClient) return;
    const copy = bytes.slice();
    this.up(() => {
      if (!this.isClosedForServer) this.server!.onMessage(copy);
    });
  }

  /** By the client. */
  close(): void {
    if (this.hasClientClosed || this.isClosedForClient) return;
    this.hasClientClosed = true;
    this.up(() => this.endServer());
    // The platform reports it from an event of its own, also where the network is gone.
    this.options.clock.at(this.options.clock.nowMs(), () => this.endClient('closed'));
  }

  /** The connection breaks where both ends notice. */
  break(): void {
    this.endServer();
    this.down(() => this.endClient('connection reset'));
  }

  private closeByServer(): void {
    this.isClosedForServer = true;
    this.down(() => this.endClient('closed by the server'));
  }

  private sendDown(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.down(() => {
      if (!this.hasClientClosed && !this.isClosedForClient) this.client.onMessage(copy);
    });
  }

  private endClient(reason: string): void {
    if (this.isClosedForClient) return;
    this.isClosedForClient = true;
    this.client.onClose(reason);
  }

  private endServer(): void {
    if (this.isClosedForServer) return;
    this.isClosedForServer = true;
    this.server?.onClose();
  }

  private up(run: () => void): void {
    const { clock, delayMs } = this.options;
    this.lastUpMs = Math.max(this.lastUpMs, clock.nowMs() + delayMs());
    clock.at(this.lastUpMs, () => {
      if (!this.isDead) run();
    });
  }

  private down(run: () => void): void {
    const { clock, delayMs } = this.options;
    this.lastDownMs = Math.max(this.lastDownMs, clock.nowMs() + delayMs());
    clock.at(this.lastDownMs, () => {
      if (!this.isDead) run();
    });
  }
}
