import { ErrCode, P2PError } from '../errors';
import type { ErrorResult } from '../errors';
import type { Port } from '../port/port';
import { logThrown } from '../session/guard';
import { createServerPull } from '../origin/server-pull';
import { sharing } from '../origin/sharing';
import type { Meeting, SharedPull, SharedStreamHandler } from '../origin/sharing';
import { AppService } from './app-service';
import { XP2PEventEnum, XP2PNotify_SubType } from './enums';
import { RateMeter } from './stats';
import type { ServiceStats } from './stats';
import type { Timeouts } from './timeouts';
import type { DataCallback, ServiceCallbacks, StreamInfo } from './types';

export interface SharedServiceOptions {
  port: Port;
  streamInfo: StreamInfo;
  callbacks: ServiceCallbacks;
  timeouts: Required<Timeouts>;
  /** Where it meets others who watch; null: it takes everything from the server. */
  place: { meeting: Meeting; release(): void } | null;
  shardCount: number;
}

/** One pull: from `startStream` to its end. */
interface Pull {
  stream: SharedPull;
  startedMs: number;
  headerMs: number | null;
  firstByteMs: number | null;
  givenBytes: number;
  resolve: ((res: number) => void) | null;
}

/** A service of a stream that many watch (1-to-many). It has no device: no commands, no talk, no downloads. */
export class SharedService extends AppService {
  private pull: Pull | null = null;
  /** The first pull that gave data, or the latest while none has. */
  private firstPull: Pull | null = null;
  private lostBecause: ErrorResult | null = null;
  private isConnected = false;
  private canUpload: boolean;
  private endedBytes = 0;
  private readonly startedMs: number;
  private readonly rates: RateMeter;

  /** @throws -2404 where the platform gives no answer in parts */
  constructor(private readonly options: SharedServiceOptions) {
    super(options.port.log, options.streamInfo, options.callbacks);
    if (!options.port.openHttp) {
      throw new P2PError(ErrCode.EnvironmentUnsupported, 'the platform gives no answers in parts');
    }
    const { swarm } = options.streamInfo;
    this.canUpload = swarm !== undefined && swarm.upload !== false;
    this.startedMs = options.port.clock.nowMs();
    this.rates = new RateMeter(this.startedMs, null);
  }

  get isStreaming(): boolean {
    return this.pull !== null;
  }

  startStream(_flv: unknown, dataCallback: DataCallback | null): Promise<number> {
    const { port } = this.options;
    if (this.lostBecause !== null) {
      this.say(`startStream: the stream is lost: ${this.lostBecause.errmsg}`);
      return Promise.resolve(ErrCode.StreamStartFailed);
    }
    return new Promise((resolve) => {
      const { clock } = port;
      const isCurrent = (): boolean => this.pull === pull;
      const stream = this.makeStream(
        {
          onHead: (status, headers) => {
            if (!isCurrent()) return;
            pull.headerMs = clock.nowMs();
            this.notify(XP2PNotify_SubType.Parsed, { status, headers });
            if (status > 299 || !isCurrent()) return; // or the app stopped it while being told
            if (!this.isConnected) {
              this.isConnected = true;
              this.notify(XP2PNotify_SubType.Connected, { pathKind: 'server' });
            }
            this.settle(pull, ErrCode.Ok);
          },
          onData: (bytes) => this.onData(pull, bytes, dataCallback),
          onEnd: (errcode, errmsg) => {
            if (isCurrent()) this.onEnd(pull, errcode, errmsg);
          },
        },
        isCurrent,
      );
      if (this.isStopped) {
        // By the app, while it was told that nothing is shared.
        stream.stop();
        return resolve(ErrCode.StreamStartFailed);
      }
      const pull: Pull = {
        stream,
        startedMs: clock.nowMs(),
        headerMs: null,
        firstByteMs: null,
        givenBytes: 0,
        resolve,
      };
      this.pull = pull;
      if (this.firstPull === null || this.firstPull.firstByteMs === null) this.firstPull = pull;
      this.notify(XP2PNotify_SubType.Request, {});
      if (!isCurrent() || stream.start()) return;
      this.onEnd(pull, ErrCode.EnvironmentUnsupported, 'the platform gives no answers in parts');
    });
  }

  /** `isCurrent`: whether the pull of this stream is the one that runs. */
  private makeStream(handler: SharedStreamHandler, isCurrent: () => boolean): SharedPull {
    const { port, streamInfo, timeouts, place, shardCount } = this.options;
    const { clock, log } = port;
    const { url, swarm } = streamInfo;
    const options = { url, headTimeoutMs: timeouts.streamMs, requestLimitMs: timeouts.requestLimitMs };
    const { engine } = sharing;
    if (place !== null && swarm !== undefined && engine !== null) {
      const { token, upKbps = 0, reserveMs = 1000, region = '' } = swarm;
      const { canUpload } = this;
      const { meeting } = place;
      const pull = engine(
        port,
        clock,
        log,
        { ...options, token, meeting, shardCount, canUpload, upKbps, reserveMs, region },
        handler,
        (subtype, detail) => {
          if (isCurrent()) this.emit(XP2PEventEnum.DevNotify, subtype, detail);
        },
      );
      if (pull !== null) return pull;
    }
    if (swarm !== undefined) {
      this.tell(
        'nothing is shared: it takes servers.signalingUrl, the script p2p-core/swarm/index and a stream token',
      );
    }
    return createServerPull(port, clock, options, handler);
  }

  setUpload(isAllowed: boolean): void {
    this.canUpload = isAllowed;
    if (this.pull !== null) this.pull.stream.setUpload(isAllowed);
  }

  stopStream(): void {
    if (this.close(ErrCode.StreamStartFailed)) this.notify(XP2PNotify_SubType.Close, {});
  }

  drop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.close(ErrCode.StreamStartFailed);
    if (this.options.place !== null) this.options.place.release();
  }

  /** A service of a camera hears `disconnect` of its link; this one has none. */
  override onReset(): void {
    if (this.pull !== null) this.onEnd(this.pull, ErrCode.Aborted, 'the module was reset');
  }

  override onNetworkChange(): void {
    if (this.pull !== null) this.pull.stream.renew();
  }

  stats(): ServiceStats {
    const { pull, rates, startedMs, firstPull } = this;
    const givenBytes = pull ? pull.givenBytes : 0;
    const receivedBytes = this.endedBytes + (pull ? pull.stream.receivedBytes : 0);
    const traffic = { bytesReceived: receivedBytes, packetsExpected: 0, packetsReceived: 0 };
    rates.update(traffic, this.endedBytes + givenBytes, this.options.port.clock.nowMs());
    const steps = stepsOf(firstPull, startedMs);
    const swarm = pull && pull.stream.stats();
    return {
      pathKind: !this.isConnected ? null : swarm && swarm.isOnPeers ? 'peers' : 'server',
      rttMs: null,
      lossRate: 0,
      receivedBytes,
      sentBytes: swarm ? swarm.uploadBytes : 0,
      bitrateKbps: rates.bitrateKbps,
      startSteps: { signalingMs: null, handshakeMs: null, pathMs: null, ...steps },
      stream: pull && {
        ...stepsOf(pull, pull.startedMs),
        receivedBytes: givenBytes,
        bitrateKbps: rates.streamKbps,
        skippedMs: 0,
        skips: 0,
      },
      swarm,
    };
  }

  private onData(pull: Pull, bytes: Uint8Array, dataCallback: DataCallback | null): void {
    if (this.pull !== pull) return;
    if (pull.firstByteMs === null) pull.firstByteMs = this.options.port.clock.nowMs();
    pull.givenBytes += bytes.length;
    const sink = dataCallback || this.callbacks.dataCallback;
    if (!sink) return;
    try {
      sink(bytes.buffer as ArrayBuffer);
    } catch (error) {
      logThrown(this.log, 'dataCallback', error);
    }
  }

  private onEnd(pull: Pull, errcode: number, errmsg: string): void {
    const wasStarting = pull.resolve !== null;
    if (wasStarting) this.say(`startStream failed: ${errcode} ${errmsg}`);
    this.close(ErrCode.StreamStartFailed);
    if (errcode === ErrCode.Ok && !wasStarting) return this.notify(XP2PNotify_SubType.Eof, {});
    // The guide's -2402 hides the cause. An HTTP status was told by `parsed`.
    if (wasStarting) {
      if (errcode !== ErrCode.HttpStatus) this.notify(XP2PNotify_SubType.Fail, { errcode, errmsg });
      return;
    }
    this.lostBecause = { errcode, errmsg };
    this.notify(XP2PNotify_SubType.Disconnect, { errcode, errmsg });
  }

  /** Ends the pull, with `res` for a start that still waits. Returns whether there was one. */
  private close(res: number): boolean {
    const { pull } = this;
    this.pull = null;
    if (pull === null) return false;
    pull.stream.stop();
    this.endedBytes += pull.stream.receivedBytes;
    this.settle(pull, res);
    return true;
  }

  private settle(pull: Pull, res: number): void {
    const { resolve } = pull;
    pull.resolve = null;
    if (resolve !== null) resolve(res);
  }
}

function stepsOf(
  pull: Pull | null,
  sinceMs: number,
): { requestMs: number | null; headerMs: number | null; firstByteMs: number | null } {
  const since = (ms: number | null): number | null => (ms === null ? null : ms - sinceMs);
  return {
    requestMs: since(pull && pull.startedMs),
    headerMs: since(pull && pull.headerMs),
    firstByteMs: since(pull && pull.firstByteMs),
  };
}
