import { concatBytes } from '../bytes/concat';
import { ErrCode, P2PError } from '../errors';
import type { FillRandom } from '../port/port';
import { chacha20Keystream } from './chacha20';
import { chacha20Key } from './chacha20-block';
import { sha256 } from './sha256';

const MIN_SEED_BYTES = 32;
const BLOCK_BYTES = 64;
/** The first half of block 0 becomes the next key, so that much less of it is handed out. */
const NEXT_KEY_WORDS = 8;

/**
 * Synchronous secure random bytes from one seed: ChaCha20 with fast key erasure (D. J. Bernstein, "Fast-key-erasure
 * random-number generators", 2017). Every call replaces the key, so a state that leaks later tells nothing about earlier
 * output. The platform's own generator is asynchronous on WeChat; this one is seeded from it.
 */
export class Drbg {
  private readonly key: Int32Array;

  /** `seed` holds at least 32 bytes of the platform's secure generator, else BadArgument is thrown. It is copied. */
  constructor(seed: Uint8Array) {
    if (seed.length < MIN_SEED_BYTES) {
      throw new P2PError(ErrCode.BadArgument, `a seed has ${MIN_SEED_BYTES} bytes, got ${seed.length}`);
    }
    this.key = chacha20Key(sha256(seed));
  }

  /** Mixes new bytes in. They can only help: the old state stays part of the new one. */
  reseed(bytes: Uint8Array): void {
    const old = new Uint8Array(32);
    this.fill(old);
    this.key.set(chacha20Key(sha256(concatBytes(old, bytes))));
  }

  /** Fills all of `bytes`. An arrow property, so that it can be handed on by itself. */
  readonly fill: FillRandom = (bytes) => {
    let stream = chacha20Keystream(this.key, 0, 0, 0, 0);
    const nextKey = stream.slice(0, NEXT_KEY_WORDS);
    let streamAt = NEXT_KEY_WORDS * 4;
    let counter = 1;
    for (let i = 0; i < bytes.length; i++) {
      if (streamAt === BLOCK_BYTES) {
        stream = chacha20Keystream(this.key, counter++, 0, 0, 0);
        streamAt = 0;
      }
      bytes[i] = stream[streamAt >> 2]! >>> ((streamAt & 3) << 3);
      streamAt++;
    }
    this.key.set(nextKey);
    stream.fill(0);
    nextKey.fill(0);
  };
}
