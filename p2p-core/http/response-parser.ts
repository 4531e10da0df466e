import { bodyFraming } from './body-framing';
import { isFieldValue } from './field-syntax';
import type { MessageSink } from './message-parser';
import { MessageParser } from './message-parser';
import { isBodiless } from './status';
import type { HttpResponseHead } from './types';

// status-line = HTTP-version SP status-code SP [ reason-phrase ], RFC 9112 §4
const STATUS_LINE = /^HTTP\/([0-9])\.([0-9]) ([1-5][0-9][0-9]) (.*)$/;

/** An incremental parser of the response to a request of this method. Interim responses (1xx) are skipped. */
export function createResponseParser(
  requestMethod: string,
  sink: MessageSink<HttpResponseHead>,
): MessageParser<HttpResponseHead> {
  return new MessageParser((startLine, headers) => {
    const parts = STATUS_LINE.exec(startLine);
    if (parts === null || !isFieldValue(parts[4]!)) return 'malformed';
    if (parts[1] !== '1' || parts[2] === '0') return 'unsupported-version';
    const status = Number(parts[3]);
    if (status === 101) return 'malformed'; // we never ask for an upgrade
    if (status < 200) return null;
    const framing = isBodiless(status, requestMethod)
      ? { kind: 'none' as const }
      : bodyFraming(headers, 'until-end');
    if (typeof framing === 'string') return framing;
    return { head: { status, reason: parts[4]!, headers }, framing };
  }, sink);
}
