import http from 'node:http';
import https from 'node:https';
import { authorization, splitLogin } from './http-auth';

export interface HttpCallOptions {
  /** Default GET, or POST with a body. */
  body?: string;
  headers?: Record<string, string>;
  /** Of the answer; more is an error. Default 0: what it says is not read. */
  maxBytes?: number;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

const TIMEOUT_MS = 5_000;

/**
 * One exchange with a camera. The login of the URL is sent as the camera asks for it, Digest or Basic, and not before.
 * @throws Error of the network, or that it takes more than 5 s; its message holds no part of the URL
 */
export async function httpCall(text: string, options: HttpCallOptions = {}): Promise<HttpAnswer> {
  const { url, login } = splitLogin(text);
  const first = await exchange(url, options, {});
  if (first.status !== 401 || login === null) return first;
  const method = methodOf(options);
  const uri = `${url.pathname}${url.search}`;
  const value = authorization(first.challenges, login, { method, uri });
  return value === null ? first : exchange(url, options, { authorization: value });
}

const methodOf = ({ body }: HttpCallOptions): string => (body === undefined ? 'GET' : 'POST');

function exchange(
  url: URL,
  options: HttpCallOptions,
  headers: Record<string, string>,
): Promise<HttpAnswer & { challenges: string[] }> {
  const { body, maxBytes = 0 } = options;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: methodOf(options),
      // Its own connection each: cameras close idle ones without a word.
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...options.headers, ...headers },
    });
    request.on('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error))));
    request.on('response', (response) => {
      const { statusCode: status = 0, rawHeaders } = response;
      const isChallenge = (name: string | undefined): boolean => /^www-authenticate$/i.test(name ?? '');
      const challenges = rawHeaders.filter((_, i) => i % 2 === 1 && isChallenge(rawHeaders[i - 1]));
      const pieces: Buffer[] = [];
      let byteCount = 0;
      const end = (): void => resolve({ status, challenges, body: Buffer.concat(pieces).toString() });
      if (maxBytes === 0) {
        response.destroy();
        return end();
      }
      response.on('data', (piece: Buffer) => {
        byteCount += piece.length;
        if (byteCount > maxBytes) request.destroy(new Error(`it answers more than ${maxBytes} bytes`));
        else pieces.push(piece);
      });
      response.on('end', end);
      response.on('error', (error) => reject(new Error(reasonOf(error))));
    });
    request.end(body);
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'it does not answer';
  return error.code ?? error.message;
}
