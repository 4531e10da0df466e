import { FlvTagType } from '../../../p2p-core/flv/tag-reader';
import type { LiveSource } from '../../camera/live-source';

/** A source that can stop sending while its camera stays connected. */
export interface GatedSource extends LiveSource {
  setOpen(isOpen: boolean): void;
}

export function gateSource(source: LiveSource): GatedSource {
  let isOpen = true;
  return {
    tracks: (quality) => source.tracks(quality),
    subscribe(quality, sink) {
      let isWhole = true;
      return source.subscribe(quality, (tag) => {
        // What a decoder needs to know comes but once.
        if (tag.type === FlvTagType.Script || tag.isSequenceHeader) return sink(tag);
        // After a gap it needs a key frame first.
        isWhole = isOpen && (isWhole || tag.isKeyframe);
        if (isWhole) sink(tag);
      });
    },
    setOpen(next) {
      isOpen = next;
    },
  };
}
