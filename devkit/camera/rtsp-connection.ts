import net from 'node:net';
import tls from 'node:tls';
import { authorization, splitLogin } from './http-auth';
import type { Login } from './http-auth';

export interface RtspAnswer {
  status: number;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

const DEFAULT_PORTS = { 'rtsp:': 554, 'rtsps:': 322 };
const TIMEOUT_MS = 5_000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
const INTERLEAVED = 0x24;
const INTERLEAVED_HEADER_BYTES = 4;

interface Waiting {
  resolve(answer: RtspAnswer & { challenges: string[] }): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** One RTSP connection as a client (RFC 2326), media interleaved. What the server sends of media is not kept. */
export class RtspConnection {
  /** Without the login. */
  readonly url: string;
  private readonly login: Login | null;
  private readonly socket: net.Socket;
  private readonly waiting: Waiting[] = [];
  private challenges: string[] = [];
  private sequence = 0;
  private received: Buffer = Buffer.alloc(0);
  private failure: Error | null = null;

  /**
   * `onClose` once, unless it was `close`. A certificate is not checked, as ffmpeg does not: those of cameras are made by the
   * cameras.
   */
  constructor(text: string, onClose: (reason: string) => void) {
    const { url, login } = splitLogin(text);
    this.login = login;
    this.url = url.href;
    const isSecure = url.protocol === 'rtsps:';
    const where = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || DEFAULT_PORTS[isSecure ? 'rtsps:' : 'rtsp:'],
    };
    this.socket = isSecure ? tls.connect({ ...where, rejectUnauthorized: false }) : net.connect(where);
    this.socket.setNoDelay(true);
    this.socket.on('data', (bytes) => this.onData(bytes));
    this.socket.on('error', (error: NodeJS.ErrnoException) =>
      this.fail(new Error(error.code ?? 'the connection broke')),
    );
    this.socket.on('close', () => {
      const isOurs = this.failure === CLOSED;
      this.fail(new Error('the camera has hung up'));
      if (!isOurs) onClose(this.failure!.message);
    });
  }

  /** What waits to be sent. */
  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** One exchange, answered twice where the camera asks who we are. @throws Error of the network, or after 5 s */
  async request(method: string, uri: string, headers: Record<string, string> = {}): Promise<RtspAnswer> {
    const answer = await this.exchange(method, uri, headers);
    if (answer.status !== 401 || this.login === null || answer.challenges.length === 0) return answer;
    this.challenges = answer.challenges;
    return this.exchange(method, uri, headers);
  }

  /** Without waiting for an answer. */
  send(method: string, uri: string, headers: Record<string, string> = {}): void {
    this.exchange(method, uri, headers).catch(() => {});
  }

  sendInterleaved(channel: number, packet: Uint8Array): void {
    const head = Buffer.of(INTERLEAVED, channel, packet.length >> 8, packet.length & 0xff);
    if (this.failure === null) this.socket.write(Buffer.concat([head, packet]));
  }

  /** What was written before still leaves. */
  close(): void {
    this.fail(CLOSED);
    this.socket.end();
    this.socket.setTimeout(TIMEOUT_MS, () => this.socket.destroy());
  }

  private exchange(
    method: string,
    uri: string,
    headers: Record<string, string>,
  ): Promise<RtspAnswer & { challenges: string[] }> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const value = this.login && authorization(this.challenges, this.login, { method, uri });
    const lines = Object.entries({
      CSeq: String(++this.sequence),
      'User-Agent': 'iot-p2p',
      ...(value === null ? {} : { Authorization: value }),
      ...headers,
    }).map(([name, text]) => `${name}: ${text}\r\n`);
    this.socket.write(`${method} ${uri} RTSP/1.0\r\n${lines.join('')}\r\n`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(new Error('the camera does not answer'));
        this.socket.destroy();
      }, TIMEOUT_MS);
      // Answers come in the order of the requests (RFC 2326 §9.1).
      this.waiting.push({ resolve, reject, timer });
    });
  }

  private onData(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    for (let used = this.readOne(); used > 0; used = this.readOne()) {
      this.received = this.received.subarray(used);
    }
  }

  /** How many bytes the next message has; 0 while it is not complete. */
  private readOne(): number {
    const { received } = this;
    if (received.length < INTERLEAVED_HEADER_BYTES) return 0;
    if (received[0] === INTERLEAVED) {
      const total = INTERLEAVED_HEADER_BYTES + received.readUInt16BE(2);
      return received.length < total ? 0 : total;
    }
    const headBytes = received.indexOf('\r\n\r\n');
    if (headBytes > MAX_HEAD_BYTES || (headBytes < 0 && received.length > MAX_HEAD_BYTES)) {
      this.socket.destroy();
      return 0;
    }
    if (headBytes < 0) return 0;
    const [first = '', ...lines] = received.toString('latin1', 0, headBytes).split('\r\n');
    const fields = lines.map((line) => /^([^:]+):\s*(.*)$/.exec(line)?.slice(1) ?? ['', '']);
    const headers = new Map(fields.map(([name, value]) => [name!.toLowerCase(), value!]));
    const bodyBytes = Number(headers.get('content-length') ?? 0);
    const status = Number(/^RTSP\/\d\.\d (\d{3})/.exec(first)?.[1] ?? 0);
    if (!(bodyBytes >= 0 && bodyBytes <= MAX_BODY_BYTES)) {
      this.socket.destroy();
      return 0;
    }
    const total = headBytes + 4 + bodyBytes;
    if (received.length < total) return 0;
    // A request of the server (such as an announcement) is nobody's answer.
    const waiting = status === 0 ? undefined : this.waiting.shift();
    if (waiting !== undefined) {
      clearTimeout(waiting.timer);
      const challenges = fields
        .filter(([name]) => /^www-authenticate$/i.test(name!))
        .map(([, value]) => value!);
      waiting.resolve({ status, headers, body: received.toString('utf8', headBytes + 4, total), challenges });
    }
    return total;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject, timer } of this.waiting.splice(0)) {
      clearTimeout(timer);
      reject(this.failure);
    }
  }
}

const CLOSED = new Error('closed');
