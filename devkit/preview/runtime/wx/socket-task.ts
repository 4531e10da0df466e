import { Listeners } from './listeners';
import { answer, type WxCallbacks } from './result';

interface ConnectOptions extends WxCallbacks {
  url: string;
  protocols?: string[];
}

interface SendOptions extends WxCallbacks {
  data: string | ArrayBuffer;
}

/** `wx.connectSocket` on the browser's WebSocket. */
export function connectSocket(options: ConnectOptions) {
  const open = new Listeners<{ header: object }>();
  const message = new Listeners<{ data: string | ArrayBuffer }>();
  const error = new Listeners<{ errMsg: string }>();
  const close = new Listeners<{ code: number; reason: string }>();

  let webSocket: WebSocket | null = null;
  try {
    webSocket = new WebSocket(options.url, options.protocols ?? []);
  } catch (cause) {
    const errMsg = `connectSocket:fail ${(cause as Error).message}`;
    setTimeout(() => {
      options.fail?.({ errMsg });
      options.complete?.({ errMsg } as never);
      error.emit({ errMsg });
    }, 0);
  }
  if (webSocket) {
    webSocket.binaryType = 'arraybuffer';
    webSocket.onopen = () => open.emit({ header: {} });
    webSocket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => message.emit({ data });
    // A browser tells no reasons, so that pages cannot scan networks.
    webSocket.onerror = () => error.emit({ errMsg: 'connectSocket:fail the connection failed' });
    webSocket.onclose = ({ code, reason }) => close.emit({ code, reason });
    void answer('connectSocket', { ...options, success: options.success ?? (() => {}) }, () => ({
      socketTaskId: 1,
    }));
  }

  return {
    CONNECTING: 0,
    OPEN: 1,
    CLOSING: 2,
    CLOSED: 3,
    get readyState(): number {
      return webSocket?.readyState ?? 3;
    },
    send: (send: SendOptions) =>
      answer('sendSocketMessage', send, () => {
        if (webSocket?.readyState !== WebSocket.OPEN) throw new Error('the socket is not open');
        webSocket.send(send.data);
        return {};
      }),
    close: (closing: WxCallbacks & { code?: number; reason?: string } = {}) =>
      answer('closeSocket', closing, () => {
        webSocket?.close(closing.code ?? 1000, closing.reason);
        return {};
      }),
    onOpen: open.on,
    onMessage: message.on,
    onError: error.on,
    onClose: close.on,
  };
}
