import { utf8Encode } from '../bytes/utf8';
import { MAX_CLOSE_REASON_BYTES, writeClose } from './packet-codec';
import type { FrameType } from './packet-codec';

/** Our CLOSE after it was decided: sent once, and again when the peer shows that it missed it (RFC 9000 §10.2.1). */
export class Closing {
  private readonly reason: Uint8Array;
  private isDue = true;
  private answered = 0;

  constructor(
    private readonly type: typeof FrameType.CloseTransport | typeof FrameType.CloseApplication,
    private readonly code: number,
    reason: string,
  ) {
    this.reason = utf8Prefix(reason);
  }

  get isWaiting(): boolean {
    return this.isDue;
  }

  /** An authentic packet arrived: the 1st, 2nd, 4th, 8th … is answered, so that two closed ends fall silent. */
  onPacket(): void {
    this.answered++;
    if ((this.answered & (this.answered - 1)) === 0) this.isDue = true;
  }

  write(packet: Uint8Array, at: number): number {
    this.isDue = false;
    return writeClose(packet, at, this.type, this.code, this.reason);
  }
}

/** As much of the text as fits; a character cut in two is left out. */
function utf8Prefix(text: string): Uint8Array {
  const bytes = utf8Encode(text);
  if (bytes.length <= MAX_CLOSE_REASON_BYTES) return bytes;
  let end = MAX_CLOSE_REASON_BYTES;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.slice(0, end);
}
