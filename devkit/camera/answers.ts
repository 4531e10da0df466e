import { utf8Encode } from '../../p2p-core/bytes/utf8';
import type { HttpHeaders, HttpServerResponse } from '../../p2p-core/http/types';

/** A whole answer in JSON. */
export function sendJson(
  response: HttpServerResponse,
  status: number,
  body: unknown,
  headers: HttpHeaders = {},
): void {
  const bytes = utf8Encode(JSON.stringify(body));
  response.start(status, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  });
  response.write(bytes);
  response.end();
}

/** A refusal, with a reason for people in `error`. */
export function sendError(
  response: HttpServerResponse,
  status: number,
  reason: string,
  headers: HttpHeaders = {},
): void {
  sendJson(response, status, { error: reason }, headers);
}
