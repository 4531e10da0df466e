import { openBackchannel } from './backchannel';
import { runFfmpeg } from './ffmpeg-run';
import { G711_RATE_HZ } from './g711';
import type { OpenTalkSink, TalkSink } from './talk-sink';

type OnEvent = (level: 'info' | 'warn', text: string) => void;

/**
 * FLV is made PCM by ffmpeg, which is needed for viewers that talk in AAC only. Without `nobuffer`, which forgets what it has
 * looked at.
 */
const DECODE = [
  ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error', '-f', 'flv'],
  ...['-analyzeduration', '200000', '-i', 'pipe:0', '-vn', '-f', 's16le', '-ar', String(G711_RATE_HZ)],
  ...['-ac', '1', '-flush_packets', '1', 'pipe:1'],
];
const MAX_UNREAD_BYTES = 128 * 1024;

/** Each talk to the loudspeaker of the camera at `url`, over the back channel of its RTSP. */
export function talkToCamera(url: string, onEvent: OnEvent, program = 'ffmpeg'): OpenTalkSink {
  return (format) => {
    if (format.kind === 'pcm') return openBackchannel(url, format, onEvent);
    return decoded(program, openBackchannel(url, DECODED, onEvent), onEvent);
  };
}

const DECODED = { kind: 'pcm', sampleRateHz: G711_RATE_HZ, channelCount: 1 } as const;

function decoded(program: string, sink: TalkSink, onEvent: OnEvent): TalkSink {
  let failure: Error | null = null;
  let isClosed = false;
  const run = runFfmpeg(program, DECODE, {
    hasInput: true,
    cut(bytes) {
      try {
        sink.write(bytes);
        return null;
      } catch (error) {
        failure = error as Error;
        return failure.message;
      }
    },
    onEnd(reason) {
      failure ??= new Error(reason);
      if (!isClosed) onEvent('warn', `talk: ${reason}`);
      sink.close();
    },
  });
  return {
    write(bytes) {
      if (run.unwrittenBytes() > MAX_UNREAD_BYTES) failure ??= new Error(`${program} does not read`);
      if (failure !== null) throw failure;
      run.write(Buffer.from(bytes));
    },
    close() {
      isClosed = true;
      run.end();
    },
  };
}
