import type { TransportCloseReason, TransportHandler } from './types';

/** Passes calls on until the transport closes; afterwards nobody hears anything, whatever was half done inside. */
export class HandlerGate implements TransportHandler {
  constructor(private target: TransportHandler | null) {}

  shut(): void {
    this.target = null;
  }

  onStreamOpened(streamId: number): void {
    this.target?.onStreamOpened(streamId);
  }

  onStreamData(streamId: number, bytes: Uint8Array): void {
    this.target?.onStreamData(streamId, bytes);
  }

  onStreamEnd(streamId: number): void {
    this.target?.onStreamEnd(streamId);
  }

  onStreamReset(streamId: number, code: number): void {
    this.target?.onStreamReset(streamId, code);
  }

  onStreamStopped(streamId: number, code: number): void {
    this.target?.onStreamStopped(streamId, code);
  }

  onWritable(streamId: number): void {
    this.target?.onWritable(streamId);
  }

  /** The last call that passes. */
  onClosed(reason: TransportCloseReason): void {
    const target = this.target;
    this.target = null;
    target?.onClosed(reason);
  }
}
