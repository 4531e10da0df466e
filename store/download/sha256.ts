import { sha256Mix } from '../../p2p-core/index';

const BLOCK_BYTES = 64;

/** SHA-256 (FIPS 180-4) of bytes that come piece by piece. */
export class Sha256 {
  /** So far; only read it. */
  totalBytes = 0;
  private state: Int32Array | null = null;
  private readonly pending = new Uint8Array(BLOCK_BYTES);
  private pendingBytes = 0;

  /** Of nothing so far; or of the first `offset` bytes, but for those of a block that is not whole, where `midstate` fits. */
  constructor(midstate = '', offset = 0) {
    const [byteCount, ...words] = midstate.split(',').map(Number);
    if (words.length === 8 && byteCount === offset - (offset % BLOCK_BYTES)) {
      this.state = new Int32Array(words);
      this.totalBytes = byteCount;
    }
  }

  /** For the constructor: the bytes in whole blocks, and the eight words after them. */
  get midstate(): string {
    return [this.totalBytes - this.pendingBytes, ...(this.state || [])].join();
  }

  /** `bytes` is borrowed until the call returns. */
  update(bytes: Uint8Array): void {
    this.totalBytes += bytes.length;
    let at = 0;
    if (this.pendingBytes > 0) {
      at = Math.min(BLOCK_BYTES - this.pendingBytes, bytes.length);
      this.pending.set(bytes.subarray(0, at), this.pendingBytes);
      this.pendingBytes += at;
      if (this.pendingBytes < BLOCK_BYTES) return;
      this.state = sha256Mix(this.state, this.pending);
    }
    const rest = bytes.subarray(at);
    this.state = sha256Mix(this.state, rest);
    this.pendingBytes = rest.length % BLOCK_BYTES;
    this.pending.set(rest.subarray(rest.length - this.pendingBytes));
  }

  /** The eight words. Once, last. */
  digest(): Int32Array {
    const { pending, pendingBytes, totalBytes } = this;
    // A one, zeros, and the length in bits: where these do not fit, another block.
    const end = new Uint8Array(pendingBytes + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES);
    end.set(pending.subarray(0, pendingBytes));
    end[pendingBytes] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(totalBytes / 0x20000000));
    view.setUint32(end.length - 4, totalBytes << 3);
    return sha256Mix(this.state, end);
  }
}
