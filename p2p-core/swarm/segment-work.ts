import { encodePiece, pieceOf } from './link-messages';
import { makeSegment, pieceHash } from './segment';
import type { MakeSegment } from './segment';

/**
 * What every viewer computes of every segment. A simulator, in which thousands have the same bytes, computes it once for all
 * of them; the arrays are never changed, so nobody can tell.
 */
export interface SegmentWork {
  /** Hashes a segment that was cut from the origin. */
  make: MakeSegment;
  /** The message in which a piece of it goes out. */
  encode(gopNo: number, segNo: number, index: number, data: Uint8Array): Uint8Array;
  /** The 8 bytes of hash of the piece in a message. */
  hash(message: Uint8Array): Uint8Array;
  /** The bytes of a segment, from the messages of all of its pieces. */
  join(messages: readonly (Uint8Array | null)[], byteCount: number): Uint8Array;
}

/** As viewers do it. */
export const segmentWork: SegmentWork = {
  make: makeSegment,
  encode: encodePiece,
  hash: (message) => pieceHash(pieceOf(message)),
  join: (messages, byteCount) => {
    const bytes = new Uint8Array(byteCount);
    let at = 0;
    for (const message of messages) {
      const piece = pieceOf(message!);
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  },
};
