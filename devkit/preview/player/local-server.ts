/** One request of a live-player. */
export interface LocalConnection {
  onData(chunk: Uint8Array): void;
  /** The server ended the response; nothing follows. */
  onEnd(): void;
}

/** What a path of the local server does with requests. */
export interface LocalService {
  onRequest(): void;
  /** The player closed its request, or `finish` ended it. */
  onClose(): void;
  /** The plugin tells its player that something failed. */
  onFailure?(code: string, errMsg: string): void;
}

export interface LocalEndpoint {
  url: string;
  /** Sends to the request that is open; ignored when none is. */
  send(chunk: Uint8Array): void;
  finish(): void;
  remove(): void;
}

interface Served {
  service: LocalService;
  connection: LocalConnection | null;
}

/**
 * Stands for the HTTP server that a player plugin runs on the phone's loopback address: live-player requests a URL, the
 * plugin answers with chunks. Here both ends live in one document, so a table is enough.
 */
export class LocalServer {
  private readonly served = new Map<string, Served>();
  private lastId = 0;
  private isDead = false;

  serve(service: LocalService): LocalEndpoint {
    this.lastId += 1;
    const url = `${LOCAL_ORIGIN}/p2p-player/${this.lastId}.flv`;
    const entry: Served = { service, connection: null };
    this.served.set(url, entry);
    return {
      url,
      send: (chunk) => entry.connection?.onData(chunk),
      finish: () => this.close(entry, true),
      remove: () => {
        this.close(entry, true);
        this.served.delete(url);
      },
    };
  }

  /** Requests `url`; returns how to give the request up, or null when nothing is served there. */
  connect(url: string, connection: LocalConnection): (() => void) | null {
    const entry = this.served.get(url);
    if (!entry || this.isDead) return null;
    this.close(entry, true);
    entry.connection = connection;
    entry.service.onRequest();
    return () => {
      if (entry.connection === connection) this.close(entry, false);
    };
  }

  /**
   * As some systems do to an app in the background: no request is answered any more, until `reset`. The plugin notices
   * from version 1.1.0 on.
   */
  die({ isNoticed }: { isNoticed: boolean }): void {
    this.reset();
    this.isDead = true;
    if (isNoticed) this.failPlayers('WECHAT_SERVER_ERROR', 'the system closed the local server');
  }

  /** The plugin reports a failure to every player. */
  failPlayers(code: string, errMsg: string): void {
    for (const { service } of [...this.served.values()]) service.onFailure?.(code, errMsg);
  }

  /** Ends every open request, and answers requests again. */
  reset(): void {
    this.isDead = false;
    for (const entry of this.served.values()) this.close(entry, true);
  }

  private close(entry: Served, tellsPlayer: boolean): void {
    const connection = entry.connection;
    if (!connection) return;
    entry.connection = null;
    entry.service.onClose();
    if (tellsPlayer) connection.onEnd();
  }
}

export const LOCAL_ORIGIN = 'http://127.0.0.1:38080';

/** One per document, as a phone has one loopback address. */
export const localServer = new LocalServer();
