import { utf8Encode } from '../../p2p-core/bytes/utf8';
import { parseQuery } from '../../p2p-core/http/query';
import type { HttpServerHandler, HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { CommandHandler } from './commands';
import { QUALITIES } from './live-source';
import type { LiveSource, Quality } from './live-source';
import { LiveViewer } from './live-viewer';

export interface RequestHandlerOptions {
  source: LiveSource;
  /** How many viewers have a session with this camera. */
  viewerCount: () => number;
  /** Default 256 KiB; what may wait for a slow viewer before pictures are dropped. */
  maxBufferedBytes?: number;
  /** A group of pictures was dropped for a viewer that is too slow; how many for this viewer so far. */
  onSkip?: (skipCount: number) => void;
}

const DEFAULT_QUALITY: Quality = 'high';

/** The HTTP interface of a camera, with the guide's paths and parameters: `/ipc.flv` and `/command`. */
export function createRequestHandler(options: RequestHandlerOptions): HttpServerHandler {
  const commands = new CommandHandler(options.viewerCount);
  return (request, response) => {
    // A request that is not even for us is told so before its parameters are looked at.
    if (request.path !== '/ipc.flv' && request.path !== '/command') {
      return fail(response, 404, `no such path: ${request.path}`);
    }
    // 405 would say "too many viewers" to an app.
    if (request.method !== 'GET') return fail(response, 501, `${request.method} is not supported`);
    const params = parseQuery(request.query);
    if (request.path === '/ipc.flv') return serveFlv(request, response, params, options);
    const { httpStatus, body } = commands.answer(params);
    response.setPriority(StreamPriority.Command);
    sendJson(response, httpStatus, body);
  };
}

function serveFlv(
  request: HttpServerRequest,
  response: HttpServerResponse,
  params: ReadonlyMap<string, string>,
  { source, maxBufferedBytes, onSkip }: RequestHandlerOptions,
): void {
  const action = params.get('action');
  if (action === undefined) return fail(response, 400, 'action is missing');
  if (action !== 'live') return fail(response, 404, `this camera has no ${action}`);
  if ((params.get('channel') ?? '0') !== '0') return fail(response, 404, 'this camera has channel 0 only');
  const quality = params.get('quality') ?? DEFAULT_QUALITY;
  const tracks = isQuality(quality) ? source.tracks(quality) : null;
  if (!isQuality(quality) || tracks === null) {
    return fail(response, 400, `quality must be one of ${QUALITIES.join(', ')}`);
  }

  response.setPriority(StreamPriority.Live);
  response.start(200, { 'content-type': 'video/x-flv', 'cache-control': 'no-store' });
  const viewer = new LiveViewer(response, {
    hasVideo: tracks.hasVideo,
    hasAudio: tracks.hasAudio,
    ...(maxBufferedBytes === undefined ? {} : { maxBufferedBytes }),
    ...(onSkip ? { onSkip } : {}),
  });
  const unsubscribe = source.subscribe(quality, (tag) => viewer.onTag(tag));
  viewer.onCaughtUp();
  request.onAbort = unsubscribe;
}

function isQuality(text: string): text is Quality {
  return (QUALITIES as readonly string[]).includes(text);
}

function fail(response: HttpServerResponse, status: number, reason: string): void {
  sendJson(response, status, { error: reason });
}

function sendJson(response: HttpServerResponse, status: number, body: unknown): void {
  const bytes = utf8Encode(JSON.stringify(body));
  response.start(status, { 'content-type': 'application/json', 'content-length': String(bytes.length) });
  response.write(bytes);
  response.end();
}
