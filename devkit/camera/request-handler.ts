import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { parseQuery } from '../../p2p-core/http/query';
import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import type { Clock } from '../../p2p-core/port/port';
import { StreamPriority } from '../../p2p-core/transport/types';
import { sendError, sendJson } from './answers';
import type { CameraRequestHandler } from './camera-host';
import { channelNumber } from './channel';
import type { CameraChannel } from './channel';
import { CommandHandler } from './commands';
import { downloadRange, sendFile } from './download';
import { FileDigests } from './file-digests';
import { OWNER_GRANT, refusal } from './grants';
import type { Grant } from './grants';
import { QUALITIES } from './live-source';
import type { Quality } from './live-source';
import { LiveViewer } from './live-viewer';
import { MJPG_CONTENT_TYPE } from './mjpg';
import { MjpgViewer } from './mjpg-viewer';
import { Playbacks } from './playbacks';
import { periodOf } from './params';
import { StreamSlots } from './stream-slots';
import { TalkDesk } from './talk';
import type { TalkReport } from './talk';
import type { OpenTalkSink } from './talk-sink';

export interface RequestHandlerOptions {
  clock: Clock;
  /** At least one; `channel=` is the index. */
  channels: readonly CameraChannel[];
  /** How many viewers have a session with this camera. */
  viewerCount: () => number;
  /** Default 16; live streams, playbacks and downloads at once, before 405 is the answer. */
  maxStreams?: number;
  /** Where viewers' voices go; null or missing: this camera cannot talk. */
  openTalkSink?: OpenTalkSink | null;
  onTalk?: (report: TalkReport) => void;
  /** Default 256 KiB; what may wait for a slow live viewer before pictures are dropped. */
  maxBufferedBytes?: number;
  /** A group of pictures was dropped for a viewer that is too slow; how many for this viewer so far. */
  onSkip?: (skipCount: number) => void;
}

/** One request, as far as it was read. */
interface Exchange {
  request: HttpServerRequest;
  response: HttpServerResponse;
  params: ReadonlyMap<string, string>;
  viewerId: number;
  channelNumber: number;
}

const DEFAULT_QUALITY: Quality = 'high';
const DEFAULT_MAX_STREAMS = 16;
/** 405 would say "too many viewers" to an app. */
const METHOD_NOT_SUPPORTED = 501;
const METHODS = new Map([
  ['/ipc.flv', 'GET'],
  ['/command', 'GET'],
  ['/voice', 'POST'],
]);
const MIN_SPEED = 0.5;
const MAX_SPEED = 4;

/** The HTTP interface of a camera, with the guide's paths and parameters: `/ipc.flv`, `/command` and `/voice`. */
export interface CameraServer {
  /** `grant`: what the viewer's xp2pInfo allows. Default: everything. */
  serve(request: HttpServerRequest, response: HttpServerResponse, viewerId: number, grant?: Grant): void;
  /** What this viewer has set in motion stops. */
  viewerLeft(viewerId: number): void;
}

export function createCameraServer(options: RequestHandlerOptions): CameraServer {
  return new Camera(options);
}

/** The same for an owner, where nothing is left in motion. */
export function createRequestHandler(options: RequestHandlerOptions): CameraRequestHandler {
  const camera = new Camera(options);
  return (request, response, viewerId) => camera.serve(request, response, viewerId);
}

class Camera implements CameraServer {
  private readonly playbacks: Playbacks;
  private readonly digests: FileDigests;
  private readonly slots: StreamSlots;
  private readonly talk: TalkDesk;
  private readonly commands: CommandHandler;

  constructor(private readonly options: RequestHandlerOptions) {
    const { clock, channels, viewerCount, maxStreams, openTalkSink, onTalk } = options;
    this.playbacks = new Playbacks(clock);
    this.digests = new FileDigests(clock);
    this.slots = new StreamSlots(maxStreams ?? DEFAULT_MAX_STREAMS);
    this.talk = new TalkDesk(openTalkSink ?? null, onTalk ?? ((): void => {}));
    const { playbacks, slots, talk } = this;
    this.commands = new CommandHandler({ channels, playbacks, slots, talk, viewerCount });
  }

  serve(
    request: HttpServerRequest,
    response: HttpServerResponse,
    viewerId: number,
    grant: Grant = OWNER_GRANT,
  ): void {
    // A request that is not even for us is told so before its parameters are looked at.
    const method = METHODS.get(request.path);
    if (method === undefined) return sendError(response, 404, `no such path: ${request.path}`);
    if (request.method !== method) {
      return sendError(response, METHOD_NOT_SUPPORTED, `${request.path} is for ${method} only`);
    }
    const refused = refusal(grant, request);
    if (refused !== null) return sendError(response, 403, refused);
    const params = parseQuery(request.query);
    if (request.path === '/command') return this.serveCommand(request, response, params, viewerId);
    const action = params.get('action');
    if (request.path === '/ipc.flv' && action === undefined) {
      return sendError(response, 400, 'action is missing');
    }
    const channel = channelNumber(params, this.options.channels);
    if (channel === null) {
      return sendError(response, 404, `the channels are 0 to ${this.options.channels.length - 1}`);
    }
    if (request.path === '/voice') return this.talk.serve(request, response, params);
    const exchange = { request, response, params, viewerId, channelNumber: channel };
    switch (action) {
      case 'live':
        return this.serveLive(exchange);
      case 'live-audio':
        return this.serveLive(exchange, true);
      case 'live-mjpg':
        return this.serveMjpg(exchange);
      case 'playback':
        return this.servePlayback(exchange);
      case 'download':
        return this.serveDownload(exchange);
      default:
        return sendError(response, 404, `this camera has no ${action}`);
    }
  }

  viewerLeft(viewerId: number): void {
    for (const { ptz } of this.options.channels) ptz?.viewerLeft?.(viewerId);
  }

  private serveCommand(
    request: HttpServerRequest,
    response: HttpServerResponse,
    params: ReadonlyMap<string, string>,
    viewerId: number,
  ): void {
    response.setPriority(StreamPriority.Command);
    const answer = this.commands.answer(params, viewerId);
    if (!(answer instanceof Promise)) return sendJson(response, answer.httpStatus, answer.body);
    let isWaiting = true;
    request.onAbort = () => (isWaiting = false);
    void answer.then(({ httpStatus, body }) => {
      if (isWaiting) sendJson(response, httpStatus, body);
    });
  }

  /** @param isSoundOnly beside pictures as JPEG, which have none */
  private serveLive(exchange: Exchange, isSoundOnly = false): void {
    const { request, response, params } = exchange;
    const { source } = this.channelOf(exchange);
    const quality = params.get('quality') ?? DEFAULT_QUALITY;
    const tracks = isQuality(quality) ? source.tracks(quality) : null;
    if (!isQuality(quality) || tracks === null) {
      return sendError(response, 400, `quality must be one of ${QUALITIES.join(', ')}`);
    }
    if (this.commands.isStandby(exchange.channelNumber)) {
      return sendError(response, 503, 'the camera is in standby');
    }
    if (isSoundOnly && !tracks.hasAudio) return sendError(response, 404, 'this camera has no sound');
    const release = this.takeSlot(response);
    if (release === null) return;
    const { clock, maxBufferedBytes, onSkip } = this.options;
    startFlv(response, StreamPriority.Live);
    const viewer = new LiveViewer(response, {
      nowMs: () => clock.nowMs(),
      hasVideo: tracks.hasVideo && !isSoundOnly,
      hasAudio: tracks.hasAudio,
      ...(maxBufferedBytes === undefined ? {} : { maxBufferedBytes }),
      ...(onSkip ? { onSkip } : {}),
    });
    const unsubscribe = source.subscribe(quality, (tag) => {
      if (!isSoundOnly || tag.type === FlvTagType.Audio) viewer.onTag(tag);
    });
    request.onAbort = () => {
      unsubscribe();
      release();
    };
    viewer.onCaughtUp();
  }

  private serveMjpg(exchange: Exchange): void {
    const { request, response, channelNumber: channel } = exchange;
    const { mjpg } = this.channelOf(exchange);
    if (mjpg === undefined) return sendError(response, 404, 'this channel has no pictures as JPEG');
    if (this.commands.isStandby(channel)) return sendError(response, 503, 'the camera is in standby');
    const release = this.takeSlot(response);
    if (release === null) return;
    response.setPriority(StreamPriority.Live);
    response.start(200, { 'content-type': MJPG_CONTENT_TYPE, 'cache-control': 'no-store' });
    const viewer = new MjpgViewer(response, (skipCount) => this.options.onSkip?.(skipCount));
    const unsubscribe = mjpg.subscribe((tag) => viewer.onTag(tag));
    request.onAbort = () => {
      unsubscribe();
      release();
    };
  }

  private servePlayback(exchange: Exchange): void {
    const { request, response, params, viewerId } = exchange;
    const period = periodOf(params);
    if (period === null) {
      return sendError(response, 400, 'start_time and end_time must be unix seconds, 5 s apart or more');
    }
    const speed = speedOf(params.get('speed'));
    if (speed === null) return sendError(response, 400, `speed must be ${MIN_SPEED} to ${MAX_SPEED}`);
    const clips = this.channelOf(exchange).recordings.playableWithin(period.startS, period.endS);
    if (clips.length === 0) return sendError(response, 404, 'nothing was recorded then');
    const release = this.takeSlot(response);
    if (release === null) return;
    startFlv(response, StreamPriority.Playback);
    const who = { viewerId, channel: exchange.channelNumber };
    this.playbacks.start(who, { request, response }, { clips, period, speed }, release);
  }

  private serveDownload(exchange: Exchange): void {
    const { request, response, params } = exchange;
    const fileName = params.get('file_name');
    if (fileName === undefined) return sendError(response, 400, 'file_name is missing');
    const clip = this.channelOf(exchange).recordings.find(fileName);
    if (clip === null) return sendError(response, 404, 'there is no such file');
    const range = downloadRange(params.get('offset'), request.headers, clip.file);
    if (range.status === 400) return sendError(response, 400, range.reason);
    if (range.status === 416) {
      // RFC 9110 §15.5.17: how long it is.
      const headers = { 'content-range': `bytes */${clip.file.byteCount}` };
      return sendError(response, 416, range.reason, headers);
    }
    const release = this.takeSlot(response);
    if (release === null) return;
    response.setPriority(StreamPriority.Download);
    let giveUp = (): void => {};
    request.onAbort = () => {
      giveUp();
      release();
    };
    // At once, or after the file was read for the first time; `sendFile` then listens itself.
    giveUp = this.digests.of(clip.file, (digest) =>
      sendFile({ request, response }, clip, range, digest, release),
    );
  }

  private channelOf(exchange: Exchange): CameraChannel {
    return this.options.channels[exchange.channelNumber]!;
  }

  /** Null when the request was answered with 405, for want of a slot. */
  private takeSlot(response: HttpServerResponse): (() => void) | null {
    const release = this.slots.take();
    if (release === null) sendError(response, 405, 'too many streams');
    return release;
  }
}

function startFlv(response: HttpServerResponse, priority: number): void {
  response.setPriority(priority);
  response.start(200, { 'content-type': 'video/x-flv', 'cache-control': 'no-store' });
}

function isQuality(text: string): text is Quality {
  return (QUALITIES as readonly string[]).includes(text);
}

/** 1 where it is not given; null where it makes no sense. */
function speedOf(text: string | undefined): number | null {
  if (text === undefined) return 1;
  const speed = /^\d(?:\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  return speed >= MIN_SPEED && speed <= MAX_SPEED ? speed : null;
}
