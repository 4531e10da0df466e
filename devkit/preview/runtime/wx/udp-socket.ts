import { decodeUdpFrame, encodeUdpFrame, type UdpBound } from '../../udp-frame';
import { Listeners } from './listeners';

interface SendOptions {
  address: string;
  port: number;
  message: string | ArrayBuffer | ArrayBufferView;
  offset?: number;
  length?: number;
}

interface UdpMessage {
  message: ArrayBuffer;
  remoteInfo: { address: string; family: string; port: number; size: number };
  localInfo: { address: string; family: string; port: number };
}

/**
 * `wx.createUDPSocket` over the preview's bridge. `bind()` of WeChat returns the port at once, and a WebSocket needs time
 * to open, so one connection is always kept ready for the next socket.
 */
export class UdpSockets {
  private spare: BridgeLink;

  /** Without a network, datagrams get lost both ways. */
  constructor(
    private readonly bridgeUrl: string,
    private readonly isOnline: () => boolean,
  ) {
    this.spare = new BridgeLink(bridgeUrl);
  }

  /** Resolves when the next socket can say its port. */
  ready(): Promise<void> {
    return this.spare.opened;
  }

  readonly createUDPSocket = () => {
    const link = this.spare;
    this.spare = new BridgeLink(this.bridgeUrl);
    return createSocket(link, this.isOnline);
  };
}

/** One WebSocket to the bridge. */
class BridgeLink {
  bound: UdpBound | null = null;
  readonly opened: Promise<void>;
  onFrame: (frame: Uint8Array) => void = () => {};
  onBound: () => void = () => {};
  onClosed: () => void = () => {};
  private readonly waiting: Uint8Array<ArrayBuffer>[] = [];
  private readonly webSocket: WebSocket;

  constructor(url: string) {
    this.webSocket = new WebSocket(url);
    this.webSocket.binaryType = 'arraybuffer';
    this.opened = new Promise((resolve) => {
      this.webSocket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (typeof data !== 'string') return this.onFrame(new Uint8Array(data));
        this.bound = JSON.parse(data) as UdpBound;
        for (const frame of this.waiting.splice(0)) this.webSocket.send(frame);
        resolve();
        this.onBound();
      };
      this.webSocket.onclose = () => {
        resolve();
        this.onClosed();
      };
    });
  }

  get isClosed(): boolean {
    return this.webSocket.readyState >= WebSocket.CLOSING;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.bound) this.webSocket.send(frame);
    else this.waiting.push(frame);
  }

  close(): void {
    this.webSocket.close();
  }
}

function createSocket(link: BridgeLink, isOnline: () => boolean) {
  const message = new Listeners<UdpMessage>();
  const error = new Listeners<{ errMsg: string }>();
  const close = new Listeners<Record<string, never>>();
  const listening = new Listeners<Record<string, never>>();
  let isBound = false;
  let isOpen = true;

  const fail = (errMsg: string) => setTimeout(() => isOpen && error.emit({ errMsg }), 0);
  link.onFrame = (bytes) => {
    const frame = isOpen && isBound && isOnline() ? decodeUdpFrame(bytes) : null;
    if (!frame) return;
    const { address, port, datagram } = frame;
    message.emit({
      message: datagram.slice().buffer,
      remoteInfo: { address, family: 'IPv4', port, size: datagram.length },
      localInfo: { address: '127.0.0.1', family: 'IPv4', port: link.bound?.port ?? 0 },
    });
  };
  link.onClosed = () => {
    if (!isOpen) return;
    error.emit({ errMsg: 'the UDP bridge of the preview closed the socket' });
    isOpen = false;
    close.emit({});
  };

  return {
    /** The port, or 0 where the bridge has not answered yet. */
    bind(): number {
      isBound = true;
      if (link.isClosed) fail('bind:fail the UDP bridge of the preview refused the socket');
      else if (link.bound) setTimeout(() => listening.emit({}), 0);
      else link.onBound = () => listening.emit({});
      return link.bound?.port ?? 0;
    },
    send(options: SendOptions): void {
      if (!isOpen) return void fail('send:fail the socket is closed');
      if (!isBound) return void fail('send:fail bind first');
      const { address, port } = options;
      if (!(port > 0 && port < 65536)) return void fail(`send:fail invalid port ${port}`);
      if (!isOnline()) return;
      link.send(encodeUdpFrame({ address, port, datagram: bytesOf(options) }) as Uint8Array<ArrayBuffer>);
    },
    close(): void {
      if (!isOpen) return;
      isOpen = false;
      link.close();
      setTimeout(() => close.emit({}), 0);
    },
    onMessage: message.on,
    offMessage: message.off,
    onError: error.on,
    offError: error.off,
    onClose: close.on,
    offClose: close.off,
    onListening: listening.on,
    offListening: listening.off,
  };
}

function bytesOf({ message, offset = 0, length }: SendOptions): Uint8Array {
  if (typeof message === 'string') return new TextEncoder().encode(message);
  const bytes = ArrayBuffer.isView(message)
    ? new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
    : new Uint8Array(message);
  return bytes.subarray(offset, length === undefined ? bytes.length : offset + length);
}
