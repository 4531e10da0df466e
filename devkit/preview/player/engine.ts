/** Decodes one FLV stream into a video element. */
export interface FlvDecoder {
  /** Takes the next bytes of the stream; `chunk` belongs to the decoder from here on. */
  push(chunk: Uint8Array): void;
  destroy(): void;
}

export interface FlvDecoderOptions {
  video: HTMLVideoElement;
  minCacheMs: number;
  maxCacheMs: number;
  /** The bytes are no FLV, or cannot be decoded. */
  onError(reason: string): void;
}

export type FlvEngine = (options: FlvDecoderOptions) => FlvDecoder;

/** Set once by the page that has one; unit tests have none, and their players count bytes instead of decoding them. */
let engine: FlvEngine | null = null;

export function setFlvEngine(next: FlvEngine | null): void {
  engine = next;
}

export function createDecoder(options: FlvDecoderOptions): FlvDecoder {
  return engine ? engine(options) : { push: () => {}, destroy: () => {} };
}
