/**
 * The form of an FLV stream that is the same for every viewer of it, whatever its server did to timestamps: what viewers
 * can name, compare and hand to each other. Servers rebase the clock of each connection, and place headers where they
 * like; they keep the media tags, their order, and the time between them.
 *
 * A GOP runs from a key frame to the next one. Headers and scripts are no part of it: they are the `StreamInit`.
 */
export interface CanonicalTag {
  /** FlvTagType: video or audio. */
  type: number;
  /** Since the GOP's first tag, i32; sound can be a little in front of its picture. */
  dtMs: number;
  /** The tag's body. A view, borrowed until the callback returns. */
  data: Uint8Array;
}

export interface GopHead {
  /**
   * The first 16 bytes of SHA-256 of the key frame. Null for tags that belong to no whole GOP: in front of the first key
   * frame, or behind a header that changed. They play, and nobody else can be given them.
   */
  gopId: Uint8Array | null;
  /** From the first tag of the GOP before to that of this one; 0 for the first GOP of a source. */
  gapMs: number;
}

/** What a decoder needs before the first tag. The arrays are never changed later. */
export interface StreamInit {
  /** The first 8 bytes of SHA-256 of both headers: streams of one address that differ in it are different streams. */
  variantId: Uint8Array;
  /** Of the file header, which is often wrong. */
  hasVideo: boolean;
  hasAudio: boolean;
  /** Bodies of the tags; null where the stream has none. */
  script: Uint8Array | null;
  videoHeader: Uint8Array | null;
  audioHeader: Uint8Array | null;
}

/**
 * In the order of the stream: `onInit`, then GOPs, each `onGop`, `onTag`…, `onGopEnd`. `onInit` comes again when a header
 * changed, between two GOPs; in the middle of one only for the sound's first header, which some servers send late.
 */
export interface CanonicalHandler {
  onInit(init: StreamInit): void;
  onGop(head: GopHead): void;
  /** `tag` is one object for all tags, borrowed until the call returns. */
  onTag(tag: CanonicalTag): void;
  onGopEnd(): void;
}
