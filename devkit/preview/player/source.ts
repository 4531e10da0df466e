import { LOCAL_ORIGIN, localServer } from './local-server';

export interface SourceHandler {
  /** The server answered. */
  onOpen(): void;
  onData(chunk: Uint8Array): void;
  /** The stream ended or failed; nothing follows. `error` is null at a normal end. */
  onEnd(error: string | null): void;
}

/** Requests an FLV stream from the plugin's local server or over HTTP. Returns how to give it up. */
export function openSource(url: string, handler: SourceHandler): () => void {
  return url.startsWith(LOCAL_ORIGIN) ? openLocal(url, handler) : openHttp(url, handler);
}

function openLocal(url: string, handler: SourceHandler): () => void {
  let isOpen = true;
  let close: (() => void) | null = null;
  // Later than the call, as any network request: live-player starts inside setData.
  setTimeout(() => {
    if (!isOpen) return;
    close = localServer.connect(url, {
      onData: (chunk) => isOpen && handler.onData(chunk),
      onEnd() {
        if (!isOpen) return;
        isOpen = false;
        handler.onEnd(null);
      },
    });
    if (close) return handler.onOpen();
    isOpen = false;
    handler.onEnd('Failed to connect to /127.0.0.1, errCode:-1004');
  }, 0);
  return () => {
    isOpen = false;
    close?.();
  };
}

function openHttp(url: string, handler: SourceHandler): () => void {
  const abort = new AbortController();
  const run = async () => {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    handler.onOpen();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (abort.signal.aborted) return;
      if (done) return handler.onEnd(null);
      handler.onData(value);
    }
  };
  run().catch((error: Error) => {
    if (!abort.signal.aborted) handler.onEnd(error.message);
  });
  return () => abort.abort();
}
