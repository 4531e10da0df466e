import fs from 'node:fs';
import path from 'node:path';

/** What a viewer's voice is: 16-bit little-endian PCM, or an FLV stream. */
export type TalkFormat = { kind: 'pcm'; sampleRateHz: number; channelCount: number } | { kind: 'flv' };

/** Where one talk goes. */
export interface TalkSink {
  /** `bytes` is borrowed until the call returns. Throws when it cannot be kept. */
  write(bytes: Uint8Array): void;
  /** Once; what was written is complete then. Throws when it is not. */
  close(): void;
}

/** Called when a talk's first bytes have come. Throws when there is no place for it. */
export type OpenTalkSink = (format: TalkFormat) => TalkSink;

const BYTES_PER_SAMPLE = 2;
const WAV_HEADER_BYTES = 44;
const WAVE_FORMAT_PCM = 1;

/** A camera without a loudspeaker: counts and forgets. */
export const discardTalk: OpenTalkSink = () => ({ write() {}, close() {} });

/** Each talk into a file of its own, `talk-1.wav`, `talk-2.flv` …; never over a file that is there already. */
export function talkFolder(folder: string): OpenTalkSink {
  fs.mkdirSync(folder, { recursive: true });
  return (format) => {
    const { descriptor } = createFile(folder, format.kind === 'pcm' ? 'wav' : 'flv');
    return format.kind === 'pcm' ? wavSink(descriptor, format) : flvSink(descriptor);
  };
}

function createFile(folder: string, extension: string): { descriptor: number } {
  for (let number = 1; ; number++) {
    try {
      return { descriptor: fs.openSync(path.join(folder, `talk-${number}.${extension}`), 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function flvSink(descriptor: number): TalkSink {
  return { write: (bytes) => writeAll(descriptor, bytes), close: () => fs.closeSync(descriptor) };
}

/** The sizes in the header are right from the end on; players show what is there of a file that was cut before. */
function wavSink(descriptor: number, format: Extract<TalkFormat, { kind: 'pcm' }>): TalkSink {
  let dataBytes = 0;
  writeAll(descriptor, wavHeader(format, 0));
  return {
    write(bytes) {
      writeAll(descriptor, bytes);
      dataBytes += bytes.length;
    },
    close() {
      try {
        // Chunks of RIFF have even sizes.
        if (dataBytes % 2 === 1) writeAll(descriptor, new Uint8Array(1));
        fs.writeSync(descriptor, wavHeader(format, dataBytes), 0, WAV_HEADER_BYTES, 0);
      } finally {
        fs.closeSync(descriptor);
      }
    },
  };
}

/** Multimedia Programming Interface and Data Specifications 1.0 (Microsoft, IBM), "RIFF Waveform Audio File Format". */
function wavHeader(
  { sampleRateHz, channelCount }: { sampleRateHz: number; channelCount: number },
  dataBytes: number,
): Uint8Array {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  const frameBytes = channelCount * BYTES_PER_SAMPLE;
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes + (dataBytes % 2), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(WAVE_FORMAT_PCM, 20);
  header.writeUInt16LE(channelCount, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Appends: writes with a position of their own, such as the header's, do not move the file's. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at, bytes.length - at, null);
}
