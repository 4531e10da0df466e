import { BASE_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from './constants';
import type { SentPacket } from './sent-packets';

/**
 * What is tried above the base, largest first: an MTU of 1500, which is most of the world and passes on the first try, and
 * one of 1400, which is tunnels and mobile networks. Both are of IPv6 (40 bytes, UDP's 8) with 4 bytes for a TURN channel.
 */
const PROBE_BYTES = [MAX_DATAGRAM_BYTES, 1348] as const;
/** RFC 8899 §5.1.2: MAX_PROBES. */
const MOST_ATTEMPTS = 3;
/** §5.1.1: PMTU_RAISE_TIMER. A path that took less is asked again. */
const RAISE_MS = 600_000;
/** Full packets to send before it is worth a probe: a viewer's requests and ACKs never are. */
const FULL_PACKETS = 16;
/** §4.3: this many large packets lost in a row, none acknowledged between, and the path is taken to drop them. */
const BLACK_HOLE_PACKETS = 6;

/**
 * Finds how large a datagram the path passes: packetization-layer path MTU discovery (RFC 8899) as RFC 9000 §14.3 has it,
 * by packets of PING and PADDING. A path that begins to drop large packets is noticed, and searched again from the base;
 * that costs one probe when it was no more than bad luck, so that suspicion is cheap.
 */
export class PathMtu {
  /** What a datagram may have now. */
  datagramBytes = BASE_DATAGRAM_BYTES;
  /** A probe may be sent, as soon as there is more to send behind it. */
  isProbeDue = false;
  /** Of PROBE_BYTES, what is tried; its length when there is nothing left to try. */
  private rung = 0;
  private attempts = 0;
  private fullPackets = 0;
  private raiseMs = Infinity;
  private lostInRow = 0;
  /** Packets sent before say nothing: they went along another path, or belong to a search that is over. */
  private sinceNumber = 0;

  /** `mostBytes`: sizes above are not tried. */
  constructor(private readonly mostBytes: number) {
    this.skipTooLarge();
  }

  /** How large the probe is that is due. */
  get probeBytes(): number {
    return PROBE_BYTES[this.rung]!;
  }

  /** To be told every packet of data that fills a datagram. */
  onFullPacketSent(nowMs: number): void {
    if (nowMs >= this.raiseMs) this.search();
    if (this.fullPackets < FULL_PACKETS && ++this.fullPackets === FULL_PACKETS) {
      this.isProbeDue = this.rung < PROBE_BYTES.length;
    }
  }

  /** A packet larger than the base arrived: perhaps a probe, perhaps one that was declared lost. */
  onLargeAcked(packet: SentPacket, nowMs: number): void {
    if (packet.packetNumber < this.sinceNumber) return;
    this.lostInRow = 0;
    if (!packet.isMtuProbe || packet.sizeBytes <= this.datagramBytes) return;
    this.datagramBytes = packet.sizeBytes;
    this.isProbeDue = false;
    this.raiseMs = packet.sizeBytes < this.mostBytes ? nowMs + RAISE_MS : Infinity;
  }

  /** A packet larger than the base is lost. `nextNumber`: of the next packet. */
  onLargeLost(packet: SentPacket, nextNumber: number, nowMs: number): void {
    if (packet.packetNumber < this.sinceNumber) return;
    if (packet.isMtuProbe) {
      if (packet.sizeBytes <= this.datagramBytes) return;
      if (++this.attempts === MOST_ATTEMPTS) {
        this.rung++;
        this.attempts = 0;
      }
      this.isProbeDue = this.rung < PROBE_BYTES.length;
      if (!this.isProbeDue) this.raiseMs = nowMs + RAISE_MS;
    } else if (++this.lostInRow === BLACK_HOLE_PACKETS) {
      this.restart(nextNumber);
    }
  }

  /** The path may be another one: only the base is certain. Packets from `nextNumber` on count. */
  restart(nextNumber: number): void {
    this.datagramBytes = BASE_DATAGRAM_BYTES;
    this.sinceNumber = nextNumber;
    this.lostInRow = 0;
    this.search();
  }

  private search(): void {
    this.rung = 0;
    this.attempts = 0;
    this.raiseMs = Infinity;
    this.skipTooLarge();
    this.isProbeDue = this.fullPackets >= FULL_PACKETS && this.rung < PROBE_BYTES.length;
  }

  private skipTooLarge(): void {
    while (this.rung < PROBE_BYTES.length && this.probeBytes > this.mostBytes) this.rung++;
  }
}
