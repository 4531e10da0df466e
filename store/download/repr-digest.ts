import { Sha256 } from '../../p2p-core/index';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Checks a file against the hash that a camera gives of it (`Repr-Digest`, RFC 9530), while it arrives. */
export class ReprDigest {
  private readonly hash = new Sha256();

  private constructor(private readonly expected: string) {}

  /** Of the header; null where there is none, or none with SHA-256. */
  static of(header: string | undefined): ReprDigest | null {
    const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header || '');
    return match === null ? null : new ReprDigest(match[1]!);
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

/** Of 32 bytes (RFC 4648 §4). */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | (bytes[i + 2] || 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += BASE64.charAt((group >> shift) & 63);
  }
  // 32 bytes are ten groups of three, and two.
  return `${text.slice(0, 43)}=`;
}
