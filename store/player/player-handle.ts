/** The native player as the driver uses it. */
export interface PlayerHandle {
  /** The buffer belongs to the player from here on. */
  addChunk(chunk: ArrayBuffer): void;
  play(done: PlayerDone): void;
  stop(done: PlayerDone): void;
  snapshot(done: (result: SnapshotResult) => void): void;
}

/** `errMsg` is null when it worked. */
export type PlayerDone = (errMsg: string | null) => void;

export interface SnapshotResult {
  /** '' when it failed. */
  tempImagePath: string;
  /** '' when it worked. */
  errMsg: string;
}

/** Detail of the event `playerReady` of every `p2p-player` component. */
export interface PlayerReadyDetail {
  playerExport: { addChunk(chunk: ArrayBuffer): void };
  livePlayerContext: LivePlayerContext;
}

export interface LivePlayerContext {
  play(options: ContextOptions): void;
  stop(options: ContextOptions): void;
  snapshot?(options: ContextOptions): void;
}

interface ContextOptions {
  success?: (result: { tempImagePath?: string }) => void;
  fail?: (result: { errMsg?: string }) => void;
}

export function createPlayerHandle(detail: PlayerReadyDetail): PlayerHandle {
  const { playerExport, livePlayerContext } = detail;
  return {
    addChunk: (chunk) => playerExport.addChunk(chunk),
    play: (done) => livePlayerContext.play(optionsOf('play', done)),
    stop: (done) => livePlayerContext.stop(optionsOf('stop', done)),
    snapshot(done) {
      if (typeof livePlayerContext.snapshot !== 'function') {
        done({ tempImagePath: '', errMsg: 'snapshot is not supported by this player' });
        return;
      }
      livePlayerContext.snapshot({
        success: ({ tempImagePath = '' }) => done({ tempImagePath, errMsg: tempImagePath ? '' : 'no image' }),
        fail: ({ errMsg = 'snapshot failed' }) => done({ tempImagePath: '', errMsg }),
      });
    },
  };
}

function optionsOf(call: string, done: PlayerDone): ContextOptions {
  return {
    success: () => done(null),
    fail: (result) => done((result && result.errMsg) || `${call} failed`),
  };
}
