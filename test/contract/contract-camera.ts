import { parseQuery } from '../../p2p-core/http/query';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import type { Clock } from '../../p2p-core/port/port';

export const DOWNLOAD_BYTES = 200_000;
const CHUNK_MS = 40;

/**
 * The camera of the contract, as a real one behind our core serves it; `guide-plugin.ts` has the same one inside.
 * Streams: `mode=ends` ends after three chunks, `mode=refused` is a 404, else they go on. Commands are answered with their
 * `cmd`; `fail` with 500, `silent` never. Talk is listened to. Downloads: 200 000 bytes, `file_name=missing` is a 404.
 */
export function contractCamera(clock: Clock): HttpServerHandler {
  return (request, response) => {
    const params = parseQuery(request.query);
    const refuse = (status: number): void => {
      response.start(status, { 'content-length': '0' });
      response.end();
    };
    if (request.path === '/command') {
      const cmd = params.get('cmd') ?? '';
      if (cmd === 'silent') return;
      const body = new TextEncoder().encode(cmd);
      response.start(cmd === 'fail' ? 500 : 200, { 'content-length': String(body.length) });
      response.write(body);
      return response.end();
    }
    if (request.path === '/voice') {
      request.onBody = () => undefined;
      request.onBodyEnd = () => response.end();
      return response.start(200, {});
    }
    if (params.get('action') === 'download') {
      if (params.get('file_name') === 'missing') return refuse(404);
      response.start(200, { 'content-length': String(DOWNLOAD_BYTES) });
      response.write(new Uint8Array(DOWNLOAD_BYTES));
      return response.end();
    }
    const mode = params.get('mode');
    if (mode === 'refused') return refuse(404);
    response.start(200, { 'content-type': 'video/x-flv' });
    let chunks = 0;
    let timer: unknown = null;
    const next = (): void => {
      if (mode === 'ends' && chunks === 3) return response.end();
      chunks++;
      timer = clock.setTimer(next, CHUNK_MS);
      response.write(new Uint8Array(1000));
    };
    request.onAbort = () => clock.clearTimer(timer as object);
    next();
  };
}
