import type { HttpServerHandler } from '../../p2p-core/http/types';
import { parseQuery } from '../../p2p-core/http/query';
import type { Clock } from '../../p2p-core/port/port';

export const SIGNALING_URL = 'ws://broker.sim/mqtt';
export const STUN_SERVER = '9.9.9.9:3478';

/** A stream that a slow path holds back gets no more than this ahead. */
const MAX_BUFFERED_BYTES = 256 * 1024;

export interface FeedOptions {
  frameBytes: number;
  frameMs: number;
}

/** What byte `offset` of the stream with `tag` is: so a viewer sees loss, order, corruption and mixed-up streams. */
export function patternByte(tag: number, offset: number): number {
  return (offset * 131 + (offset >>> 8) * 7 + tag * 17) & 0xff;
}

function pattern(tag: number, offset: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = patternByte(tag, offset + i);
  return bytes;
}

/**
 * What the simulated camera serves: `/ipc.flv?tag=n` is an endless stream of frames, with `bytes=m` one that ends;
 * `/ipc.flv?status=n` an error; `/command?cmd=echo-…` is answered with itself, `cmd=silent` never, `cmd=fail` with 500.
 */
export function cameraApp(clock: Clock, feed: FeedOptions): HttpServerHandler {
  return (request, response) => {
    const params = parseQuery(request.query);
    if (request.path === '/command') {
      const cmd = params.get('cmd') ?? '';
      if (cmd === 'silent') return;
      const body = new TextEncoder().encode(cmd);
      response.start(cmd === 'fail' ? 500 : 200, { 'content-length': String(body.length) });
      response.write(body);
      return response.end();
    }
    const status = Number(params.get('status') ?? 200);
    if (status !== 200) {
      response.start(status, { 'content-length': '0' });
      return response.end();
    }
    const tag = Number(params.get('tag') ?? 0);
    response.start(200, { 'content-type': 'video/x-flv' });
    if (params.has('bytes')) {
      response.write(pattern(tag, 0, Number(params.get('bytes'))));
      return response.end();
    }
    let offset = 0;
    let timer: unknown = null;
    const tick = (): void => {
      timer = clock.setTimer(tick, feed.frameMs);
      if (response.bufferedBytes() > MAX_BUFFERED_BYTES) return;
      response.write(pattern(tag, offset, feed.frameBytes));
      offset += feed.frameBytes;
    };
    request.onAbort = () => clock.clearTimer(timer as object);
    tick();
  };
}

/** Takes one stream's data and checks every byte of it. */
export class StreamSink {
  bytes = 0;
  firstMs = Infinity;
  lastMs = -Infinity;
  /** The first thing that is wrong: a byte that is not the stream's, data after its stop. Null while there is none. */
  mistake: string | null = null;
  /** The app has stopped the stream: no data may come any more. */
  isClosed = false;

  constructor(
    readonly tag: number,
    private readonly clock: Clock,
  ) {}

  readonly dataCallback = (data: ArrayBuffer): void => {
    const nowMs = this.clock.nowMs();
    this.firstMs = Math.min(this.firstMs, nowMs);
    this.lastMs = nowMs;
    if (this.isClosed) this.mistake = `stream ${this.tag}: data after its stop`;
    const bytes = new Uint8Array(data);
    for (let i = 0; i < bytes.length && this.mistake === null; i++) {
      const expected = patternByte(this.tag, this.bytes + i);
      if (bytes[i] !== expected) {
        this.mistake = `stream ${this.tag}: byte ${this.bytes + i} is ${bytes[i]}, expected ${expected}`;
      }
    }
    this.bytes += bytes.length;
  };
}
