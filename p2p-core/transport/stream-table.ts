import { MAX_PEER_STREAMS } from './constants';
import type { Stream } from './stream';

/** RFC 9000 §2.1: bit 0 tells who opened the stream, bit 1 is 0 because all of ours are bidirectional. */
const ID_STEP = 4;
/** MAX_STREAMS is told again when this many more may be opened. */
const ADVERTISE_STEP = MAX_PEER_STREAMS / 4;

/** Which streams exist, and how many may (RFC 9000 §4.6). Ids are used in order: one below the next is closed or open. */
export class StreamTable {
  /** A new MAX_STREAMS should be sent. */
  isLimitDue = false;
  private readonly streams = new Map<number, Stream>();
  private readonly localBit: number;
  private localCount = 0;
  private peerCount = 0;
  /** How many the peer lets us open, and how many we let it, since the beginning. */
  private localLimit = MAX_PEER_STREAMS;
  private peerLimit = MAX_PEER_STREAMS;
  private advertisedPeerLimit = MAX_PEER_STREAMS;

  constructor(role: 'client' | 'server') {
    this.localBit = role === 'client' ? 0 : 1;
  }

  get(id: number): Stream | null {
    return this.streams.get(id) ?? null;
  }

  all(): IterableIterator<Stream> {
    return this.streams.values();
  }

  /** The id of the next stream of ours. */
  takeLocalId(): number {
    return this.localCount++ * ID_STEP + this.localBit;
  }

  clear(): void {
    this.streams.clear();
  }

  isAllowed(localId: number): boolean {
    return Math.floor(localId / ID_STEP) < this.localLimit;
  }

  /** Returns true when the peer allows more than before. */
  raiseLocalLimit(limit: number): boolean {
    if (limit <= this.localLimit) return false;
    this.localLimit = limit;
    return true;
  }

  isLocal(id: number): boolean {
    return (id & 1) === this.localBit;
  }

  /** A bidirectional stream that its opener may have: one of ours that exists or did, or one within the peer's limit. */
  isValid(id: number): boolean {
    return (id & 2) === 0 && (!this.isLocal(id) || Math.floor(id / ID_STEP) < this.localCount);
  }

  isWithinPeerLimit(id: number): boolean {
    return Math.floor(id / ID_STEP) < this.advertisedPeerLimit;
  }

  /** The lowest id of the peer's up to `id` that was not opened yet, -1 when all were (RFC 9000 §3.2: lower ones open too). */
  takePeerId(id: number): number {
    if (Math.floor(id / ID_STEP) < this.peerCount) return -1;
    return this.peerCount++ * ID_STEP + (1 - this.localBit);
  }

  add(stream: Stream): void {
    this.streams.set(stream.id, stream);
  }

  remove(stream: Stream): void {
    if (!this.streams.delete(stream.id) || this.isLocal(stream.id)) return;
    this.peerLimit++;
    if (this.peerLimit - this.advertisedPeerLimit >= ADVERTISE_STEP) this.isLimitDue = true;
  }

  /** The limit to write into a MAX_STREAMS frame now. */
  takeLimit(): number {
    this.isLimitDue = false;
    this.advertisedPeerLimit = this.peerLimit;
    return this.peerLimit;
  }
}
