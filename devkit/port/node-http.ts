import http from 'node:http';
import https from 'node:https';
import type { HttpFetch, HttpFetchHandlers } from '../../p2p-core/port/port';

const MAX_REDIRECTS = 5;

/** `openHttp` of the Node port: each request has a connection of its own, as on WeChat, and is closed with it. */
export function openHttp(firstUrl: string, handlers: HttpFetchHandlers): HttpFetch {
  let isOver = false;
  let request: http.ClientRequest | null = null;
  const end = (errmsg: string): void => {
    if (isOver) return;
    isOver = true;
    request?.destroy();
    handlers.onEnd(errmsg);
  };
  const get = (url: string, redirectsLeft: number): void => {
    const current = (url.startsWith('https:') ? https : http).get(url, { agent: false }, (response) => {
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.resume();
        const next = URL.canParse(headers.location, url) ? new URL(headers.location, url).href : '';
        if (redirectsLeft === 0 || !/^https?:/.test(next)) return end('redirected too often, or elsewhere');
        return get(next, redirectsLeft - 1);
      }
      if (isOver) return;
      const lines = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
      handlers.onHead(statusCode, Object.fromEntries(lines) as Record<string, string>);
      response.on('data', (bytes: Buffer) => {
        // A copy: Node's buffers share memory that the receiver must not own.
        if (!isOver) handlers.onChunk(new Uint8Array(bytes));
      });
      response.on('end', () => end(''));
      response.on('error', (error) => end(error.message));
    });
    current.on('error', (error) => current === request && end(error.message));
    request = current;
  };
  try {
    get(firstUrl, MAX_REDIRECTS);
  } catch (error) {
    // A URL that is none. The caller gets its request first and the bad news after.
    queueMicrotask(() => end((error as Error).message));
  }
  return {
    abort() {
      isOver = true;
      request?.destroy();
    },
  };
}
