import type { DataCallback } from '../../p2p-core/index';
import type { PlayerHandle } from './player-handle';

/** Looks on while media goes to the player; for recordings. */
export interface StreamTap {
  /** A pull begins: what follows starts with an FLV header. */
  onStart(): void;
  /** The bytes are borrowed until the call returns: copy what is kept. */
  onChunk(chunk: ArrayBuffer): void;
}

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
  private tap: StreamTap | null = null;

  constructor(private readonly onFirstChunk: (streamEpoch: number) => void) {}

  setPlayer(player: PlayerHandle | null): void {
    this.player = player;
  }

  /** The callback of one pull. What it is given after `close` or after the next `open` is dropped. */
  open(streamEpoch: number): DataCallback {
    this.openEpoch = streamEpoch;
    this.isFirstReported = false;
    if (this.tap !== null) this.tap.onStart();
    return (chunk) => {
      if (streamEpoch !== this.openEpoch || this.player === null || chunk.byteLength === 0) return;
      this.receivedBytes += chunk.byteLength;
      // Before the player, which owns the buffer from then on.
      if (this.tap !== null) this.tap.onChunk(chunk);
      this.player.addChunk(chunk);
      if (this.isFirstReported) return;
      this.isFirstReported = true;
      this.onFirstChunk(streamEpoch);
    };
  }

  close(): void {
    this.openEpoch = 0;
  }

  /** At most one. One that comes in the middle of a pull begins there, anywhere in a tag. */
  setTap(tap: StreamTap | null): void {
    this.tap = tap;
  }

  /** The next chunk is reported like a first one: asks whether data still arrives. */
  reportNext(): void {
    this.isFirstReported = false;
  }
}
