import { SCTP } from 'werift-sctp';
import type { SctpPath } from 'werift-sctp';
import type { Link } from '../../test/sim/link';
import type { VirtualClock } from '../../test/sim/virtual-clock';
import type { World } from '../../test/sim/world';
import type { Contender, StreamKind } from './contender';

/** WebRTC's protocol id of binary messages (RFC 8831 §8). */
const BINARY_MESSAGE = 53;
const LIVE_STREAM = 1;
const DOWNLOAD_STREAM = 2;
/** What waits inside the association besides what is in flight: it has no priorities, a longer queue delays the video. */
const QUEUED_CHUNKS = 8;
const REFILL_MS = 1;
const CONNECT_WITHIN_MS = 60_000;

/**
 * werift's SCTP (RFC 9260), what WebRTC data channels run on, without DTLS. It reads global timers and clocks and hands
 * everything on by promises, so for the length of a run the globals are those of the world, and promises settle between
 * its events. Its tags and first sequence numbers are not seeded: figures differ a little from run to run.
 */
export const sctp: Contender = {
  name: 'SCTP',
  async connect(world, path, onData) {
    const restore = replaceGlobals(world.clock);
    const viewerPath = sctpPath();
    const cameraPath = sctpPath();
    const down: Link = world.link(path.down, (datagram) => viewerPath.onData?.(asBuffer(datagram)));
    const up: Link = world.link(path.up, (datagram) => cameraPath.onData?.(asBuffer(datagram)));
    cameraPath.link = down;
    viewerPath.link = up;
    const camera = SCTP.server(cameraPath);
    const viewer = SCTP.client(viewerPath);
    viewer.onReceive.subscribe((streamId, _protocolId, message) => {
      const kind: StreamKind = streamId === LIVE_STREAM ? 'live' : 'download';
      onData(kind, message.length);
    });
    // Nobody here waits for a `send`. Beside a download the queue is never empty, so every call would go on waiting, and all
    // of them would be woken by every flush: time that grows with the square of what was sent.
    camera.flush.asPromise = () => new Promise(() => undefined);
    let connected = 0;
    for (const end of [camera, viewer]) end.stateChanged.connected.subscribe(() => connected++);
    void camera.start(5000);
    void viewer.start(5000);
    await run(world, CONNECT_WITHIN_MS, () => connected === 2);
    if (connected < 2) throw new Error(`SCTP has not connected (seed ${world.seed})`);
    const send = (streamId: number, bytes: Uint8Array): void => {
      void camera.send(streamId, BINARY_MESSAGE, Buffer.from(bytes));
    };
    return {
      down,
      write: (bytes) => {
        send(LIVE_STREAM, bytes);
        return bytes.length;
      },
      fillDownload: () => {
        const message = new Uint8Array(1200);
        const refill = (): void => {
          for (let i = camera.outboundQueue.length; i < QUEUED_CHUNKS; i++) send(DOWNLOAD_STREAM, message);
          world.clock.setTimer(refill, REFILL_MS);
        };
        refill();
      },
      run: (untilMs) => run(world, untilMs, () => false),
      close: () => {
        void camera.stop();
        void viewer.stop();
        restore();
      },
    };
  },
};

function sctpPath(): SctpPath & { link: Link | null } {
  return {
    link: null,
    send(datagram) {
      this.link!.send(new Uint8Array(datagram));
      return Promise.resolve();
    },
    close: () => undefined,
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

async function run(world: World, untilMs: number, isDone: () => boolean): Promise<void> {
  for (;;) {
    await settle();
    if (isDone()) return;
    let asked = 0;
    world.clock.run(untilMs, () => asked++ > 0);
    if (asked === 1) return; // nothing was left to fire
  }
}

const { setImmediate: realImmediate } = globalThis;
/** All promises that can settle do so before the next macrotask. */
const settle = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

function replaceGlobals(clock: VirtualClock): () => void {
  const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
  const realNow = Date.now;
  globalThis.setTimeout = ((fire: () => void, delayMs = 0) => clock.setTimer(fire, delayMs)) as never;
  globalThis.clearTimeout = ((timer: object | undefined) => timer && clock.clearTimer(timer)) as never;
  Date.now = clock.wallMs;
  return () => {
    globalThis.setTimeout = realSetTimeout;
    globalThis.clearTimeout = realClearTimeout;
    Date.now = realNow;
  };
}
