import type { SentFrame } from './sent-packets';

/** Who owns the frames: decides what an acknowledgement or a loss means for them. May hear of both for one frame. */
export interface FrameOwner {
  onFrameAcked(frame: SentFrame): void;
  onFrameLost(frame: SentFrame): void;
}
