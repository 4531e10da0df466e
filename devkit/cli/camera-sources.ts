import { randomFillSync } from 'node:crypto';
import type { Clock, Port } from '../../p2p-core/port/port';
import type { CameraChannel } from '../camera/channel';
import type { CodecChoice } from '../camera/ffmpeg-supply';
import { Recorder } from '../camera/recorder';
import { readRecordingFolder } from '../camera/recording-folder';
import { parseSource } from '../camera/source-url';
import type { SourceSpec } from '../camera/source-url';
import { openChannels, openRemoteChannel } from '../camera/sources';
import type { RemoteChannel, RemoteSpec } from '../camera/sources';
import { choiceOption, listOption, numberOption, stringOption, UsageError } from './command';
import type { OptionValues } from './command';

/** Of the recorders on the market, few have more. */
const MAX_CHANNELS = 64;
const GIGABYTE = 1e9;

/** Long enough to learn what a source has, and to tell that it cannot be reached before the first viewer asks. */
const WARM_MS = 6_000;

export function warm(remote: readonly RemoteChannel[], clock: Clock): () => void {
  const unsubscribes = remote.flatMap(({ streams }) => streams.map((stream) => stream.subscribe(() => {})));
  const stop = (): void => unsubscribes.forEach((unsubscribe) => unsubscribe());
  const timer = clock.setTimer(stop, WARM_MS);
  return () => {
    clock.clearTimer(timer);
    stop();
  };
}

export function channelsFrom(
  values: OptionValues,
  port: Port,
): { channels: readonly CameraChannel[]; remote: RemoteChannel[] } {
  const specs = listOption(values, 'source').map(parseSource);
  const small = listOption(values, 'sub-source').map(parseSource);
  const recordingsFolder = stringOption(values, 'recordings');
  const recordings = recordingsFolder === undefined ? undefined : readRecordingFolder(recordingsFolder);
  if (specs.every((spec) => spec.kind === 'loop')) {
    if (specs.length > 1) throw new UsageError('--source of this kind may be given once; see --channels');
    const channelCount = numberOption(values, 'channels', 1, MAX_CHANNELS);
    const channels = openChannels(port.clock, {
      sourceName: specs[0]?.name ?? 'test:',
      ...(channelCount === undefined ? {} : { channelCount }),
      ...(recordings === undefined ? {} : { recordings }),
    });
    return { channels, remote: [] };
  }
  const lingerS = numberOption(values, 'linger', 0, 86_400);
  const codecs = {
    audio: choiceOption(values, 'audio', ['auto', 'copy', 'aac', 'none']) as NonNullable<
      CodecChoice['audio']
    >,
    video: choiceOption(values, 'video', ['copy', 'h264']) as NonNullable<CodecChoice['video']>,
    rtspTransport: choiceOption(values, 'rtsp-transport', ['tcp', 'udp']) as 'tcp' | 'udp',
  };
  const remote = specs.map((spec, index) => {
    const channel = openRemoteChannel({
      name: index === 0 ? 'camera' : `camera ${index + 1}`,
      ...{ clock: port.clock, fillRandom: (bytes) => randomFillSync(bytes), ...codecs },
      main: remoteOnly(spec),
      ...(small[index] === undefined ? {} : { small: remoteOnly(small[index]) }),
      ...(lingerS === undefined ? {} : { lingerMs: lingerS * 1000 }),
      onEvent: (level, text) => port.log(level, text),
    });
    const recorded = recordings?.get(index);
    return recorded === undefined ? channel : { ...channel, recordings: recorded };
  });
  return { channels: remote, remote };
}

function remoteOnly(spec: SourceSpec): RemoteSpec {
  if (spec.kind === 'loop') throw new UsageError('real cameras cannot be mixed with test: and file:');
  return spec;
}

/** Recorders of the main streams, where `--record` says a folder; they keep the sources running. Start them, then stop them. */
export function recordersFrom(
  values: OptionValues,
  port: Port,
  remote: readonly RemoteChannel[],
): Recorder[] {
  const folder = stringOption(values, 'record');
  const gigabytes = numberOption(values, 'record-size', 1, 1_000_000);
  const maxDays = numberOption(values, 'record-days', 1, 3650);
  if (folder === undefined) return [];
  if (remote.length === 0) throw new UsageError('--record is for real cameras');
  return remote.map((channel, index) => {
    const [main] = channel.streams;
    return new Recorder({
      ...{ folder, channel: index, clock: port.clock, recordings: channel.recordings },
      tracks: () => main!.tracks,
      subscribe: (sink) => main!.subscribe(sink),
      ...(gigabytes === undefined ? {} : { maxBytes: (gigabytes * GIGABYTE) / remote.length }),
      ...(maxDays === undefined ? {} : { maxDays }),
      onEvent: (level, text) => port.log(level, text),
    });
  });
}
