/** What an address may be sent before it has answered: three times what came from it (RFC 9000 §8.1, §9.3). */
const AMPLIFICATION = 3;
/** Size of a connectivity check between ends that choose names as we do: less than what an ACK alone pays for. */
const CHECK_BYTES = 100;

/**
 * Watches where authentic packets come from, and says when another address than the selected one is worth a check: the
 * peer's NAT may have given it a new one (RFC 9000 §9.3). Only the newest packet counts, since one that was overtaken
 * tells where the peer was before.
 */
export class AddressFollower {
  private newestNumber = -1;
  private address = '';
  private port = 0;
  private creditBytes = 0;

  /** An authentic packet came from `address`. True when the address should be checked now. */
  onPacket(
    packetNumber: number,
    datagramBytes: number,
    isElsewhere: boolean,
    address: string,
    port: number,
  ): boolean {
    if (packetNumber < this.newestNumber) return false;
    this.newestNumber = packetNumber;
    if (!isElsewhere) {
      this.creditBytes = 0;
      return false;
    }
    if (port !== this.port || address !== this.address) {
      this.address = address;
      this.port = port;
      this.creditBytes = 0;
    }
    this.creditBytes += AMPLIFICATION * datagramBytes;
    if (this.creditBytes < CHECK_BYTES) return false;
    this.creditBytes = 0;
    return true;
  }
}
