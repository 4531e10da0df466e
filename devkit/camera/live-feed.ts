import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { LiveSink, LiveTag } from './live-source';

/** A group of pictures larger than this is not kept: 8 s of 4 Mbit/s. */
const MAX_GOP_BYTES = 4 * 1024 * 1024;

/**
 * Hands the tags of one live stream to any number of viewers, and what a new one needs to show a picture at once: the
 * stream's metadata, its sequence headers, and all tags since the newest key frame.
 */
export class LiveFeed {
  private readonly sinks = new Set<LiveSink>();
  private metadata: LiveTag | null = null;
  private videoHeader: LiveTag | null = null;
  private audioHeader: LiveTag | null = null;
  private gop: LiveTag[] = [];
  private gopBytes = 0;

  get sinkCount(): number {
    return this.sinks.size;
  }

  publish(tag: LiveTag): void {
    this.remember(tag);
    for (const sink of this.sinks) sink(tag);
  }

  subscribe(sink: LiveSink): () => void {
    for (const tag of [this.metadata, this.videoHeader, this.audioHeader]) if (tag !== null) sink(tag);
    for (const tag of this.gop) sink(tag);
    this.sinks.add(sink);
    return () => this.sinks.delete(sink);
  }

  /** Forgets the stream: what comes next has nothing to do with what was. */
  clear(): void {
    this.metadata = null;
    this.videoHeader = null;
    this.audioHeader = null;
    this.forgetGop();
  }

  private remember(tag: LiveTag): void {
    if (tag.type === FlvTagType.Script) this.metadata = tag;
    else if (!tag.isSequenceHeader) this.rememberMedia(tag);
    else if (tag.type === FlvTagType.Video) this.videoHeader = tag;
    else this.audioHeader = tag;
  }

  private rememberMedia(tag: LiveTag): void {
    if (tag.isKeyframe) this.forgetGop();
    // Without a key frame in front, there is nothing that a new viewer could decode (or the stream has no pictures).
    else if (this.gop.length === 0) return;
    this.gop.push(tag);
    this.gopBytes += tag.data.length;
    if (this.gopBytes > MAX_GOP_BYTES) this.forgetGop();
  }

  private forgetGop(): void {
    this.gop = [];
    this.gopBytes = 0;
  }
}
