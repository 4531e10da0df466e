import { Listeners } from './listeners';
import type { WxCallbacks } from './result';

interface RequestOptions extends WxCallbacks {
  url: string;
  method?: string;
  header?: Record<string, string>;
  enableChunked?: boolean;
  responseType?: 'text' | 'arraybuffer';
}

interface Head {
  statusCode: number;
  header: Record<string, string>;
}

/** `wx.request` on the browser's fetch. With `enableChunked` the body is told of as it comes, as on a phone. */
export function request(options: RequestOptions) {
  const headers = new Listeners<Head & { cookies: string[] }>();
  const chunks = new Listeners<{ data: ArrayBuffer }>();
  const abortion = new AbortController();

  const run = async (): Promise<Head & { data: unknown }> => {
    const { url, method = 'GET', header, enableChunked, responseType } = options;
    const response = await fetch(url, {
      method,
      ...(header && { headers: header }),
      signal: abortion.signal,
      cache: 'no-store',
      credentials: 'omit',
    });
    const head = { statusCode: response.status, header: Object.fromEntries(response.headers) };
    headers.emit({ ...head, cookies: [] });
    if (!enableChunked || !response.body) {
      return {
        ...head,
        data: responseType === 'arraybuffer' ? await response.arrayBuffer() : await response.text(),
      };
    }
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.emit({ data: part.value.slice().buffer });
    }
    return { ...head, data: new ArrayBuffer(0) };
  };

  run().then(
    (result) => {
      const answer = { ...result, errMsg: 'request:ok' };
      options.success?.(answer as never);
      options.complete?.(answer as never);
    },
    (error: Error) => {
      const errMsg = `request:fail ${abortion.signal.aborted ? 'abort' : error.message}`;
      options.fail?.({ errMsg });
      options.complete?.({ errMsg } as never);
    },
  );
  return {
    abort: () => abortion.abort(),
    onHeadersReceived: headers.on,
    offHeadersReceived: headers.off,
    onChunkReceived: chunks.on,
    offChunkReceived: chunks.off,
  };
}
