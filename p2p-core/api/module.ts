import { toHex } from '../bytes/hex';
import { ErrCode, P2PError, toErrorResult } from '../errors';
import type { Port } from '../port/port';
import { Endpoint } from '../session/endpoint';
import { guarded } from '../session/guard';
import { TimerSlot } from '../session/timer-slot';
import { parseXp2pInfo } from '../signaling/ticket';
import type { TransportFactory } from '../transport/types';
import {
  checkCallbacks,
  checkCommandOptions,
  checkDownload,
  checkId,
  checkInitOptions,
  checkStreamInfo,
  checkStreamParams,
  checkTalk,
  checkTarget,
  checkVoice,
  isOneToOne,
  parseFlvUrl,
} from './arguments';
import { commandError } from './command';
import { DeviceLinks } from './device-links';
import type { LinkSetup } from './device-links';
import { LogSwitches } from './log-switches';
import { NatWatch } from './nat-watch';
import type { AppService } from './app-service';
import { Service } from './service';
import { SharedService } from './shared-service';
import type { ServiceStats } from './stats';
import { DEFAULT_TIMEOUTS } from './timeouts';
import type { Timeouts } from './timeouts';
import type {
  CommandOptions,
  CommandResult,
  InitOptions,
  LocalDownloadCallbacks,
  LocalDownloadOptions,
  OurP2PModule,
  P2PModule,
  RecorderManagerLike,
  ServerOptions,
  ServiceCallbacks,
  StreamInfo,
  StreamParams,
  VoiceCallbacks,
  VoiceDataOptions,
  VoiceOptions,
  VoiceWriter,
} from './types';
import { XP2PDevNotify_SubType, XP2PEventEnum, XP2PLocalEventEnum, XP2PNotify_SubType } from './enums';
import { Recorder } from './voice-recorder';

export interface P2PModuleOptions {
  /** Used where neither `init` nor the xp2pInfo names servers. */
  servers?: ServerOptions;
  /** Used where `init` does not say. */
  timeouts?: Timeouts;
}

/** For tools that look on, such as a protocol trace; not of the package, so that nothing of the transport is API. */
export interface TracedModuleOptions extends P2PModuleOptions {
  /** Makes the transports of all sessions; default the core's own. */
  createTransport?: TransportFactory;
}

export const CORE_VERSION = '0.1.0';
const UUID_BYTES = 16;
/** At once, over all ids: a camera has one uplink, and each may have a megabyte under way. */
const MAX_DOWNLOADS = 8;

type ModuleState = 'idle' | 'initing' | 'ready' | 'resetting';

/** The guide's p2pModule on our own core. Every instance is independent. */
export function createP2PModule(port: Port, options: TracedModuleOptions = {}): OurP2PModule {
  return new Module(port, options);
}

function linkSetup(
  defaults: ServerOptions | undefined,
  { appParams, servers, pathPolicy = 'all' }: InitOptions,
  connectTimeoutMs: number,
): LinkSetup {
  const { appKey, appSecretKey, trackerShards = 1 } = appParams;
  const { signalingUrl = '', stunServers = [], turnServers = [] } = { ...defaults, ...servers };
  return {
    servers: { signalingUrl, stunServers, turnServers },
    pathPolicy,
    login: appKey && appSecretKey ? { user: appKey, password: appSecretKey } : null,
    connectTimeoutMs,
    shardCount: trackerShards,
  };
}

class Module implements OurP2PModule {
  readonly XP2PVersion = CORE_VERSION;
  readonly XP2PEventEnum = XP2PEventEnum;
  readonly XP2PNotify_SubType = XP2PNotify_SubType;
  readonly XP2PLocalEventEnum = XP2PLocalEventEnum;
  readonly XP2PDevNotify_SubType = XP2PDevNotify_SubType;

  private state: ModuleState = 'idle';
  private uuid = '';
  private timeouts = DEFAULT_TIMEOUTS;
  private readonly endpoint: Endpoint;
  private readonly links: DeviceLinks;
  private readonly natWatch: NatWatch;
  private readonly startTimer: TimerSlot;
  /** Ends the init or reset that is under way; null when none is. */
  private settleStart: ((res: number) => void) | null = null;
  private resetWaiters: ((res: number) => void)[] = [];
  private readonly services = new Map<string, AppService>();
  private readonly switches = new LogSwitches((message) => {
    this.port.log('info', message);
    for (const service of [...this.services.values()]) service.tell(message);
  });
  /** By RecorderManager: talks of several services may be given the one that an app has. */
  private readonly recorders = new WeakMap<RecorderManagerLike, Recorder>();

  constructor(
    private readonly port: Port,
    private readonly options: TracedModuleOptions,
  ) {
    this.endpoint = new Endpoint(port, options.createTransport);
    const setup = linkSetup(options.servers, { appParams: {} }, this.timeouts.connectMs);
    this.links = new DeviceLinks(port, this.endpoint, this.switches, setup);
    this.natWatch = new NatWatch(port, this.endpoint, (isOther) => {
      this.links.checkNow(isOther);
      if (isOther) for (const service of [...this.services.values()]) service.onNetworkChange();
    });
    this.startTimer = new TimerSlot(port.clock, () => this.settleStart?.(ErrCode.ProbeFailed));
  }

  init(options: InitOptions): Promise<number> {
    const refused = this.check(() => checkInitOptions(options));
    if (refused !== null) return Promise.resolve(refused);
    if (this.state === 'resetting') return Promise.resolve(ErrCode.ProbeAlreadyRunning);
    if (this.state !== 'idle') return Promise.resolve(ErrCode.AlreadyInitialized);
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...this.options.timeouts, ...options.timeouts };
    this.links.setup = linkSetup(this.options.servers, options, this.timeouts.connectMs);
    this.uuid = this.port.clock.wallMs().toString(16); // until there is random: a failed init has a UUID too
    const { eventHandler } = options;
    return this.start('initing', () => {
      this.links.warmUp();
      this.natWatch.start(this.stunServers, (event, detail) => {
        this.switches.say('xntp', `${event} ${JSON.stringify(detail)}`);
        if (eventHandler) guarded(this.port.log, 'eventHandler', () => eventHandler(event, detail));
      });
    });
  }

  resetP2P(): Promise<number> {
    // Also from inside a `disconnect` of the reset that runs: both want the same.
    if (this.state === 'resetting') return new Promise((resolve) => this.resetWaiters.push(resolve));
    if (this.state !== 'ready') return Promise.resolve(ErrCode.NotInitialized);
    this.state = 'resetting';
    const waiters: ((res: number) => void)[] = [];
    this.resetWaiters = waiters;
    this.natWatch.suspend();
    // Services hear `disconnect`.
    for (const service of [...this.services.values()]) service.onReset();
    // Their callbacks may have destroyed the module, and begun anew: then what is open now is not ours to close.
    if (this.isIn('resetting')) this.endpoint.close();
    if (this.isIn('resetting')) this.dropServices();
    const outcome = this.isIn('resetting')
      ? this.start('resetting', () => this.natWatch.resume())
      : Promise.resolve<number>(ErrCode.NotInitialized);
    void outcome.then((res) => {
      for (const resolve of waiters) resolve(res);
    });
    return outcome;
  }

  destroy(): void {
    this.settleStart?.(ErrCode.NotInitialized);
    this.state = 'idle';
    this.natWatch.stop();
    this.dropServices();
    this.links.close();
    this.endpoint.close();
  }

  getUUID(): string {
    return this.uuid;
  }

  startP2PService(id: string, streamInfo: StreamInfo, callbacks: ServiceCallbacks): Promise<number> {
    const tell = (message: string): void => {
      if (!callbacks || typeof callbacks.msgCallback !== 'function') return;
      guarded(this.port.log, 'msgCallback', () => callbacks.msgCallback(XP2PEventEnum.Log, '', message));
    };
    const refused = this.check(() => {
      checkId('startP2PService', id);
      checkStreamInfo(streamInfo);
      checkCallbacks('startP2PService', callbacks, false);
      this.requireReady();
      if (this.services.has(id))
        throw new P2PError(ErrCode.AlreadyStarted, `a service of this id is running`);
      this.services.set(id, this.makeService({ ...streamInfo }, callbacks));
    }, tell);
    if (refused !== null) return Promise.resolve(refused);
    const service = this.services.get(id)!;
    return callbacks.dataCallback ? service.startStream(undefined, null) : Promise.resolve(ErrCode.Ok);
  }

  private makeService(streamInfo: StreamInfo, callbacks: ServiceCallbacks): AppService {
    const { port, timeouts } = this;
    const flv = parseFlvUrl(streamInfo.url);
    if (!isOneToOne(streamInfo)) {
      const { swarm } = streamInfo;
      const isSwarm = swarm !== undefined && swarm.enabled !== false;
      const place = isSwarm ? this.links.meetingPlace() : null;
      const { shardCount } = this.links.setup;
      return new SharedService({ port, streamInfo, callbacks, timeouts, place, shardCount });
    }
    const ticket = parseXp2pInfo(streamInfo.xp2pInfo ?? '');
    return new Service({
      link: this.links.linkTo(ticket, streamInfo.pathPolicy),
      clock: port.clock,
      log: port.log,
      flv,
      streamInfo,
      callbacks,
      timeouts,
    });
  }

  updateServiceCallbacks(id: string, callbacks: Partial<ServiceCallbacks>): number {
    const refused = this.check(() => {
      checkId('updateServiceCallbacks', id);
      checkCallbacks('updateServiceCallbacks', callbacks, true);
      if (!this.services.has(id))
        throw new P2PError(ErrCode.BadArgument, 'updateServiceCallbacks: unknown id');
    });
    if (refused !== null) return refused;
    this.services.get(id)!.updateCallbacks(callbacks);
    return ErrCode.Ok;
  }

  stopP2PService(id: string): void {
    const service = this.services.get(id);
    this.services.delete(id);
    service?.stop();
  }

  startStream(id: string, params: StreamParams): Promise<number> {
    const refused = this.check(() => {
      checkId('startStream', id);
      checkStreamParams(params);
      this.requireService(id);
      if (this.services.get(id)!.isStreaming) {
        throw new P2PError(ErrCode.AlreadyStarted, 'a stream of this id is running');
      }
    }, this.tellService(id));
    if (refused !== null) return Promise.resolve(refused);
    return this.services.get(id)!.startStream(params.flv, params.dataCallback);
  }

  stopStream(id: string): void {
    this.services.get(id)?.stopStream();
  }

  sendCommand(id: string, command: string, options: CommandOptions = {}): Promise<CommandResult> {
    try {
      checkId('sendCommand', id);
      if (typeof command !== 'string' || command === '') {
        throw new P2PError(ErrCode.BadArgument, 'sendCommand: command must be a non-empty string');
      }
      checkTarget('sendCommand', 'command', command);
      checkCommandOptions(options);
      this.cameraOf(id);
    } catch (error) {
      const { errcode, errmsg } = toErrorResult(error, ErrCode.BadArgument);
      return Promise.resolve(commandError(errcode, errmsg));
    }
    return this.cameraOf(id).sendCommand(
      command,
      options.responseType ?? 'text',
      options.timeoutMs ?? this.timeouts.commandMs,
    );
  }

  startVoice(
    id: string,
    recorderManager: RecorderManagerLike,
    options: VoiceOptions,
    callbacks: VoiceCallbacks = {},
  ): Promise<number> {
    const refused = this.check(() => {
      checkId('startVoice', id);
      checkVoice(recorderManager, options, callbacks);
      this.requireNoTalk(id);
    }, this.tellService(id));
    if (refused !== null) return Promise.resolve(refused);
    let recorder = this.recorders.get(recorderManager);
    if (!recorder) {
      recorder = new Recorder(recorderManager, this.port.clock);
      this.recorders.set(recorderManager, recorder);
    }
    return this.cameraOf(id).startVoice(recorder, options, callbacks);
  }

  startVoiceData(
    id: string,
    options: VoiceDataOptions = {},
    callbacks: VoiceCallbacks = {},
  ): Promise<VoiceWriter> {
    try {
      checkId('startVoiceData', id);
      checkTalk('startVoiceData', options, callbacks);
      this.requireNoTalk(id);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.cameraOf(id).startVoiceData(options, callbacks);
  }

  stopVoice(id: string): void {
    const service = this.services.get(id);
    if (service instanceof Service) service.stopVoice();
  }

  startLocalDownload(
    id: string,
    options: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number> {
    const refused = this.check(() => {
      checkId('startLocalDownload', id);
      checkDownload(options, callbacks);
      if (this.cameraOf(id).isDownloading) {
        throw new P2PError(ErrCode.AlreadyStarted, 'a download of this id is running');
      }
    }, this.tellService(id));
    if (refused !== null) return Promise.resolve(refused);
    let running = 0;
    for (const service of this.services.values()) {
      if (service instanceof Service && service.isDownloading) running++;
    }
    const refusal = running < MAX_DOWNLOADS ? null : `${running} downloads are running, which is the most`;
    return this.cameraOf(id).startDownload(options.urlParams, callbacks, refusal);
  }

  stopLocalDownload(id: string): void {
    const service = this.services.get(id);
    if (service instanceof Service) service.stopDownload();
  }

  getStats(id: string): ServiceStats | null {
    const service = this.services.get(id);
    return service ? service.stats() : null;
  }

  setUpload(id: string, isAllowed: boolean): void {
    const service = this.services.get(id);
    if (service instanceof SharedService) service.setUpload(isAllowed);
  }

  getLocalXp2pInfo(): string {
    return this.uuid === '' ? '' : `viewer-${this.uuid}`;
  }

  getServiceInitInfo(id: string): { id: string; streamInfo: StreamInfo } | null {
    const service = this.services.get(id);
    return service ? { id, streamInfo: service.streamInfo } : null;
  }

  enableHttpLog(isOn: boolean): void {
    this.switches.http = isOn;
  }

  enableNetLog(isOn: boolean): void {
    this.switches.net = isOn;
  }

  enableXNTPLog(isOn: boolean): void {
    this.switches.xntp = isOn;
  }

  readonly stopServiceById = (id: string): void => this.stopP2PService(id);
  readonly startP2PStream: P2PModule['startStream'] = (...args) => this.startStream(...args);
  readonly stopP2PStream = (id: string): void => this.stopStream(id);
  readonly startVoiceService: P2PModule['startVoice'] = (...args) => this.startVoice(...args);
  readonly stopVoiceService = (id: string): void => this.stopVoice(id);

  /**
   * Opens the socket and probes. The result is one of the table of `init`; the module is ready only after 0, of which
   * `onReady` learns first.
   */
  private start(state: 'initing' | 'resetting', onReady: () => void): Promise<number> {
    this.state = state;
    const { clock, log } = this.port;
    this.startTimer.arm(clock.nowMs() + this.timeouts.initMs);
    return new Promise((resolve) => {
      const settle = (res: number): void => {
        if (this.settleStart !== settle) return;
        this.settleStart = null;
        this.startTimer.clear();
        this.state = res === ErrCode.Ok ? 'ready' : 'idle';
        if (res === ErrCode.Ok) {
          onReady();
        } else {
          this.links.close();
          this.natWatch.stop();
          this.endpoint.close();
        }
        resolve(res);
      };
      this.settleStart = settle;
      this.endpoint.open((error) => {
        if (this.settleStart !== settle) return;
        if (error !== null) {
          log('error', `init: ${error.errmsg}`);
          return settle(error.errcode);
        }
        if (state === 'initing') this.uuid = this.makeUuid();
        if (this.stunServers.length === 0) return settle(ErrCode.Ok);
        this.endpoint.probeNat(this.stunServers, (mapped) => {
          this.switches.say(
            'xntp',
            mapped ? `mapped to ${mapped.address}:${mapped.port}` : 'no server answers',
          );
          settle(mapped !== null ? ErrCode.Ok : ErrCode.ProbeFailed);
        });
      });
    });
  }

  private get stunServers(): string[] {
    return this.links.setup.servers.stunServers;
  }

  private dropServices(): void {
    for (const service of [...this.services.values()]) service.drop();
    this.services.clear();
  }

  /** A method, so that the compiler does not narrow `state` across calls that change it. */
  private isIn(state: ModuleState): boolean {
    return this.state === state;
  }

  private requireReady(): void {
    if (this.state !== 'ready') throw new P2PError(ErrCode.NotInitialized, 'init has not succeeded yet');
  }

  private requireService(id: string): void {
    this.requireReady();
    if (!this.services.has(id))
      throw new P2PError(ErrCode.ServiceNotStarted, 'no service of this id is started');
  }

  /** @throws -2004 for a shared stream, which has no device to talk to */
  private cameraOf(id: string): Service {
    this.requireService(id);
    const service = this.services.get(id);
    if (service instanceof Service) return service;
    throw new P2PError(ErrCode.Unsupported, 'a stream that is shared by many viewers has no such thing');
  }

  private requireNoTalk(id: string): void {
    if (this.cameraOf(id).isTalking) {
      throw new P2PError(ErrCode.AlreadyStarted, 'a talk of this id is running');
    }
  }

  /** The code of what `action` threw, null when it passed. `tell` gets the cause, which the guide's codes do not hold. */
  private check(action: () => void, tell?: (message: string) => void): number | null {
    try {
      action();
      return null;
    } catch (error) {
      const { errcode, errmsg } = toErrorResult(error, ErrCode.BadArgument);
      this.port.log('warn', `${errcode} ${errmsg}`);
      // A module that is not running calls nobody.
      if (tell && this.state === 'ready') tell(`${errcode} ${errmsg}`);
      return errcode;
    }
  }

  private readonly tellService =
    (id: string) =>
    (message: string): void => {
      const service = this.services.get(id);
      if (service) service.tell(message);
    };

  private makeUuid(): string {
    const bytes = new Uint8Array(UUID_BYTES);
    this.endpoint.fillRandom(bytes);
    return toHex(bytes);
  }
}
