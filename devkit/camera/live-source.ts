import type { FlvTag } from '../../p2p-core/flv/tag-reader';

/** The qualities of the guide's `quality` parameter. */
export const QUALITIES = ['standard', 'high', 'super'] as const;
export type Quality = (typeof QUALITIES)[number];

/** One FLV tag of a live stream: shared by all viewers, so nobody may change it or its data. */
export type LiveTag = Readonly<FlvTag>;
export type LiveSink = (tag: LiveTag) => void;

export interface LiveTracks {
  hasVideo: boolean;
  hasAudio: boolean;
}

/** Where a camera's pictures come from. */
export interface LiveSource {
  /** null: there is no such quality. */
  tracks(quality: Quality): LiveTracks | null;
  /**
   * Calls `sink` at once, from inside, with metadata, sequence headers and everything since the newest key frame, then
   * with each tag as it comes. Timestamps are the source's own clock and do not start at 0 for a viewer that joins late.
   * A quality that `tracks` does not know gives nothing. Returns the unsubscribe function.
   */
  subscribe(quality: Quality, sink: LiveSink): () => void;
}
