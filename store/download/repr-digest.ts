import { Sha256 } from './sha256';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Checks a file against the hash that a camera gives of it (`Repr-Digest`, RFC 9530), while it arrives. */
export class ReprDigest {
  private constructor(
    private readonly expected: string,
    readonly hash: Sha256,
  ) {}

  /**
   * Of the header; null where there is none, or none with SHA-256. Goes on from an earlier hash's midstate where that fits to
   * the `offset` bytes of the file that are there.
   */
  static of(header: string | undefined, midstate?: string, offset?: number): ReprDigest | null {
    const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header || '');
    return match === null ? null : new ReprDigest(match[1]!, new Sha256(midstate, offset));
  }

  /** The file's bytes in their order; borrowed until the call returns. */
  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  /** Whether the bytes so far are the whole file. Once, last. */
  isMatch(): boolean {
    return base64(this.hash.digest()) === this.expected;
  }
}

/** Of a hash (RFC 4648 §4): 32 bytes, which end in the middle of a group. */
function base64(words: Int32Array): string {
  const byteAt = (i: number): number => (words[i >> 2]! >>> (24 - 8 * (i & 3))) & 255;
  let text = '';
  for (let i = 0; i < 32; i += 3) {
    const group = (byteAt(i) << 16) | (byteAt(i + 1) << 8) | (i < 30 ? byteAt(i + 2) : 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += BASE64.charAt((group >> shift) & 63);
  }
  return `${text.slice(0, 43)}=`;
}
