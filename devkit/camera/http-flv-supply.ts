import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../p2p-core/port/port';
import { mjpgCutter } from './mjpg';
import { withoutSecrets } from './source-url';
import { flvTagCutter } from './tag-supply';
import type { MakeCutter, TagHandler, TagSupply } from './tag-supply';

const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT_MS = 10_000;

/** Reads a camera or a server that gives its live picture as FLV over HTTP, without any program beside this one. */
export function createHttpFlvSupply(url: string): TagSupply {
  return createHttpSupply(url, 'video/x-flv, */*', flvTagCutter);
}

/** The same of a camera that sends one JPEG after the other (`multipart/x-mixed-replace`). */
export function createHttpMjpgSupply(url: string, clock: Clock): TagSupply {
  return createHttpSupply(url, 'multipart/x-mixed-replace, */*', (onTag) => mjpgCutter(clock, onTag));
}

function createHttpSupply(url: string, accept: string, makeCutter: MakeCutter): TagSupply {
  return { name: withoutSecrets(url), start: (handler) => open(url, accept, makeCutter, handler) };
}

function open(firstUrl: string, accept: string, makeCutter: MakeCutter, handler: TagHandler): () => void {
  let isOver = false;
  let request: http.ClientRequest | null = null;
  const stop = (): void => {
    isOver = true;
    request?.destroy();
  };
  const end = (reason: string): void => {
    if (isOver) return;
    stop();
    handler.onEnd(reason);
  };
  const get = (url: string, redirects: number): void => {
    const options = { timeout: CONNECT_TIMEOUT_MS, headers: { accept } };
    request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.destroy();
        const next = URL.canParse(headers.location, url) ? new URL(headers.location, url).href : '';
        if (redirects === 0 || !/^https?:/.test(next))
          return end('the source redirects too often, or elsewhere');
        return get(next, redirects - 1);
      }
      if (statusCode !== 200) return end(`the source answers ${statusCode}`);
      const cut = makeCutter((tag) => {
        if (!isOver) handler.onTag(tag);
      });
      response.on('data', (bytes: Buffer) => {
        const problem = isOver ? null : cut(bytes);
        if (problem !== null) end(problem);
      });
      response.on('end', () => end('the source has ended'));
      response.on('error', (error) => end(error.message));
    });
    const current = request;
    current.on('timeout', () => current === request && end('the source is silent'));
    current.on('error', (error) => current === request && end(withoutSecrets(error.message)));
  };
  get(firstUrl, MAX_REDIRECTS);
  return stop;
}
