import { ErrCode, P2PError } from '../errors';
import { isFieldValue, isRequestTarget, isToken, latin1Encode } from './field-syntax';
import { reasonPhrase } from './status';
import type { HttpHeaders } from './types';

/** The bytes of a request head. `target` must be origin-form. Throws P2PError BadArgument on what HTTP cannot carry. */
export function encodeRequestHead(method: string, target: string, headers: HttpHeaders): Uint8Array {
  if (!isToken(method)) throw new P2PError(ErrCode.BadArgument, 'HTTP method: expected a token');
  if (target.charAt(0) !== '/' || !isRequestTarget(target)) {
    throw new P2PError(ErrCode.BadArgument, 'HTTP target: expected /path?query of visible ASCII characters');
  }
  return latin1Encode(`${method} ${target} HTTP/1.1\r\n${headerLines(headers)}\r\n`);
}

/** The bytes of a response head. Throws P2PError BadArgument on what HTTP cannot carry. */
export function encodeResponseHead(status: number, headers: HttpHeaders): Uint8Array {
  if (!(status >= 200 && status <= 599) || status !== Math.floor(status)) {
    throw new P2PError(ErrCode.BadArgument, `HTTP status: expected 200 to 599, got ${status}`);
  }
  return latin1Encode(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${headerLines(headers)}\r\n`);
}

/** Refuses line ends inside names and values: that would let a value add headers of its own. */
function headerLines(headers: HttpHeaders): string {
  let lines = '';
  for (const name of Object.keys(headers)) {
    const value = headers[name]!;
    if (!isToken(name)) throw new P2PError(ErrCode.BadArgument, 'HTTP header name: expected a token');
    if (!isFieldValue(value)) {
      throw new P2PError(
        ErrCode.BadArgument,
        `HTTP header ${name}: expected a value of printable characters`,
      );
    }
    lines += `${name.toLowerCase()}: ${value}\r\n`;
  }
  return lines;
}
