import { toBase64Url } from '../bytes/base64url';
import { Sha256 } from '../crypto/sha256';

/** Checks a file against the hash that a camera gives of it (RFC 9530), while it arrives. */
export class ReprDigest {
  private readonly hash = new Sha256();

  private constructor(private readonly expected: string) {}

  /** Of the header `Repr-Digest`; null where there is none, or none with SHA-256. */
  static of(header: string | undefined): ReprDigest | null {
    const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43})=:/.exec(header || '');
    return match === null ? null : new ReprDigest(match[1]!.replace(/\+/g, '-').replace(/\//g, '_'));
  }

  /** The file's bytes in their order; borrowed until the call returns. */
  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  /** Whether the bytes so far are the whole file. Once, last. */
  isMatch(): boolean {
    return toBase64Url(this.hash.digest()) === this.expected;
  }
}
