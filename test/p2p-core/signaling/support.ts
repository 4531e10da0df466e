/** Reproducible "random" bytes and numbers for tests; a failure prints the seed. */
export class TestRandom {
  private state: number;

  constructor(readonly seed: number = Number(process.env['FUZZ_SEED'] ?? 1) >>> 0) {
    this.state = seed >>> 0;
  }

  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 0x100000000) * limit);
  }

  fill = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
  };

  bytes(byteCount: number): Uint8Array {
    const bytes = new Uint8Array(byteCount);
    this.fill(bytes);
    return bytes;
  }

  /** A copy with one to four bytes changed, inserted or removed. */
  bend(bytes: Uint8Array): Uint8Array {
    const bent = Array.from(bytes);
    for (let edits = this.below(4); edits >= 0; edits--) {
      const at = this.below(bent.length + 1);
      const how = this.below(3);
      if (how === 0) bent.splice(at, 1);
      else bent.splice(at, how === 1 ? 1 : 0, this.below(256));
    }
    return Uint8Array.from(bent);
  }
}

/** Any port's `fillRandom`, different on every run. */
export const fillRandom = new TestRandom().fill;
