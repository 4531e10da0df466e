import type { HttpServerResponse } from '../../p2p-core/http/types';
import type { LiveTag } from './live-source';
import { mjpgPart } from './mjpg';
import { QueueAge } from './queue-age';

/** Every picture stands alone, so leaving one out costs that one only: less may wait than with video. */
const MAX_AGE_MS = 600;
const MAX_BUFFERED_BYTES = 512 * 1024;

/** Writes pictures for one viewer. One that is too slow gets fewer of them, and those are new. */
export class MjpgViewer {
  private readonly age = new QueueAge();
  private hasPicture = false;
  private skippedFromMs = 0;
  private skipped = 0;
  private skipCount = 0;

  constructor(
    private readonly response: HttpServerResponse,
    private readonly onSkip: (skipCount: number) => void,
  ) {}

  onTag(tag: LiveTag): void {
    const { response, age } = this;
    const waitingBytes = response.bufferedBytes();
    const isLate = age.ageMs(waitingBytes, tag.timestampMs) > MAX_AGE_MS || waitingBytes > MAX_BUFFERED_BYTES;
    if (this.hasPicture && isLate) {
      if (this.skipped++ === 0) {
        this.skippedFromMs = tag.timestampMs;
        this.onSkip(++this.skipCount);
      }
      return;
    }
    response.write(mjpgPart(tag), this.takeSkip(tag));
    age.onWritten(response.bufferedBytes() - waitingBytes, tag.timestampMs);
    this.hasPicture = true;
  }

  /** Tells the viewer what is missing in front of this picture (docs/protocol.md §6). */
  private takeSkip({ timestampMs }: LiveTag): string | undefined {
    const { skipped, skippedFromMs } = this;
    this.skipped = 0;
    // Modulo 2^32, as the source's clock.
    return skipped === 0 ? undefined : `skip-ms=${(timestampMs - skippedFromMs) >>> 0};skip-tags=${skipped}`;
  }
}
