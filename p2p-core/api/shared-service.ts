import { ErrCode, P2PError } from '../errors';
import type { ErrorResult } from '../errors';
import type { Port } from '../port/port';
import { logThrown } from '../session/guard';
import type { Meeting, SharedStream, SharedStreamHandler, SwarmStream } from '../swarm/index';
import { AppService } from './app-service';
import { TimerSlot } from '../session/timer-slot';
import { XP2PEventEnum, XP2PNotify_SubType } from './enums';
import { loadSwarm } from './load-swarm';
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

/** 'devNotify' tells of bytes this often. */
const TRAFFIC_MS = 2000;

/** One pull: from `startStream` to its end. */
interface Pull {
  stream: SharedStream | SwarmStream;
  /** The same stream, where it is shared with others. */
  swarm: SwarmStream | null;
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
  private readonly trafficTimer: TimerSlot;
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
    this.trafficTimer = new TimerSlot(options.port.clock, () => this.tellTraffic());
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
      const { stream, swarm } = this.makeStream(
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
      const pull: Pull = {
        stream,
        swarm,
        startedMs: clock.nowMs(),
        headerMs: null,
        firstByteMs: null,
        givenBytes: 0,
        resolve,
      };
      this.pull = pull;
      if (this.firstPull === null || this.firstPull.firstByteMs === null) this.firstPull = pull;
      this.notify(XP2PNotify_SubType.Request, {});
      if (!isCurrent()) return;
      if (swarm !== null) this.trafficTimer.arm(clock.nowMs() + TRAFFIC_MS);
      if (stream.start()) return;
      this.onEnd(pull, ErrCode.EnvironmentUnsupported, 'the platform gives no answers in parts');
    });
  }

  /** `isCurrent`: whether the pull of this stream is the one that runs. */
  private makeStream(
    handler: SharedStreamHandler,
    isCurrent: () => boolean,
  ): { stream: SharedStream | SwarmStream; swarm: SwarmStream | null } {
    const { port, streamInfo, timeouts, place, shardCount } = this.options;
    const { SharedStream, SwarmStream, devNotices, parseStreamToken } = loadSwarm();
    const { url } = streamInfo;
    const options = { url, headTimeoutMs: timeouts.streamMs, requestLimitMs: timeouts.requestLimitMs };
    const token = place && streamInfo.swarm ? parseStreamToken(streamInfo.swarm.token) : null;
    if (place === null || token === null) {
      return { stream: new SharedStream(port, port.clock, options, handler), swarm: null };
    }
    const { upKbps = 0 } = streamInfo.swarm!;
    const { canUpload } = this;
    const { meeting } = place;
    const swarm: SwarmStream = new SwarmStream(
      port,
      port.clock,
      port.log,
      { ...options, token, meeting, shardCount, canUpload, upKbps },
      handler,
      (event) => {
        if (!isCurrent()) return;
        for (const { subtype, detail } of devNotices(event, swarm.stats()))
          this.emit(XP2PEventEnum.DevNotify, subtype, detail);
      },
    );
    return { stream: swarm, swarm };
  }

  setUpload(isAllowed: boolean): void {
    this.canUpload = isAllowed;
    if (this.pull !== null && this.pull.swarm !== null) this.pull.swarm.setUpload(isAllowed);
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
    const swarm = pull && pull.swarm && pull.swarm.stats();
    const isOnPeers = swarm !== null && swarm.feed === 'peers';
    const nameOf = ({ peer }: { peer: string }): string => peer;
    return {
      pathKind: !this.isConnected ? null : isOnPeers ? 'peers' : 'server',
      rttMs: null,
      lossRate: 0,
      receivedBytes,
      sentBytes: swarm ? swarm.upBytes : 0,
      bitrateKbps: rates.bitrateKbps,
      startSteps: { signalingMs: null, handshakeMs: null, pathMs: null, ...steps },
      stream: pull && {
        ...stepsOf(pull, pull.startedMs),
        receivedBytes: givenBytes,
        bitrateKbps: rates.streamKbps,
        skippedMs: 0,
        skips: 0,
      },
      swarm: swarm && {
        isOnPeers,
        isJoined: swarm.isJoined,
        lagMs: swarm.lagMs,
        serverBytes: swarm.originBytes,
        peerBytes: swarm.peerBytes,
        uploadBytes: swarm.upBytes,
        parents: swarm.parents.map(nameOf),
        children: swarm.children.map(nameOf),
        standbys: swarm.standbys,
        rescues: swarm.rescues,
      },
    };
  }

  private tellTraffic(): void {
    const { pull } = this;
    if (pull === null || pull.swarm === null) return;
    const { subtype, detail } = loadSwarm().trafficNotice(pull.swarm.stats());
    this.trafficTimer.arm(this.options.port.clock.nowMs() + TRAFFIC_MS);
    this.emit(XP2PEventEnum.DevNotify, subtype, detail);
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
    this.trafficTimer.clear();
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
