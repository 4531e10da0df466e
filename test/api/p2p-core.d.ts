// What an app can import from p2p-core/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export interface AppParams {
  appid?: string | number;
  appOauthId?: string;
  appKey?: string;
  appSecretKey?: string;
  appPackage?: string;
  trackerShards?: number;
  [other: string]: unknown;
}
export declare const CORE_VERSION = '0.1.0';
export interface Clock {
  nowMs(): number;
  wallMs(): number;
  setTimer(fire: () => void, delayMs: number): TimerId;
  clearTimer(id: TimerId): void;
}
export interface CommandOptions {
  responseType?: 'text' | 'arraybuffer';
  timeoutMs?: number;
}
export interface CommandResult {
  type: 'success' | 'failure' | 'error' | 'timeout';
  status: number;
  data: string | ArrayBuffer;
  errcode: number;
  errmsg: string;
}
export type DataCallback = (data: ArrayBuffer) => void;
export interface DeprecatedNames {
  stopServiceById: GuideModule['stopP2PService'];
  startP2PStream: GuideModule['startStream'];
  stopP2PStream: GuideModule['stopStream'];
  startVoiceService: GuideModule['startVoice'];
  stopVoiceService: GuideModule['stopVoice'];
}
export declare const ErrCode: {
  readonly Ok: 0;
  readonly BadArgument: -2000;
  readonly BadXp2pInfo: -2001;
  readonly NotInitialized: -2002;
  readonly AlreadyInitialized: -2003;
  readonly Unsupported: -2004;
  readonly DeviceVersionTooLow: -2005;
  readonly ProbeAlreadyRunning: -2201;
  readonly ProbeFailed: -2202;
  readonly LocalServerFailed: -2301;
  readonly AlreadyStarted: -2401;
  readonly StreamStartFailed: -2402;
  readonly ServiceNotStarted: -2403;
  readonly EnvironmentUnsupported: -2404;
  readonly EncryptFailed: -2501;
  readonly DecryptFailed: -2502;
  readonly VoiceStartFailed: -2601;
  readonly DownloadFailed: -2701;
  readonly ConnectTimeout: -2801;
  readonly SignalingUnreachable: -2802;
  readonly DeviceOffline: -2803;
  readonly Refused: -2804;
  readonly NoPath: -2805;
  readonly LinkLost: -2806;
  readonly ClosedByPeer: -2807;
  readonly ProtocolViolation: -2808;
  readonly Timeout: -2809;
  readonly Aborted: -2810;
  readonly HttpStatus: -2811;
  readonly CommandRefused: -2812;
  readonly OriginLost: -2813;
};
export type ErrCode = (typeof ErrCode)[keyof typeof ErrCode];
export interface ErrorResult {
  errcode: number;
  errmsg: string;
}
export interface Extras {
  getStats(id: string): ServiceStats | null;
  setUpload(id: string, isAllowed: boolean): void;
}
export interface FlvReader {
  feed(bytes: Uint8Array): boolean;
  readonly error: string;
}
export interface FlvTag {
  type: number;
  timestampMs: number;
  data: Uint8Array;
  isKeyframe: boolean;
  isSequenceHeader: boolean;
  codec: number;
}
export declare const FlvTagType: {
  readonly Audio: 8;
  readonly Video: 9;
  readonly Script: 18;
};
export interface GuideModule {
  init(options: InitOptions): Promise<number>;
  resetP2P(): Promise<number>;
  destroy(): void;
  getUUID(): string;
  startP2PService(id: string, streamInfo: StreamInfo, callbacks: ServiceCallbacks): Promise<number>;
  updateServiceCallbacks(id: string, callbacks: Partial<ServiceCallbacks>): number;
  stopP2PService(id: string): void;
  startStream(id: string, params: StreamParams): Promise<number>;
  stopStream(id: string): void;
  sendCommand(id: string, command: string, options?: CommandOptions): Promise<CommandResult>;
  startVoice(
    id: string,
    recorderManager: RecorderManagerLike,
    options: VoiceOptions,
    callbacks?: VoiceCallbacks,
  ): Promise<number>;
  stopVoice(id: string): void;
  startLocalDownload(
    id: string,
    options: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number>;
  stopLocalDownload(id: string): void;
  readonly XP2PEventEnum: {
    readonly Notify: string;
    readonly Log: string;
  };
  readonly XP2PNotify_SubType: {
    readonly Disconnect: string;
    readonly [name: string]: string;
  };
}
export interface InitOptions {
  appParams: AppParams;
  eventHandler?: (event: string, detail: object) => void;
  servers?: ServerOptions;
  timeouts?: Timeouts;
  pathPolicy?: PathPolicy;
}
export interface LocalDownloadCallbacks {
  onChunkReceived(chunk: ArrayBuffer): void;
  onComplete(): void;
  onHeadersReceived?(result: { status: number; headers: HttpHeaders }): void;
  onSuccess?(result: LocalDownloadResult): void;
  onFailure?(result: LocalDownloadResult): void;
  onError?(result: LocalDownloadResult): void;
}
export interface LocalDownloadOptions {
  urlParams: string;
}
export interface LocalDownloadResult {
  status: number;
  headers: HttpHeaders;
  data?: ArrayBuffer;
  errcode: number;
  errmsg: string;
  receivedBytes: number;
}
export type Log = (level: LogLevel, message: string) => void;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type MsgCallback = (event: string, subtype: string, detail: unknown) => void;
export interface NetworkChange {
  isConnected: boolean;
  networkType: string;
}
export interface OurP2PModule extends GuideModule, Undocumented, Extras, DeprecatedNames {
  readonly XP2PEventEnum: typeof XP2PEventEnum;
  readonly XP2PLocalEventEnum: typeof XP2PLocalEventEnum;
  readonly XP2PNotify_SubType: typeof XP2PNotify_SubType;
  readonly XP2PDevNotify_SubType: typeof XP2PDevNotify_SubType;
}
export declare class P2PError extends Error implements ErrorResult {
  readonly errcode: ErrCode;
  readonly cause?: unknown | undefined;
  readonly name = 'P2PError';
  readonly errmsg: string;
  constructor(errcode: ErrCode, errmsg: string, cause?: unknown | undefined);
}
export interface P2PModule extends GuideModule, Partial<Undocumented>, Partial<Extras> {}
export interface P2PModuleOptions {
  servers?: ServerOptions;
  timeouts?: Timeouts;
}
export type PathPolicy = 'all' | 'direct-only' | 'relay-only';
export interface Port {
  readonly clock: Clock;
  readonly log: Log;
  randomBytes(byteCount: number, done: (bytes: Uint8Array | null) => void): void;
  openUdp(handlers: UdpHandlers): UdpSocket;
  openWebSocket(url: string, protocol: string, handlers: WebSocketHandlers): WebSocketLink;
  openHttp?(url: string, handlers: HttpFetchHandlers): HttpFetch | null;
  localAddresses(done: (addresses: string[]) => void): void;
  networkType?(done: (networkType: string) => void): void;
  onNetworkChange(listener: (change: NetworkChange) => void): () => void;
}
export interface RecorderManagerLike {
  start(options: object): void;
  stop(): void;
  resume(): void;
  onStart(listener: (res: unknown) => void): void;
  onStop(listener: (res: unknown) => void): void;
  onPause(listener: (res: unknown) => void): void;
  onResume(listener: (res: unknown) => void): void;
  onError(listener: (res: unknown) => void): void;
  onFrameRecorded(listener: (res: unknown) => void): void;
}
export interface RecorderOptions {
  format?: string;
  sampleRate?: number;
  numberOfChannels?: number;
  encodeBitRate?: number;
  duration?: number;
  frameSize?: number;
  audioSource?: string;
}
export interface ServerOptions {
  signalingUrl?: string;
  stunServers?: string[];
  turnServers?: TurnServer[];
}
export interface ServiceCallbacks {
  msgCallback: MsgCallback;
  dataCallback?: DataCallback;
}
export interface ServiceStats {
  pathKind: SessionPath['kind'] | 'server' | 'peers' | null;
  rttMs: number | null;
  lossRate: number;
  receivedBytes: number;
  sentBytes: number;
  bitrateKbps: number;
  startSteps: StartSteps;
  stream: StreamStats | null;
  swarm: SwarmStats | null;
}
export interface StartSteps {
  signalingMs: number | null;
  handshakeMs: number | null;
  pathMs: number | null;
  requestMs: number | null;
  headerMs: number | null;
  firstByteMs: number | null;
}
export interface StreamInfo {
  url: string;
  productId?: string;
  deviceName?: string;
  xp2pInfo?: string;
  pathPolicy?: PathPolicy;
  swarm?: SwarmOptions;
}
export interface StreamParams {
  dataCallback: DataCallback;
  flv?: {
    filename: string;
    params: string;
  };
}
export interface StreamStats {
  requestMs: number | null;
  headerMs: number | null;
  firstByteMs: number | null;
  receivedBytes: number;
  bitrateKbps: number;
  skippedMs: number;
  skips: number;
}
export interface SwarmOptions {
  token: string;
  enabled?: boolean;
  upload?: boolean;
  upKbps?: number;
  reserveMs?: number;
  region?: string;
}
export interface SwarmStats {
  isOnPeers: boolean;
  isJoined: boolean;
  lagMs: number;
  serverBytes: number;
  peerBytes: number;
  uploadBytes: number;
  parents: string[];
  children: string[];
  standbys: number;
  rescues: number;
}
export interface Timeouts {
  initMs?: number;
  connectMs?: number;
  streamMs?: number;
  commandMs?: number;
  voiceMs?: number;
  recorderMs?: number;
  downloadMs?: number;
  downloadStallMs?: number;
  requestLimitMs?: number;
}
export interface TurnServer {
  server: string;
  username: string;
  password: string;
}
export interface Undocumented {
  readonly XP2PVersion: string;
  readonly XP2PLocalEventEnum: {
    readonly [name: string]: string;
  };
  readonly XP2PDevNotify_SubType: {
    readonly [name: string]: string;
  };
  startVoiceData(id: string, options?: VoiceDataOptions, callbacks?: VoiceCallbacks): Promise<VoiceWriter>;
  getLocalXp2pInfo(): string;
  getServiceInitInfo(id: string): {
    id: string;
    streamInfo: StreamInfo;
  } | null;
  enableHttpLog(isOn: boolean): void;
  enableNetLog(isOn: boolean): void;
  enableXNTPLog(isOn: boolean): void;
}
export interface VoiceCallbacks {
  onStart?(): void;
  onPause?(res: { inInterruption: boolean }): void;
  onResume?(): void;
  onStop?(res: { willRestart: boolean }): void;
}
export interface VoiceDataOptions {
  urlParams?: string;
  enableCamera?: boolean;
  enableMic?: boolean;
  ignoreEmptyAudioTag?: boolean;
  minAudioTagBytes?: number;
}
export interface VoiceOptions extends RecorderOptions {
  urlParams?: string;
}
export interface VoiceWriter {
  addChunk(chunk: ArrayBuffer): boolean;
  close(): void;
  readonly bufferedBytes: number;
}
export declare const XP2PDevNotify_SubType: {
  readonly P2P: 'p2p';
  readonly Peers: 'peers';
  readonly Parent: 'parent';
  readonly Peerlist: 'peerlist';
  readonly Subscribe: 'subscribe';
  readonly Err: 'err';
  readonly RTLog: 'rtlog';
};
export declare const XP2PEventEnum: {
  readonly Notify: 'notify';
  readonly Log: 'log';
  readonly DevNotify: 'devNotify';
};
export declare const XP2PLocalEventEnum: {
  readonly natChanged: 'natChanged';
  readonly natError: 'natError';
};
export declare const XP2PNotify_SubType: {
  readonly Request: 'request';
  readonly Parsed: 'parsed';
  readonly Close: 'close';
  readonly Eof: 'eof';
  readonly Disconnect: 'disconnect';
  readonly Connected: 'connected';
  readonly Path: 'path';
  readonly Fail: 'fail';
  readonly Skip: 'skip';
  readonly VoiceWaterMark: 'voiceWaterMark';
};
export declare function createFlvReader(handler: FlvReaderHandler, options?: FlvReaderOptions): FlvReader;
export declare const createP2PModule: (port: Port, options?: P2PModuleOptions) => OurP2PModule;
export declare function createWxP2PModule(): OurP2PModule;
export declare function createWxPort(log?: Log): Port;
export declare function flvHeader(hasVideo: boolean, hasAudio: boolean): Uint8Array;
export declare function flvTag(type: number, timestampMs: number, data: Uint8Array): Uint8Array;
export declare function isErrorResult(value: unknown): value is ErrorResult;
export declare function sha256Mix(state: Int32Array | null, bytes: Uint8Array): Int32Array;
export declare function toErrorResult(cause: unknown, fallback: ErrCode): ErrorResult;
