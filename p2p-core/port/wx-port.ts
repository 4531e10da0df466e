import type {
  Clock,
  HttpFetch,
  HttpFetchHandlers,
  Log,
  NetworkChange,
  Port,
  UdpHandlers,
  UdpSocket,
  WebSocketHandlers,
  WebSocketLink,
} from './port';

/**
 * The port of a real mini program; the only file of the core that names `wx`. Members that a base library may lack are
 * feature-detected. Needs base library 2.19.3 (UDPSocket in plugins, getRandomValues).
 */
export function createWxPort(log: Log = () => {}): Port {
  return {
    clock: createWxClock(),
    log,
    randomBytes,
    openUdp,
    openWebSocket,
    openHttp,
    localAddresses,
    networkType,
    onNetworkChange,
  };
}

/** Date.now may be set back by the user or by NTP; protocol time must not. */
function createWxClock(): Clock {
  let lastWallMs = Date.now();
  let elapsedMs = 0;
  return {
    nowMs() {
      const wallMs = Date.now();
      if (wallMs > lastWallMs) elapsedMs += wallMs - lastWallMs;
      lastWallMs = wallMs;
      return elapsedMs;
    },
    wallMs: () => Date.now(),
    setTimer: (fire, delayMs) => setTimeout(fire, Math.max(0, delayMs)) as unknown as number,
    clearTimer: (id) => clearTimeout(id as number),
  };
}

function randomBytes(byteCount: number, done: (bytes: Uint8Array | null) => void): void {
  if (typeof wx.getRandomValues !== 'function') return done(null);
  wx.getRandomValues({
    length: byteCount,
    success: (result) => done(new Uint8Array(result.randomValues)),
    fail: () => done(null),
  });
}

/** One socket of the core: the platform's IPv4 socket, and an IPv6 one beside it where the platform makes one. */
function openUdp(handlers: UdpHandlers): UdpSocket {
  let isOpen = true;
  const sockets: WechatMiniprogram.UDPSocket[] = [];
  const close = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.close();
  };
  const open = (family: 'udp4' | 'udp6'): number => {
    // IPv4 is the default, and was there before the parameter.
    const socket = family === 'udp4' ? wx.createUDPSocket() : wx.createUDPSocket(family);
    sockets.push(socket);
    socket.onMessage(({ message, remoteInfo }) => {
      if (isOpen) handlers.onMessage(new Uint8Array(message), remoteInfo.address, remoteInfo.port);
    });
    socket.onError(({ errMsg }) => {
      if (isOpen) handlers.onError(errMsg);
    });
    // The platform takes both away together; who hears of the first one opens both anew.
    socket.onClose(() => {
      if (!isOpen) return;
      close();
      handlers.onClose();
    });
    try {
      return socket.bind();
    } catch (thrown) {
      socket.close();
      throw thrown;
    }
  };
  const localPort = open('udp4');
  let localPort6 = 0;
  try {
    localPort6 = open('udp6');
  } catch {
    // No IPv6 here.
  }
  return {
    localPort,
    localPort6,
    send(datagram, address, port) {
      const isIpv6 = address.indexOf(':') >= 0;
      if (!isOpen || (isIpv6 && localPort6 === 0)) return;
      // The platform may read the buffer after the call returned, so it gets its own copy.
      sockets[isIpv6 ? 1 : 0]!.send({ address, port, message: datagram.slice().buffer });
    },
    close() {
      if (isOpen) close();
    },
  };
}

function openWebSocket(url: string, protocol: string, handlers: WebSocketHandlers): WebSocketLink {
  let state: 'connecting' | 'open' | 'closed' = 'connecting';
  const end = (reason: string): void => {
    if (state === 'closed') return;
    state = 'closed';
    handlers.onClose(reason);
  };
  const task = wx.connectSocket({ url, protocols: [protocol], fail: ({ errMsg }) => end(errMsg) });
  task.onOpen(() => {
    if (state !== 'connecting') return;
    state = 'open';
    handlers.onOpen();
  });
  task.onMessage(({ data }) => {
    // Binary only: a text frame is no MQTT.
    if (state === 'open' && typeof data !== 'string') handlers.onMessage(new Uint8Array(data));
  });
  task.onError(({ errMsg }) => end(errMsg));
  task.onClose(({ code, reason }) => end(`closed ${code} ${reason}`));
  return {
    send(bytes) {
      if (state !== 'open') return;
      task.send({ data: bytes.slice().buffer, fail: ({ errMsg }) => end(errMsg) });
    },
    close() {
      if (state === 'closed') return;
      task.close({ code: 1000 });
      end('closed by this side');
    },
  };
}

/** Needs base library 2.20.2: before it, answers come whole, and a live stream never does. */
function openHttp(url: string, handlers: HttpFetchHandlers): HttpFetch | null {
  let isOver = false;
  let hasHead = false;
  const head = (status: number | undefined, headers: object): void => {
    // Some versions report redirects too; some do not tell the status here, and call `fail` for what is no answer.
    if (isOver || hasHead || (status && status >= 300 && status < 400)) return;
    hasHead = true;
    handlers.onHead(status || 200, { ...headers } as Record<string, string>);
  };
  const end = (errmsg: string): void => {
    if (isOver) return;
    isOver = true;
    handlers.onEnd(errmsg);
  };
  const task = wx.request<ArrayBuffer>({
    url,
    enableChunked: true,
    responseType: 'arraybuffer',
    success({ statusCode, header, data }) {
      // A short answer may come without having been told of in parts.
      if (!hasHead) {
        head(statusCode, header);
        if (!isOver && data && data.byteLength > 0) handlers.onChunk(new Uint8Array(data));
      }
      end('');
    },
    fail: ({ errMsg }) => end(errMsg || 'request:fail'),
  });
  if (!task || typeof task.onChunkReceived !== 'function') {
    isOver = true;
    if (task) task.abort();
    return null;
  }
  task.onHeadersReceived(({ statusCode, header }) => head(statusCode, header));
  task.onChunkReceived(({ data }) => {
    head(undefined, {});
    if (!isOver) handlers.onChunk(new Uint8Array(data));
  });
  return {
    abort() {
      if (isOver) return;
      isOver = true;
      task.abort();
    },
  };
}

function localAddresses(done: (addresses: string[]) => void): void {
  if (typeof wx.getLocalIPAddress !== 'function') return done([]);
  wx.getLocalIPAddress({
    success: ({ localip }) => done(localip && localip !== 'unknown' ? [localip] : []),
    fail: () => done([]),
  });
}

function networkType(done: (networkType: string) => void): void {
  wx.getNetworkType({ success: (result) => done(result.networkType), fail: () => done('unknown') });
}

function onNetworkChange(listener: (change: NetworkChange) => void): () => void {
  const relay = (change: { isConnected: boolean; networkType: string }): void =>
    listener({ isConnected: change.isConnected, networkType: change.networkType });
  wx.onNetworkStatusChange(relay);
  return () => {
    // The typings of `off` name the wrong argument type; the platform compares the function by identity.
    if (typeof wx.offNetworkStatusChange === 'function') {
      wx.offNetworkStatusChange(relay as unknown as WechatMiniprogram.OffNetworkStatusChangeCallback);
    }
  };
}
