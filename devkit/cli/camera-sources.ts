import { randomFillSync } from 'node:crypto';
import type { Clock, Port, TimerId } from '../../p2p-core/port/port';
import type { CameraConfig } from '../camera/agent-config';
import type { CameraChannel } from '../camera/channel';
import { createHttpPtz } from '../camera/http-ptz';
import { parseRung } from '../camera/ladder-supply';
import { QUALITIES } from '../camera/live-source';
import { OnvifCamera } from '../camera/onvif';
import { createOnvifPtz } from '../camera/onvif-ptz';
import { PtzDesk } from '../camera/ptz-desk';
import { Recorder } from '../camera/recorder';
import { readRecordingFolder } from '../camera/recording-folder';
import { parseSource } from '../camera/source-url';
import type { SourceSpec } from '../camera/source-url';
import { openChannels, openRemoteChannel } from '../camera/sources';
import type { RemoteChannel, RemoteSpec, VideoSpec } from '../camera/sources';
import { UsageError } from './command';

const GIGABYTE = 1e9;

/** Long enough to learn what a source has, and to tell that it cannot be reached before the first viewer asks. */
const WARM_MS = 6_000;
/** For a camera that takes long to begin. */
const MAX_WARM_MS = 30_000;

/** Reads each source once. Returns what ends it before it ends by itself. */
export function warm(remote: readonly RemoteChannel[], clock: Clock): () => void {
  // What is made of the main stream needs no look: it has what that has.
  const looked = remote.flatMap(({ streams }) => streams.filter(({ isMade }) => !isMade));
  const unsubscribes = looked.map((stream) => stream.subscribe(() => {}));
  const stop = (): void => unsubscribes.forEach((unsubscribe) => unsubscribe());
  const look = (sinceMs: number): TimerId =>
    clock.setTimer(() => {
      const isWaiting = looked.some(({ counters }) => counters.tags === 0);
      if (isWaiting && sinceMs < MAX_WARM_MS) timer = look(sinceMs + WARM_MS);
      else stop();
    }, WARM_MS);
  let timer = look(WARM_MS);
  return () => {
    clock.clearTimer(timer);
    stop();
  };
}

export interface OpenedCamera {
  channels: readonly CameraChannel[];
  /** The same ones, where they are of a real camera. */
  remote: RemoteChannel[];
  /** What turns them. */
  desks: PtzDesk[];
  /** Keep the main streams running while they record. */
  recorders: Recorder[];
}

/** What one camera shows and can, nothing of it running yet. @throws Error, UsageError for what cannot go together */
export function openCamera(config: CameraConfig, port: Port): OpenedCamera {
  const specs = config.source.map(parseSource);
  if (specs.length === 0) specs.push(...config.onvif.map((url) => onvifSpec(url, 'main')));
  const isLoop = specs.every(({ kind }) => kind === 'loop');
  return isLoop ? openLoops(config, specs, port) : openRemotes(config, specs, port);
}

function openLoops(config: CameraConfig, specs: readonly SourceSpec[], port: Port): OpenedCamera {
  if (specs.length > 1) throw new UsageError('--source of this kind may be given once; see --channels');
  const real = ['record', 'ladder', 'ptzUrl', 'talkRtsp'] as const;
  const [stray] = real.filter((key) => config[key] !== undefined);
  if (stray !== undefined) throw new UsageError(`${OPTION_NAMES[stray]} is for real cameras`);
  const [spec] = specs;
  const recordings = config.recordings === undefined ? undefined : readRecordingFolder(config.recordings);
  const channels = openChannels(port.clock, {
    sourceName: spec?.kind === 'loop' ? spec.name : 'test:',
    ...(config.channels === undefined ? {} : { channelCount: config.channels }),
    ...(recordings === undefined ? {} : { recordings }),
  });
  return { channels, remote: [], desks: [], recorders: [] };
}

const OPTION_NAMES = {
  record: '--record',
  ladder: '--ladder',
  ptzUrl: '--ptz-url',
  talkRtsp: '--talk-rtsp',
};

function openRemotes(config: CameraConfig, specs: readonly SourceSpec[], port: Port): OpenedCamera {
  const onEvent = (level: 'info' | 'warn', text: string): void => port.log(level, text);
  const small = config.subSource.map(parseSource);
  const recordings = config.recordings === undefined ? undefined : readRecordingFolder(config.recordings);
  const rungs = QUALITIES.map((quality) => [quality, parseRung(config.ladder?.[quality] ?? '')] as const);
  const ladder = Object.fromEntries(rungs.filter(([, rung]) => rung !== null));
  const desks: PtzDesk[] = [];
  const remote = specs.map((spec, index) => {
    const main = remoteOnly(spec);
    const sub = small[index] ?? (main.kind === 'onvif' ? onvifSpec(main.url, 'small') : undefined);
    const ptz = openDesk(config, index, port);
    if (ptz !== null) desks.push(ptz);
    const channel = openRemoteChannel({
      name: index === 0 ? config.name : `${config.name} ${index + 1}`,
      ...{ clock: port.clock, fillRandom: (bytes) => randomFillSync(bytes), main, ladder, ptz, onEvent },
      audio: config.audio ?? 'auto',
      video: config.video ?? 'copy',
      hevc: config.hevc ?? 'fourcc',
      rtspTransport: config.rtspTransport ?? 'tcp',
      ...(sub === undefined ? {} : { small: videoOnly(sub) }),
      ...(config.linger === undefined ? {} : { lingerMs: config.linger * 1000 }),
    });
    const recorded = recordings?.get(index);
    return recorded === undefined ? channel : { ...channel, recordings: recorded };
  });
  return { channels: remote, remote, desks, recorders: recordersOf(config, remote, port) };
}

function onvifSpec(url: string, stream: 'main' | 'small'): SourceSpec {
  return { kind: 'onvif', url, stream };
}

function openDesk({ onvif, ptzUrl }: CameraConfig, index: number, port: Port): PtzDesk | null {
  const url = onvif[index];
  if (url === undefined && ptzUrl === undefined) return null;
  const device =
    ptzUrl === undefined
      ? createOnvifPtz(new OnvifCamera(url!, () => port.clock.wallMs()))
      : createHttpPtz(ptzUrl);
  return new PtzDesk({ clock: port.clock, device, onEvent: (level, text) => port.log(level, text) });
}

function remoteOnly(spec: SourceSpec): RemoteSpec {
  if (spec.kind === 'loop') throw new UsageError('real cameras cannot be mixed with test: and file:');
  return spec;
}

function videoOnly(spec: SourceSpec): VideoSpec {
  const remote = remoteOnly(spec);
  if (remote.kind === 'http-mjpg') throw new UsageError('--sub-source is for video, not for JPEG pictures');
  return remote;
}

function recordersOf(config: CameraConfig, remote: readonly RemoteChannel[], port: Port): Recorder[] {
  const { record: folder, recordSize, recordDays: maxDays } = config;
  if (folder === undefined) return [];
  return remote.map((channel, index) => {
    const [main] = channel.streams;
    return new Recorder({
      ...{ folder, channel: index, clock: port.clock, recordings: channel.recordings },
      tracks: () => main!.tracks,
      subscribe: (sink) => main!.subscribe(sink),
      ...(recordSize === undefined ? {} : { maxBytes: (recordSize * GIGABYTE) / remote.length }),
      ...(maxDays === undefined ? {} : { maxDays }),
      onEvent: (level, text) => port.log(level, text),
    });
  });
}
