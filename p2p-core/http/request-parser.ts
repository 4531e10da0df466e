import { bodyFraming } from './body-framing';
import { isRequestTarget } from './field-syntax';
import type { InterpretHead, MessageSink } from './message-parser';
import { MessageParser } from './message-parser';
import type { HttpRequestHead } from './types';

// request-line = method SP request-target SP HTTP-version, RFC 9112 §3
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) HTTP\/([0-9])\.([0-9])$/;
// absolute-form, which a server has to accept as well (RFC 9112 §3.2.2)
const ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

/** An incremental parser of one request. */
export function createRequestParser(sink: MessageSink<HttpRequestHead>): MessageParser<HttpRequestHead> {
  return new MessageParser(interpretRequestHead, sink);
}

const interpretRequestHead: InterpretHead<HttpRequestHead> = (startLine, headers) => {
  const parts = REQUEST_LINE.exec(startLine);
  if (parts === null) return 'malformed';
  // 1.0 has other framing rules, and nobody speaks it here.
  if (parts[3] !== '1' || parts[4] === '0') return 'unsupported-version';
  const target = parts[2]!;
  if (!isRequestTarget(target)) return 'malformed';
  if (headers['host'] === undefined) return 'malformed'; // RFC 9112 §3.2: a request without Host gets 400
  if (headers['expect'] !== undefined) return 'unsupported-expectation';
  const framing = bodyFraming(headers, 'none');
  if (typeof framing === 'string') return framing;

  let origin = target.replace(ABSOLUTE_FORM, '');
  if (origin !== target && origin.charAt(0) !== '/') origin = `/${origin}`;
  if (origin.charAt(0) !== '/') return 'malformed';
  const mark = origin.indexOf('?');
  const head: HttpRequestHead = {
    method: parts[1]!,
    path: mark < 0 ? origin : origin.slice(0, mark),
    query: mark < 0 ? '' : origin.slice(mark + 1),
    headers,
  };
  return { head, framing };
};
