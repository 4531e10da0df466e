import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { runFfmpeg } from './ffmpeg-run';
import type { LiveSink, LiveTag } from './live-source';
import type { MakeCutter, TagSupply } from './tag-supply';

/** A stream that can be watched. */
export interface NamedStream {
  /** Without any secret. */
  readonly name: string;
  subscribe(sink: LiveSink): () => void;
}

/** How ffmpeg is given the tags of a stream. */
export interface TranscoderInput {
  header: Uint8Array | null;
  write(tag: LiveTag): Uint8Array;
}

export const FLV_INPUT: TranscoderInput = {
  header: flvHeader(true, true),
  write: (tag) => flvTag(tag.type, tag.timestampMs, tag.data),
};

export interface TranscoderOptions {
  name: string;
  args: readonly string[];
  input: TranscoderInput;
  makeCutter: MakeCutter;
  /** Default `ffmpeg`, found in PATH. */
  program?: string;
}

/** What ffmpeg may be behind: more pictures are left out, up to the next key frame. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024;

/**
 * A stream made of another one by ffmpeg, which is asked for as by a viewer: the camera is read once, whatever is made of it.
 * Costs the time of a decoder and an encoder while it runs.
 */
export function createTranscoder(main: NamedStream, options: TranscoderOptions): TagSupply {
  const { name, args, input, makeCutter, program = 'ffmpeg' } = options;
  return {
    name,
    isMade: true,
    start(handler) {
      const run = runFfmpeg(program, args, {
        hasInput: true,
        cut: makeCutter((tag) => handler.onTag(tag)),
        onEnd: (reason) => {
          unsubscribe();
          handler.onEnd(reason);
        },
      });
      let isSkipping = false;
      if (input.header !== null) run.write(input.header);
      const unsubscribe = main.subscribe((tag) => {
        const isMedia = tag.type !== FlvTagType.Script && !tag.isSequenceHeader;
        if (isMedia && run.unwrittenBytes() > MAX_UNREAD_BYTES) isSkipping = true;
        else if (tag.isKeyframe) isSkipping = false;
        if (!isMedia || !isSkipping) run.write(input.write(tag));
      });
      return () => {
        unsubscribe();
        run.stop();
      };
    },
  };
}
