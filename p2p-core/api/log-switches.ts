import { parseQuery } from '../http/query';
import type { HttpResponseHandler } from '../http/types';

export type LogKind = 'http' | 'net' | 'xntp';

/** Parameters that say what a request is about. Others may be the app's secrets, so that only their names are shown. */
const SHOWN_PARAMS = /^(?:action|channel|cmd|quality|type|time|start_time|end_time|progress|offset|format)$/;
const SHOWN_VALUE = /^[\w.:-]{1,32}$/;

/** What `enableHttpLog`, `enableNetLog` and `enableXNTPLog` switch. All are off at first, and nothing is composed then. */
export class LogSwitches {
  http = false;
  net = false;
  xntp = false;

  constructor(private readonly tell: (message: string) => void) {}

  say(kind: LogKind, message: string): void {
    if (this[kind]) this.tell(`[${kind}] ${message}`);
  }

  /** `handler`, or one around it that tells how the request went. The bytes of a body are never told. */
  traceRequest(method: string, target: string, handler: HttpResponseHandler): HttpResponseHandler {
    if (!this.http) return handler;
    const shown = `${method} ${showTarget(target)}`;
    let bodyBytes = 0;
    this.say('http', shown);
    return {
      onHead: (head) => {
        this.say('http', `${shown}: ${head.status} ${head.reason}`);
        handler.onHead(head);
      },
      onBody: (bytes) => {
        bodyBytes += bytes.length;
        handler.onBody(bytes);
      },
      onChunkExtension: (text) => handler.onChunkExtension?.(text),
      onEnd: () => {
        this.say('http', `${shown}: complete, ${bodyBytes} bytes`);
        handler.onEnd();
      },
      onError: (errcode, errmsg) => {
        this.say('http', `${shown}: ${errcode} ${errmsg}, after ${bodyBytes} bytes`);
        handler.onError(errcode, errmsg);
      },
    };
  }
}

function showTarget(target: string): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target;
  const params: string[] = [];
  parseQuery(target.slice(mark + 1)).forEach((value, name) => {
    params.push(`${name}=${SHOWN_PARAMS.test(name) && SHOWN_VALUE.test(value) ? value : '…'}`);
  });
  return `${target.slice(0, mark)}?${params.join('&')}`;
}
