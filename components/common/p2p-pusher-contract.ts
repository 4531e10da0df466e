/** Events of every component in the place of `p2p-pusher`. */
export interface P2PPusherEventMap {
  /** Once per created component: the native pusher can be told to start. */
  pusherReady: {
    pusherExport: {
      /**
       * Where FLV goes from now on (header and whole tags, each borrowed until the call returns); null for nowhere. A
       * call, not an event: it runs dozens of times a second.
       */
      setChunkHandler(handler: ((chunk: ArrayBuffer) => void) | null): void;
    };
    livePusherContext: {
      start(options: PusherCallOptions): void;
      stop(options: PusherCallOptions): void;
    };
  };
  /** It cannot go on: the talk is over. */
  pusherFailed: { errMsg: string };
}

export interface PusherCallOptions {
  success?: () => void;
  fail?: (result: { errMsg?: string }) => void;
}
