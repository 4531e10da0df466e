import fs from 'node:fs';
import path from 'node:path';
import { createMjpgReader } from '../../p2p-core/mjpg/part-reader';
import type { Clock, FillRandom } from '../../p2p-core/port/port';
import { fixturesFolder } from '../paths';
import type { CameraChannel } from './channel';
import { createFileSource } from './file-source';
import { createFfmpegSupply } from './ffmpeg-supply';
import type { FfmpegSupplyOptions } from './ffmpeg-supply';
import { readFlvLoop } from './flv-loop';
import type { FlvLoop } from './flv-loop';
import { createHttpFlvSupply, createHttpMjpgSupply } from './http-flv-supply';
import { createLadderSupply } from './ladder-supply';
import type { Rung } from './ladder-supply';
import { QUALITIES } from './live-source';
import type { LiveSource, LiveTag, Quality } from './live-source';
import { pictureTag } from './mjpg';
import type { MjpgSource } from './mjpg';
import { createPicturesSupply, createVideoSupply } from './mjpg-supply';
import { OnDemandSource } from './on-demand-source';
import type { OnDemandOptions } from './on-demand-source';
import { OnvifCamera } from './onvif';
import { createOnvifSupply } from './onvif-supply';
import type { PtzPanel } from './ptz-panel';
import { Recordings } from './recordings';
import { simulatedRecordings } from './simulated-recordings';
import { withoutSecrets } from './source-url';
import type { SourceSpec } from './source-url';
import type { TagSupply } from './tag-supply';

type SourceLoops = Partial<Record<Quality, FlvLoop>>;

const TEST_PICTURE = 'test:';
/** Between two pictures of the fixture. */
const TEST_PICTURE_MS = 80;

export interface ChannelOptions {
  /**
   * `test:` is the built-in moving test picture with sound; `file:<path>` is an FLV file, shown for every quality, or a
   * folder with `standard.flv`, `high.flv` and `super.flv` (one at least).
   */
  sourceName: string;
  /** Default 1. */
  channelCount?: number;
  /** What each channel has recorded; default: the source itself, of today and two days ago. */
  recordings?: ReadonlyMap<number, Recordings>;
}

/**
 * The channels of a simulated camera. Of `test:`, the second to the fourth have pictures of their own, the same for every
 * quality; all others show the pictures of the source with their qualities in another order. Throws an Error that says what
 * is wrong.
 */
export function openChannels(
  clock: Clock,
  { sourceName, channelCount = 1, recordings }: ChannelOptions,
): CameraChannel[] {
  const loops = readSource(sourceName);
  const mjpg = sourceName === TEST_PICTURE ? testPictures(clock) : undefined;
  return Array.from({ length: channelCount }, (_, channel) => {
    const shown = (sourceName === TEST_PICTURE && readLens(channel)) || rotate(loops, channel);
    return {
      name: channel === 0 ? 'camera' : `camera ${channel + 1}`,
      source: createFileSource(clock, shown),
      recordings: recordings
        ? (recordings.get(channel) ?? new Recordings())
        : simulatedRecordings(Object.values(shown), channel, clock.wallMs()),
      ...(mjpg ? { mjpg } : {}),
    };
  });
}

/** The fixture made by `tools/make-fixtures.mjs`, as if it were live. */
function testPictures(clock: Clock): MjpgSource {
  const mediaTags: LiveTag[] = [];
  const reader = createMjpgReader(({ data }) => {
    mediaTags.push(pictureTag(data, mediaTags.length * TEST_PICTURE_MS));
  });
  const file = path.join(fixturesFolder(), 'pictures.mjpg');
  if (!reader.feed(fs.readFileSync(file))) throw new Error(`${file}: ${reader.error}`);
  const durationMs = mediaTags.length * TEST_PICTURE_MS;
  const loop: FlvLoop = { initTags: [], mediaTags, durationMs, hasVideo: true, hasAudio: false };
  const source = createFileSource(clock, { standard: loop });
  return { subscribe: (sink) => source.subscribe('standard', sink) };
}

/** A camera elsewhere. */
export type RemoteSpec = Exclude<SourceSpec, { kind: 'loop' }>;
/** One that sends video. */
export type VideoSpec = Exclude<RemoteSpec, { kind: 'http-mjpg' }>;

export interface RemoteChannel extends CameraChannel {
  /** The streams behind it: the main one, and the small one, or those made of it or that it is made of. */
  streams: OnDemandSource[];
}

export interface RemoteChannelOptions extends FfmpegSupplyOptions {
  name: string;
  clock: Clock;
  fillRandom: FillRandom;
  main: RemoteSpec;
  /** The camera's own smaller stream, for the quality `standard`. Default: the main one. */
  small?: VideoSpec;
  /** Qualities that are made of the main stream, by ffmpeg, while somebody watches them. */
  ladder?: Partial<Record<Quality, Rung>>;
  /** What turns it. Default null. */
  ptz?: PtzPanel | null;
  lingerMs?: number;
  onEvent?: OnDemandOptions['onEvent'];
}

/** One channel of a real camera. Its streams run while they are watched; close them when the channel is not used any more. */
export function openRemoteChannel(options: RemoteChannelOptions): RemoteChannel {
  const { name, clock, fillRandom, main, small, ladder = {}, ptz = null, lingerMs, onEvent } = options;
  const open = (supply: TagSupply): OnDemandSource =>
    new OnDemandSource({
      ...{ clock, fillRandom, supply },
      ...(lingerMs === undefined ? {} : { lingerMs }),
      ...(onEvent ? { onEvent } : {}),
    });
  // Either the camera sends pictures and video is made of them, or the other way round.
  const sent = main.kind === 'http-mjpg' ? open(createHttpMjpgSupply(main.url, clock)) : null;
  const large = open(sent === null ? supplyOf(main as VideoSpec, options) : createVideoSupply(sent, options));
  const byQuality = new Map<Quality, OnDemandSource>();
  if (small !== undefined) byQuality.set('standard', open(supplyOf(small, options)));
  for (const quality of QUALITIES) {
    const rung = ladder[quality];
    if (rung !== undefined) byQuality.set(quality, open(createLadderSupply(large, rung, options)));
  }
  const streamOf = (quality: Quality): OnDemandSource => byQuality.get(quality) ?? large;
  const source: LiveSource = {
    tracks: (quality) => streamOf(quality).tracks,
    subscribe: (quality, sink) => streamOf(quality).subscribe(sink),
  };
  const mjpg = sent ?? open(createPicturesSupply(streamOf('standard'), clock, options));
  const streams = [large, ...byQuality.values(), mjpg];
  return { name, source, recordings: new Recordings(), ptz, mjpg, streams };
}

function supplyOf(spec: VideoSpec, options: RemoteChannelOptions): TagSupply {
  if (spec.kind === 'http-flv') return createHttpFlvSupply(spec.url);
  if (spec.kind !== 'onvif') return createFfmpegSupply(spec, options);
  const camera = new OnvifCamera(spec.url, () => options.clock.wallMs());
  return createOnvifSupply(camera, spec.stream, {
    name: `${withoutSecrets(spec.url)} (${spec.stream})`,
    open: (url) => createFfmpegSupply({ kind: 'rtsp', url }, options),
  });
}

function rotate(loops: SourceLoops, steps: number): SourceLoops {
  const entries = Object.entries(loops);
  return Object.fromEntries(
    entries.map(([quality], index) => [quality, entries[(index + steps) % entries.length]![1]]),
  );
}

function readSource(name: string): SourceLoops {
  if (name === TEST_PICTURE) return readFolder(fixturesFolder());
  if (!name.startsWith('file:')) throw new Error(`unknown source ${name}: expected test: or file:<path>`);
  const file = name.slice('file:'.length);
  return fs.statSync(file).isDirectory() ? readFolder(file) : forEveryQuality(readLoop(file));
}

/** The test picture of a channel; null where there is none of its own. */
function readLens(channel: number): SourceLoops | null {
  const file = path.join(fixturesFolder(), `camera-${channel + 1}.flv`);
  return fs.existsSync(file) ? forEveryQuality(readLoop(file)) : null;
}

function forEveryQuality(loop: FlvLoop): SourceLoops {
  return Object.fromEntries(QUALITIES.map((quality) => [quality, loop]));
}

function readFolder(folder: string): SourceLoops {
  const loops: SourceLoops = {};
  for (const quality of QUALITIES) {
    const file = path.join(folder, `${quality}.flv`);
    if (fs.existsSync(file)) loops[quality] = readLoop(file);
  }
  if (Object.keys(loops).length === 0) throw new Error(`no ${QUALITIES.join('.flv, ')}.flv in ${folder}`);
  return loops;
}

function readLoop(file: string): FlvLoop {
  try {
    return readFlvLoop(fs.readFileSync(file));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}
