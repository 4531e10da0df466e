import { ErrCode, P2PError } from '../errors';
import type { ErrorResult } from '../errors';
import type { Clock, Log } from '../port/port';
import { logThrown } from '../session/guard';
import type { SessionPath } from '../session/types';
import { AppService } from './app-service';
import { PendingCommand, commandError } from './command';
import type { DeviceLink, LinkListener } from './device-link';
import { Download } from './download';
import { RateMeter } from './stats';
import type { ServiceStats } from './stats';
import { StreamPull } from './stream-pull';
import type { Timeouts } from './timeouts';
import type {
  CommandResult,
  DataCallback,
  LocalDownloadCallbacks,
  ServiceCallbacks,
  StreamInfo,
  VoiceCallbacks,
  VoiceDataOptions,
  VoiceOptions,
  VoiceWriter,
} from './types';
import { XP2PNotify_SubType } from './enums';
import { RecorderTalk } from './voice';
import type { Talk, TalkOptions } from './voice';
import type { Recorder } from './voice-recorder';
import { WriterTalk } from './voice-writer';

export interface ServiceOptions {
  link: DeviceLink;
  clock: Clock;
  log: Log;
  /** From `streamInfo.url`; used when `startStream` names none. */
  flv: { filename: string; params: string };
  streamInfo: StreamInfo;
  callbacks: ServiceCallbacks;
  timeouts: Required<Timeouts>;
}

/** What runs under one id of the app: one media stream at a time, any number of commands, one terminal `disconnect`. */
export class Service extends AppService implements LinkListener {
  private pull: StreamPull | null = null;
  private download: Download | null = null;
  private talk: Talk | null = null;
  /** Stopped, and perhaps still sending its last words. */
  private endingTalk: Talk | null = null;
  private readonly commands = new Set<PendingCommand>();
  private lostBecause: ErrorResult | null = null;
  private readonly startedMs: number;
  private readonly rates: RateMeter;
  /** The first stream that gave data, or the latest while none has. */
  private firstPull: StreamPull | null = null;
  private streamBytes = 0;

  constructor(private readonly options: ServiceOptions) {
    super(options.log, options.streamInfo, options.callbacks);
    this.startedMs = options.clock.nowMs();
    this.rates = new RateMeter(this.startedMs, options.link.transportStats);
    options.link.retain(this);
  }

  get isStreaming(): boolean {
    return this.pull !== null;
  }

  startStream(
    flv: { filename: string; params: string } | undefined,
    dataCallback: DataCallback | null,
  ): Promise<number> {
    const { link, clock, log, timeouts } = this.options;
    if (this.lostBecause !== null) {
      this.say(`startStream: the link is lost: ${this.lostBecause.errmsg}`);
      return Promise.resolve(ErrCode.StreamStartFailed);
    }
    return new Promise((resolve) => {
      const isCurrent = (): boolean => this.pull === pull;
      const pull: StreamPull = new StreamPull(
        link,
        clock,
        {
          filename: (flv ?? this.options.flv).filename,
          params: (flv ?? this.options.flv).params,
          headTimeoutMs: timeouts.streamMs,
          dataCallback: (data) => {
            this.streamBytes += data.byteLength;
            const sink = dataCallback ?? this.callbacks.dataCallback;
            if (!sink) return;
            try {
              sink(data);
            } catch (error) {
              logThrown(log, 'dataCallback', error);
            }
          },
        },
        {
          onRequest: () => this.notify(XP2PNotify_SubType.Request, {}),
          onParsed: (status, headers) => this.notify(XP2PNotify_SubType.Parsed, { status, headers }),
          onStarted: (errcode, errmsg) => {
            if (errcode !== ErrCode.Ok) {
              const isOurs = isCurrent();
              if (isOurs) this.pull = null;
              this.say(`startStream failed: ${errcode} ${errmsg}`);
              // The guide's -2402 hides the cause. An HTTP status was told by `parsed`, a lost link is by `disconnect`.
              if (isOurs && errcode !== ErrCode.HttpStatus && link.isConnected) {
                this.notify(XP2PNotify_SubType.Fail, { errcode, errmsg });
              }
            }
            resolve(errcode === ErrCode.Ok ? ErrCode.Ok : ErrCode.StreamStartFailed);
          },
          onSkipped: (skippedMs, skippedTags) =>
            this.notify(XP2PNotify_SubType.Skip, { skippedMs, skippedTags }),
          onEnded: (errcode, errmsg) => {
            if (!isCurrent()) return;
            this.pull = null;
            if (errcode === ErrCode.Ok) this.notify(XP2PNotify_SubType.Eof, {});
            // A stream that ends with its link is told by `disconnect`, which follows at once.
            else if (link.isConnected) this.notify(XP2PNotify_SubType.Fail, { errcode, errmsg });
          },
        },
      );
      // Before the start, whose callbacks may stop it.
      this.pull = pull;
      if (this.firstPull === null || !this.firstPull.hasReceived) this.firstPull = pull;
      pull.start();
    });
  }

  stopStream(): void {
    const pull = this.pull;
    this.pull = null;
    if (pull !== null && pull.stop()) this.notify(XP2PNotify_SubType.Close, {});
  }

  sendCommand(
    command: string,
    responseType: 'text' | 'arraybuffer',
    timeoutMs: number,
  ): Promise<CommandResult> {
    if (this.lostBecause !== null) {
      return Promise.resolve(commandError(this.lostBecause.errcode, this.lostBecause.errmsg));
    }
    return new Promise((resolve) => {
      const slot: { command: PendingCommand | null; isOver: boolean } = { command: null, isOver: false };
      slot.command = new PendingCommand(this.options.link, this.options.clock, {
        command,
        responseType,
        timeoutMs,
        onResult: (result) => {
          slot.isOver = true;
          if (slot.command) this.commands.delete(slot.command);
          resolve(result);
        },
      });
      if (!slot.isOver) this.commands.add(slot.command);
    });
  }

  stats(): ServiceStats {
    const { link, clock } = this.options;
    const { pull, rates, startedMs } = this;
    const transport = link.transportStats;
    const path = link.isConnected ? link.path : null;
    if (transport !== null) rates.update(transport, this.streamBytes, clock.nowMs());
    const rttMs = (transport && transport.smoothedRttMs) || (path && path.rttMs) || null;
    const { signalingMs, handshakeMs, pathMs } = link.steps;
    const since = (ms: number | null): number | null => (ms === null ? null : Math.max(0, ms - startedMs));
    const first = this.firstPull && this.firstPull.stats(startedMs);
    return {
      pathKind: path && path.kind,
      rttMs: rttMs && Math.round(rttMs),
      lossRate: rates.lossRate,
      receivedBytes: transport ? transport.bytesReceived : 0,
      sentBytes: transport ? transport.bytesSent : 0,
      bitrateKbps: rates.bitrateKbps,
      startSteps: {
        signalingMs: since(signalingMs),
        handshakeMs: since(handshakeMs),
        pathMs: since(pathMs),
        requestMs: first && first.requestMs,
        headerMs: first && first.headerMs,
        firstByteMs: first && first.firstByteMs,
      },
      stream: pull && { ...pull.stats(), bitrateKbps: rates.streamKbps },
      swarm: null,
    };
  }

  get isDownloading(): boolean {
    return this.download !== null;
  }

  /** Resolves, last, with 0 or -2701. With a `refusal` it fails at once, as one that cannot begin. */
  startDownload(
    urlParams: string,
    callbacks: LocalDownloadCallbacks,
    refusal: string | null,
  ): Promise<number> {
    const { link, clock, log, timeouts } = this.options;
    return new Promise((resolve) => {
      const download: Download = new Download(link, clock, log, {
        urlParams,
        callbacks,
        headTimeoutMs: timeouts.downloadMs,
        stallMs: timeouts.downloadStallMs,
        onOver: () => {
          if (this.download === download) this.download = null;
        },
        onSettled: (errcode, errmsg) => {
          if (errcode !== ErrCode.Ok) this.say(`startLocalDownload failed: ${errcode} ${errmsg}`);
          resolve(errcode === ErrCode.Ok ? ErrCode.Ok : ErrCode.DownloadFailed);
        },
      });
      this.download = download;
      if (refusal !== null) download.fail(ErrCode.DownloadFailed, refusal);
      else if (this.lostBecause === null) download.start();
      else download.fail(this.lostBecause.errcode, this.lostBecause.errmsg);
    });
  }

  stopDownload(): void {
    const { download } = this;
    this.download = null;
    download?.stop();
  }

  get isTalking(): boolean {
    return this.talk !== null;
  }

  /** Resolves with 0 or -2601; the cause goes to the log. */
  startVoice(recorder: Recorder, options: VoiceOptions, callbacks: VoiceCallbacks): Promise<number> {
    return new Promise((resolve) => {
      this.startTalk(
        callbacks,
        (talkOptions) => new RecorderTalk(recorder, options, talkOptions, resolve),
        () => resolve(ErrCode.VoiceStartFailed),
      );
    });
  }

  /** Rejects with -2601 and the cause. */
  startVoiceData(options: VoiceDataOptions, callbacks: VoiceCallbacks): Promise<VoiceWriter> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: string): void => reject(new P2PError(ErrCode.VoiceStartFailed, cause));
      this.startTalk(
        callbacks,
        (talkOptions) =>
          new WriterTalk(options, talkOptions, (result) =>
            typeof result === 'string' ? refuse(result) : resolve(result),
          ),
        refuse,
      );
    });
  }

  stopVoice(): void {
    const { talk } = this;
    this.talk = null;
    if (talk === null) return;
    this.endingTalk = talk;
    talk.stop();
  }

  private startTalk(
    callbacks: VoiceCallbacks,
    make: (options: TalkOptions) => Talk,
    refuse: (cause: string) => void,
  ): void {
    if (this.lostBecause !== null) {
      this.say(`talk: the link is lost: ${this.lostBecause.errmsg}`);
      return refuse(this.lostBecause.errmsg);
    }
    // At most one that is ending: a camera that never answers must not collect streams.
    this.endingTalk?.abort();
    const { link, clock, log, timeouts } = this.options;
    const talk = make({
      link,
      clock,
      log,
      headTimeoutMs: timeouts.voiceMs,
      recorderMs: timeouts.recorderMs,
      callbacks,
      say: (message) => this.say(message),
      onWaterMark: (isHigh, bufferedBytes) => {
        if (this.talk === talk) this.notify(XP2PNotify_SubType.VoiceWaterMark, { isHigh, bufferedBytes });
      },
      onOver: () => {
        if (this.talk !== talk) return;
        this.talk = null;
        this.endingTalk = talk;
      },
    });
    this.talk = talk;
    talk.start();
  }

  drop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    const pull = this.pull;
    this.pull = null;
    pull?.stop();
    this.stopDownload();
    this.stopVoice();
    this.endingTalk?.abort();
    this.failCommands(ErrCode.Aborted, 'the service was stopped');
    this.options.link.release(this);
  }

  onConnected(path: SessionPath): void {
    this.notify(XP2PNotify_SubType.Connected, { pathKind: path.kind });
    this.pull?.announceRequest();
  }

  onPathChanged(path: SessionPath): void {
    this.notify(XP2PNotify_SubType.Path, { pathKind: path.kind });
  }

  onLost(errcode: number, errmsg: string): void {
    if (this.isStopped || this.lostBecause !== null) return;
    this.lostBecause = { errcode, errmsg };
    const pull = this.pull;
    this.pull = null;
    pull?.stop();
    this.failCommands(errcode, errmsg);
    this.notify(XP2PNotify_SubType.Disconnect, { errcode, errmsg });
  }

  private failCommands(errcode: number, errmsg: string): void {
    for (const command of [...this.commands]) command.fail(errcode, errmsg);
    this.commands.clear();
  }
}
