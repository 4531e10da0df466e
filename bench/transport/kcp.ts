import type { Link } from '../../test/sim/link';
import type { World } from '../../test/sim/world';
import type { Contender, StreamKind } from './contender';

/**
 * KCP in the settings that its users call fast: nodelay on, update each 10 ms, resend after 2 later acknowledgements, no
 * congestion control, windows of 256 segments. Written for this bench from the protocol's description, in stream mode; npm
 * has no KCP that fits. Segments are objects here, their 24 bytes of header count.
 */
const INTERVAL_MS = 10;
const FAST_RESEND = 2;
const MOST_FAST_RESENDS = 5;
const WINDOW = 256;
const MIN_RTO_MS = 30;
const MAX_RTO_MS = 60_000;
const HEADER_BYTES = 24;
const DATAGRAM_BYTES = 1200;
const SEGMENT_BYTES = DATAGRAM_BYTES - HEADER_BYTES;
const ACK = 82;
const PUSH = 81;

interface Segment {
  number: number;
  byteCount: number;
  sentMs: number;
  resendMs: number;
  rtoMs: number;
  transmissions: number;
  /** Acknowledgements of later segments since it was sent. */
  overtaken: number;
}

/** One direction of data, with both ends' state: what is sent as bytes are the headers and as much filling. */
class Kcp {
  out!: Link;
  private readonly queue: number[] = [];
  private readonly inFlight: Segment[] = [];
  private nextNumber = 0;
  private smoothedMs = 0;
  private variationMs = 0;
  private rtoMs = 200;
  private peerNext = 0;
  // As a receiver.
  private expected = 0;
  private readonly early = new Map<number, number>();
  private readonly acks: [number: number, sentMs: number][] = [];

  constructor(
    private readonly world: World,
    private readonly conversation: number,
    private readonly onData: (byteCount: number) => void,
  ) {
    // Ends do not tick together.
    const tick = (): void => {
      this.flush();
      world.clock.setTimer(tick, INTERVAL_MS);
    };
    world.clock.setTimer(tick, world.random.next() * INTERVAL_MS);
  }

  /** Segments that wait for the window. */
  get waiting(): number {
    return this.queue.length;
  }

  write(byteCount: number): void {
    // Stream mode: the last segment is filled up first.
    const last = this.queue.length - 1;
    if (last >= 0) {
      const room = Math.min(byteCount, SEGMENT_BYTES - this.queue[last]!);
      this.queue[last] = this.queue[last]! + room;
      byteCount -= room;
    }
    for (; byteCount > 0; byteCount -= SEGMENT_BYTES) this.queue.push(Math.min(byteCount, SEGMENT_BYTES));
  }

  receive(datagram: Uint8Array): void {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    let newestAck = -1;
    for (let at = 0; at + HEADER_BYTES <= datagram.length;) {
      const command = view.getUint8(at + 4);
      const sentMs = view.getFloat32(at + 8, true);
      const number = view.getUint32(at + 12, true);
      const byteCount = view.getUint32(at + 20, true);
      this.onUna(view.getUint32(at + 16, true));
      if (command === ACK) {
        this.onAck(number, this.world.clock.nowMs() - sentMs);
        newestAck = Math.max(newestAck, number);
      } else {
        this.onPush(number, byteCount, sentMs);
      }
      at += HEADER_BYTES + byteCount;
    }
    for (const segment of this.inFlight) if (segment.number < newestAck) segment.overtaken++;
  }

  private onUna(una: number): void {
    this.peerNext = Math.max(this.peerNext, una);
    while (this.inFlight.length > 0 && this.inFlight[0]!.number < una) this.inFlight.shift();
  }

  private onAck(number: number, rttMs: number): void {
    if (rttMs >= 0) this.onRtt(rttMs);
    const at = this.inFlight.findIndex((segment) => segment.number === number);
    if (at >= 0) this.inFlight.splice(at, 1);
  }

  private onRtt(rttMs: number): void {
    if (this.smoothedMs === 0) {
      this.smoothedMs = rttMs;
      this.variationMs = rttMs / 2;
    } else {
      this.variationMs = (3 * this.variationMs + Math.abs(rttMs - this.smoothedMs)) / 4;
      this.smoothedMs = Math.max(1, (7 * this.smoothedMs + rttMs) / 8);
    }
    const rtoMs = this.smoothedMs + Math.max(INTERVAL_MS, 4 * this.variationMs);
    this.rtoMs = Math.min(MAX_RTO_MS, Math.max(MIN_RTO_MS, rtoMs));
  }

  private onPush(number: number, byteCount: number, sentMs: number): void {
    if (number >= this.expected + WINDOW) return;
    this.acks.push([number, sentMs]);
    if (number < this.expected) return;
    this.early.set(number, byteCount);
    for (let ready; (ready = this.early.get(this.expected)) !== undefined; this.expected++) {
      this.early.delete(this.expected);
      this.onData(ready);
    }
  }

  private flush(): void {
    const nowMs = this.world.clock.nowMs();
    const packet = new Uint8Array(DATAGRAM_BYTES);
    const view = new DataView(packet.buffer);
    let end = 0;
    const put = (command: number, number: number, sentMs: number, byteCount: number): void => {
      if (end + HEADER_BYTES + byteCount > DATAGRAM_BYTES) {
        this.out.send(packet.subarray(0, end));
        end = 0;
      }
      view.setUint32(end, this.conversation, true);
      view.setUint8(end + 4, command);
      view.setFloat32(end + 8, sentMs, true);
      view.setUint32(end + 12, number, true);
      view.setUint32(end + 16, this.expected, true);
      view.setUint32(end + 20, byteCount, true);
      end += HEADER_BYTES + byteCount;
    };
    for (const [number, sentMs] of this.acks) put(ACK, number, sentMs, 0);
    this.acks.length = 0;
    while (this.queue.length > 0 && this.nextNumber < this.peerNext + WINDOW) {
      const byteCount = this.queue.shift()!;
      const number = this.nextNumber++;
      const fresh = { sentMs: 0, resendMs: 0, rtoMs: 0, transmissions: 0, overtaken: 0 };
      this.inFlight.push({ number, byteCount, ...fresh });
    }
    for (const segment of this.inFlight) {
      if (segment.transmissions === 0) segment.rtoMs = this.rtoMs;
      else if (nowMs >= segment.resendMs) segment.rtoMs += segment.rtoMs / 2;
      else if (segment.overtaken < FAST_RESEND || segment.transmissions > MOST_FAST_RESENDS) continue;
      segment.transmissions++;
      segment.overtaken = 0;
      segment.sentMs = nowMs;
      segment.resendMs = nowMs + segment.rtoMs;
      put(PUSH, segment.number, nowMs, segment.byteCount);
    }
    if (end > 0) this.out.send(packet.subarray(0, end));
  }
}

/** It has no streams: live video and a download have a conversation each, as its users do it. */
export const kcp: Contender = {
  name: 'KCP',
  connect(world, path, onData) {
    const ends = new Map<StreamKind, { camera: Kcp; viewer: Kcp }>();
    const down: Link = world.link(path.down, (datagram) => endOf(datagram).viewer.receive(datagram));
    const up: Link = world.link(path.up, (datagram) => endOf(datagram).camera.receive(datagram));
    const kinds: StreamKind[] = ['live', 'download'];
    const endOf = (datagram: Uint8Array) => ends.get(kinds[datagram[0]!]!)!;
    kinds.forEach((kind, conversation) => {
      const camera = new Kcp(world, conversation, () => undefined);
      const viewer = new Kcp(world, conversation, (byteCount) => onData(kind, byteCount));
      camera.out = down;
      viewer.out = up;
      ends.set(kind, { camera, viewer });
    });
    return Promise.resolve({
      down,
      write: (bytes: Uint8Array) => {
        ends.get('live')!.camera.write(bytes.length);
        return bytes.length;
      },
      fillDownload: () => {
        const { camera } = ends.get('download')!;
        const refill = (): void => {
          if (camera.waiting < WINDOW) camera.write(WINDOW * SEGMENT_BYTES);
          world.clock.setTimer(refill, INTERVAL_MS);
        };
        refill();
      },
      run: (untilMs: number) => Promise.resolve(world.run(untilMs)),
      close: () => undefined,
    });
  },
};
