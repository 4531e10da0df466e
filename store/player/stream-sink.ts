import type { DataCallback } from '../../p2p-core/index';
import type { PlayerHandle } from './player-handle';

/**
 * The way of media from the module to the native player. It runs dozens of times a second without a JIT: no event, no
 * store, no setData, nothing allocated per chunk.
 */
export class StreamSink {
  /** Everything that went to the player so far. */
  receivedBytes = 0;

  private player: PlayerHandle | null = null;
  private openEpoch = 0;
  private isFirstReported = true;

  constructor(private readonly onFirstChunk: (streamEpoch: number) => void) {}

  setPlayer(player: PlayerHandle | null): void {
    this.player = player;
  }

  /** The callback of one pull. What it is given after `close` or after the next `open` is dropped. */
  open(streamEpoch: number): DataCallback {
    this.openEpoch = streamEpoch;
    this.isFirstReported = false;
    return (chunk) => {
      if (streamEpoch !== this.openEpoch || this.player === null || chunk.byteLength === 0) return;
      this.receivedBytes += chunk.byteLength;
      this.player.addChunk(chunk);
      if (this.isFirstReported) return;
      this.isFirstReported = true;
      this.onFirstChunk(streamEpoch);
    };
  }

  close(): void {
    this.openEpoch = 0;
  }

  /** The next chunk is reported like a first one: asks whether data still arrives. */
  reportNext(): void {
    this.isFirstReported = false;
  }
}
