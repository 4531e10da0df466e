import { parseQuery } from '../../p2p-core/http/query';
import type {
  InitOptions,
  LocalDownloadCallbacks,
  RecorderManagerLike,
  ServiceCallbacks,
  StreamInfo,
  StreamParams,
  VoiceCallbacks,
} from '../../p2p-core/index';
import { onlyMembers } from './strict-guide';
import type { Violate } from './strict-guide';

export interface GuideClock {
  setTimer(fire: () => void, delayMs: number): unknown;
  clearTimer(timer: never): void;
}

export interface GuidePluginOptions {
  clock: GuideClock;
  /**
   * The guide's tables give results of the promise, its examples catch `{ errcode, errmsg }`: both readings exist, so a
   * failure comes in the one way or the other.
   */
  failsBy: 'resolve' | 'reject';
  /** Told of properties of results that the guide does not have. */
  violate: Violate;
}

const ANSWER_MS = 20;
const CHUNK_MS = 40;
const COMMAND_TIMEOUT_MS = 5000;
const DOWNLOAD_BYTES = 200_000;

/** Of RecorderManager, for phone calls and the like. */
interface Interruptible {
  onInterruptionBegin(listener: (res: unknown) => void): void;
  onInterruptionEnd(listener: (res: unknown) => void): void;
}

interface GuideService {
  callbacks: ServiceCallbacks;
  /** 1vN: of a server, not of a camera. */
  isShared: boolean;
  flv: { filename: string; params: string };
  timers: Set<unknown>;
  /** Stops the stream; null while none runs. */
  stream: (() => void) | null;
  voice: (() => void) | null;
  download: (() => void) | null;
  /** The download ends with the connection. */
  breakDownload: (() => void) | null;
}

/**
 * The plugin as its guide describes it, with a camera behind it that does what the contract's camera does
 * (`contract-camera.ts`). Written from the guide's tables and text; where they are silent, it does the least.
 */
export class GuidePlugin {
  /** Its NAT probe finds nobody. */
  isOffline = false;
  /** What the server of a stream of many viewers does with the next request. */
  server: 'live' | 'refuses' | 'ends' = 'live';
  private isInitialized = false;
  private isProbing = false;
  private eventHandler: InitOptions['eventHandler'] = undefined;
  private readonly services = new Map<string, GuideService>();
  private uuid = '';

  constructor(private readonly options: GuidePluginOptions) {}

  /** The camera is gone: "p2p链路断开". */
  disconnect(): void {
    for (const service of [...this.services.values()]) {
      service.breakDownload?.();
      this.stopAll(service);
      service.callbacks.msgCallback('notify', 'disconnect', {});
    }
  }

  changeNat(event: 'natChanged' | 'natError'): void {
    this.eventHandler?.(event, {});
  }

  get serviceCount(): number {
    return this.services.size;
  }

  init(options: InitOptions): Promise<number> {
    const { appParams } = options ?? {};
    if (typeof appParams !== 'object' || appParams === null) return this.answer(-2000);
    if (this.isProbing) return this.answer(-2201);
    if (this.isInitialized) return this.answer(-2003);
    this.uuid = 'guide-uuid';
    if (this.isOffline) return this.answer(-2202);
    this.isInitialized = true;
    this.eventHandler = options.eventHandler;
    return this.answer(0);
  }

  resetP2P(): Promise<number> {
    if (!this.isInitialized) return this.answer(-2002);
    this.dropAll();
    this.isProbing = true;
    const isFound = !this.isOffline;
    this.after(2 * ANSWER_MS, () => (this.isProbing = false));
    return this.answer(isFound ? 0 : -2202, 2 * ANSWER_MS);
  }

  destroy(): void {
    this.dropAll();
    this.isInitialized = false;
    this.eventHandler = undefined;
  }

  getUUID(): string {
    return this.uuid;
  }

  startP2PService(id: string, info: StreamInfo, callbacks: ServiceCallbacks): Promise<number> {
    if (typeof id !== 'string' || id === '' || typeof info?.url !== 'string') return this.answer(-2000);
    if (typeof callbacks?.msgCallback !== 'function') return this.answer(-2000);
    if (!this.isInitialized) return this.answer(-2002);
    if (this.services.has(id)) return this.answer(-2401);
    // "1vN时：要求https"; the other kind names XP2P_INFO.xnet.
    const isShared = /^https:\/\/[^/]/.test(info.url);
    if (!isShared && !/^http:\/\/[^/]+\.xnet\//.test(info.url)) return this.answer(-2000);
    if (!isShared && !/^XP2P.+%\d+\.\d+\.\d+/.test(info.xp2pInfo ?? '')) return this.answer(-2001);
    const [path = '', params = ''] = info.url.split('?');
    const flv = { filename: path.slice(path.lastIndexOf('/') + 1), params };
    const service: GuideService = {
      callbacks: { ...callbacks },
      isShared,
      flv,
      timers: new Set(),
      stream: null,
      voice: null,
      download: null,
      breakDownload: null,
    };
    this.services.set(id, service);
    if (!callbacks.dataCallback) return this.answer(0);
    return this.pull(service, flv, (data) => service.callbacks.dataCallback?.(data));
  }

  updateServiceCallbacks(id: string, callbacks: Partial<ServiceCallbacks>): number {
    const service = this.services.get(id);
    if (!service || typeof callbacks !== 'object' || callbacks === null) return -2000;
    service.callbacks = { ...service.callbacks, ...callbacks };
    return 0;
  }

  stopP2PService(id: string): void {
    const service = this.services.get(id);
    if (!service) return;
    this.stopAll(service);
    this.services.delete(id);
  }

  startStream(id: string, params: StreamParams): Promise<number> {
    if (typeof params?.dataCallback !== 'function') return this.answer(-2000);
    const service = this.find(id);
    if (typeof service === 'number') return this.answer(service);
    if (service.stream !== null) return this.answer(-2401);
    return this.pull(service, params.flv ?? service.flv, params.dataCallback);
  }

  stopStream(id: string): void {
    const service = this.services.get(id);
    if (!service?.stream) return;
    service.stream();
    service.callbacks.msgCallback('notify', 'close', {});
  }

  sendCommand(id: string, command: string): Promise<unknown> {
    const result = (type: string, status: number, errcode: number, data = ''): unknown =>
      onlyMembers({ type, status, data, errcode, errmsg: '' }, 'sendCommand result', this.options.violate);
    if (typeof command !== 'string' || command === '') return Promise.resolve(result('error', 0, -2000));
    const service = this.find(id);
    if (typeof service === 'number') return Promise.resolve(result('error', 0, service));
    const cmd = parseQuery(command).get('cmd');
    return new Promise((resolve) => {
      if (cmd === 'silent') this.after(COMMAND_TIMEOUT_MS, () => resolve(result('timeout', 0, -1)));
      else if (cmd === 'fail') this.after(ANSWER_MS, () => resolve(result('failure', 500, -1)));
      else this.after(ANSWER_MS, () => resolve(result('success', 200, 0, cmd ?? '')));
    });
  }

  startVoice(
    id: string,
    recorder: RecorderManagerLike,
    options: { format?: string; duration?: number },
    callbacks: VoiceCallbacks = {},
  ): Promise<number> {
    if (typeof recorder?.start !== 'function' || typeof options !== 'object') return this.answer(-2000);
    const service = this.find(id);
    if (typeof service === 'number') return this.answer(service);
    if (service.voice !== null) return this.answer(-2401);
    return new Promise((resolve, reject) => {
      const recording = { duration: 600_000, ...options, format: 'PCM' };
      let phase: 'starting' | 'talking' | 'over' = 'starting';
      let inInterruption = false;
      const end = (): void => {
        if (phase === 'starting') this.settle(-2601, resolve, reject);
        phase = 'over';
        service.voice = null;
      };
      const whileTalking = (action: (res: never) => void) => (res: unknown) => {
        if (phase === 'talking') action(res as never);
      };
      service.voice = () => {
        end();
        recorder.stop();
      };
      recorder.onStart(() => {
        if (phase === 'over') return;
        if (phase === 'starting') this.settle(0, resolve, reject);
        phase = 'talking';
        callbacks.onStart?.();
      });
      recorder.onError(() => phase === 'over' || end());
      const calls = recorder as RecorderManagerLike & Partial<Interruptible>;
      calls.onInterruptionBegin?.(() => (inInterruption = true));
      calls.onInterruptionEnd?.(
        whileTalking(() => {
          if (inInterruption) recorder.resume();
          inInterruption = false;
        }),
      );
      recorder.onPause(whileTalking(() => callbacks.onPause?.({ inInterruption })));
      recorder.onResume(whileTalking(() => callbacks.onResume?.()));
      recorder.onStop(
        whileTalking(({ duration }: { duration: number }) => {
          const willRestart = duration >= recording.duration;
          if (willRestart) recorder.start(recording);
          else end();
          callbacks.onStop?.({ willRestart });
        }),
      );
      recorder.start(recording);
    });
  }

  stopVoice(id: string): void {
    this.services.get(id)?.voice?.();
  }

  startLocalDownload(
    id: string,
    options: { urlParams: string },
    callbacks: LocalDownloadCallbacks,
  ): Promise<number> {
    if (typeof options?.urlParams !== 'string' || typeof callbacks?.onChunkReceived !== 'function') {
      return this.answer(-2000);
    }
    const service = this.find(id);
    if (typeof service === 'number') return this.answer(service);
    if (service.download !== null) return this.answer(-2401);
    const isMissing = parseQuery(options.urlParams).get('file_name') === 'missing';
    const result = (errcode: number): never =>
      onlyMembers(
        { status: isMissing ? 404 : 200, headers: {}, data: undefined, errcode, errmsg: '' },
        'download result',
        this.options.violate,
      ) as never;
    return new Promise((resolve, reject) => {
      const timer = this.after(ANSWER_MS, () => {
        callbacks.onHeadersReceived?.({ status: isMissing ? 404 : 200, headers: {} });
        if (isMissing) callbacks.onFailure?.(result(-1));
        else {
          callbacks.onChunkReceived(new ArrayBuffer(DOWNLOAD_BYTES));
          callbacks.onSuccess?.(result(0));
        }
        service.download = service.breakDownload = null;
        callbacks.onComplete();
        this.settle(isMissing ? -2701 : 0, resolve, reject);
      });
      service.download = () => {
        this.options.clock.clearTimer(timer as never);
        service.download = service.breakDownload = null;
        this.settle(-2701, resolve, reject);
      };
      service.breakDownload = () => {
        service.download!();
        callbacks.onError?.(result(-1));
        callbacks.onComplete();
      };
    });
  }

  stopLocalDownload(id: string): void {
    this.services.get(id)?.download?.();
  }

  stopServiceById = (id: string): void => this.stopP2PService(id);
  startP2PStream = (id: string, params: StreamParams): Promise<number> => this.startStream(id, params);
  stopP2PStream = (id: string): void => this.stopStream(id);
  startVoiceService: GuidePlugin['startVoice'] = (...args) => this.startVoice(...args);
  stopVoiceService = (id: string): void => this.stopVoice(id);

  /** -2002 or -2403 when there is none. */
  private find(id: string): GuideService | number {
    if (typeof id !== 'string' || id === '') return -2000;
    if (!this.isInitialized) return -2002;
    return this.services.get(id) ?? -2403;
  }

  private pull(
    service: GuideService,
    flv: { params: string },
    dataCallback: (data: ArrayBuffer) => void,
  ): Promise<number> {
    const { server } = this;
    const mode = service.isShared
      ? { live: '', refuses: 'refused', ends: 'ends' }[server]
      : parseQuery(flv.params).get('mode');
    const { clock } = this.options;
    const tell = (subtype: string): void => service.callbacks.msgCallback('notify', subtype, {});
    return new Promise((resolve, reject) => {
      let timer: unknown;
      let chunks = 0;
      let isStarted = false;
      const stop = (): void => {
        clock.clearTimer(timer as never);
        if (service.stream === stop) service.stream = null;
        if (!isStarted) this.settle(-2402, resolve, reject);
        isStarted = true;
      };
      service.stream = stop;
      const next = (): void => {
        if (mode === 'ends' && chunks === 3) {
          stop();
          return tell('eof');
        }
        chunks++;
        timer = clock.setTimer(next, CHUNK_MS);
        dataCallback(new ArrayBuffer(1000));
      };
      timer = clock.setTimer(() => {
        tell('request');
        timer = clock.setTimer(() => {
          tell('parsed');
          if (service.stream !== stop) return;
          if (mode === 'refused') return stop();
          isStarted = true;
          this.settle(0, resolve, reject);
          next();
        }, ANSWER_MS);
      }, ANSWER_MS);
    });
  }

  private stopAll(service: GuideService): void {
    service.stream?.();
    service.voice?.();
    service.download?.();
  }

  private dropAll(): void {
    for (const service of this.services.values()) this.stopAll(service);
    this.services.clear();
  }

  private answer(code: number, delayMs = ANSWER_MS): Promise<number> {
    return new Promise((resolve, reject) => this.after(delayMs, () => this.settle(code, resolve, reject)));
  }

  private settle(code: number, resolve: (code: number) => void, reject: (cause: unknown) => void): void {
    if (code === 0 || this.options.failsBy === 'resolve') resolve(code);
    else reject({ errcode: code, errmsg: `error ${code}` });
  }

  private after(delayMs: number, action: () => void): unknown {
    return this.options.clock.setTimer(action, delayMs);
  }
}
