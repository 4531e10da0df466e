import type { ErrorResult } from '../errors';
import type { PathPolicy, TurnServer } from '../path/types';
import type { SwarmStats } from '../origin/sharing';
import type { HttpHeaders } from '../http/types';
import type { XP2PDevNotify_SubType, XP2PEventEnum, XP2PLocalEventEnum, XP2PNotify_SubType } from './enums';
import type { ServiceStats } from './stats';
import type { Timeouts } from './timeouts';

/**
 * The guide's API ("API 说明"), as types. Our core implements it; Tencent's plugin (`requirePlugin('xp2p').p2p`) has the
 * same shape. *
 * Functions documented as `Promise<res: number>` resolve with the code of the guide's table, failures included: an app
 * written against the guide checks `res === 0`. They reject, with `{ errcode, errmsg }`, on what the tables do not name.
 */
export interface GuideModule {
  /** Probes the network and prepares sockets. 0, -2000, -2003, -2201, -2202, -2301. */
  init(options: InitOptions): Promise<number>;
  /** Probes anew and drops all services. A call while one runs shares its outcome. 0, -2002, -2202. */
  resetP2P(): Promise<number>;
  /** Stops everything. Afterwards no timer, socket or callback is left, and `init` may be called again. */
  destroy(): void;
  /** A random id of this module instance, for finding its logs. Empty before the first `init`. */
  getUUID(): string;
  /** 0, -2000, -2001, -2002, -2005, -2401, -2402, -2403, -2404. Connecting goes on after 0; see `ServiceCallbacks`. */
  startP2PService(id: string, streamInfo: StreamInfo, callbacks: ServiceCallbacks): Promise<number>;
  /** Replaces the callbacks that are given. 0, -2000. */
  updateServiceCallbacks(id: string, callbacks: Partial<ServiceCallbacks>): number;
  stopP2PService(id: string): void;
  /** Resolves when the camera has answered the request. 0, -2000, -2002, -2401, -2402, -2403. */
  startStream(id: string, params: StreamParams): Promise<number>;
  stopStream(id: string): void;
  /** `options` are not in the guide: a module of somebody else is asked for text without them. */
  sendCommand(id: string, command: string, options?: CommandOptions): Promise<CommandResult>;
  /**
   * Talks with a recorder of the app (`wx.getRecorderManager()`); one talk at a time per id. Resolves when sound flows:
   * 0; -2601 when the camera or the recorder refused (the log says which), or the talk was stopped before; -2000, -2002,
   * -2401, -2403.
   */
  startVoice(
    id: string,
    recorderManager: RecorderManagerLike,
    options: VoiceOptions,
    callbacks?: VoiceCallbacks,
  ): Promise<number>;
  /** Ends the talk of either kind. Afterwards none of its callbacks is called, and its writer takes nothing. */
  stopVoice(id: string): void;
  /**
   * Downloads a file of the camera; one at a time per id, eight at once over all ids. The promise settles last, after
   * `onComplete`: 0 when the file is complete; -2701 when it is not, also when it was stopped, and at once for the ninth
   * (`onError`, `onComplete`); -2000, -2002, -2401, -2403 without any callback.
   */
  startLocalDownload(
    id: string,
    options: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number>;
  /** Afterwards no callback of the download is called, `onComplete` neither. The service goes on. */
  stopLocalDownload(id: string): void;
  readonly XP2PEventEnum: { readonly Notify: string; readonly Log: string };
  /** The plugin's has fewer than ours: compare with a member only after seeing that it is there. */
  readonly XP2PNotify_SubType: { readonly Disconnect: string; readonly [name: string]: string };
}

/** Members of the plugin that its guide does not list, though demos use them. A module of another version may lack one. */
export interface Undocumented {
  readonly XP2PVersion: string;
  readonly XP2PLocalEventEnum: { readonly [name: string]: string };
  readonly XP2PDevNotify_SubType: { readonly [name: string]: string };
  /**
   * Talks with FLV that the app makes (live-pusher); the same talk of the id as `startVoice`. It
   * rejects with `{ errcode, errmsg }`: -2601 with its cause, -2000, -2002, -2401, -2403. Of the callbacks only `onStop`
   * is called.
   */
  startVoiceData(id: string, options?: VoiceDataOptions, callbacks?: VoiceCallbacks): Promise<VoiceWriter>;
  /** A name of this side, for showing and for finding its logs: nobody can be called by it. Empty before `init`. */
  getLocalXp2pInfo(): string;
  /** What `startP2PService` was given; null for an id that is not started. Its `xp2pInfo` is left out of logs and JSON. */
  getServiceInitInfo(id: string): { id: string; streamInfo: StreamInfo } | null;
  /**
   * Tells more, to the `log` of every service and to the port's log: requests and their answers. Off at first, like the
   * next two; kept over `destroy`. No secret is told, but addresses are.
   */
  enableHttpLog(isOn: boolean): void;
  /** Rendezvous, connections and their ends. */
  enableNetLog(isOn: boolean): void;
  /** NAT probes and what they found. */
  enableXNTPLog(isOn: boolean): void;
}

/** What only our core has. A module of somebody else lacks it, so it is asked for first. */
export interface Extras {
  /** How a service does now: path, rates, and how long each step of its start took. Null for an unknown id. */
  getStats(id: string): ServiceStats | null;
  /** Whether a viewer of a shared stream hands on what it has, from now on. Nothing for an unknown id. */
  setUpload(id: string, isAllowed: boolean): void;
}

/** What stores and components talk to: what the guide does not list may be missing, so it is asked for first. */
export interface P2PModule extends GuideModule, Partial<Undocumented>, Partial<Extras> {}

/** Our own core: the guide's API, the names of before, and what is only ours. */
export interface OurP2PModule extends GuideModule, Undocumented, Extras, DeprecatedNames {
  readonly XP2PEventEnum: typeof XP2PEventEnum;
  readonly XP2PLocalEventEnum: typeof XP2PLocalEventEnum;
  readonly XP2PNotify_SubType: typeof XP2PNotify_SubType;
  readonly XP2PDevNotify_SubType: typeof XP2PDevNotify_SubType;
}

/** Names of before guide 1.3.0. */
export interface DeprecatedNames {
  /** @deprecated stopP2PService */
  stopServiceById: GuideModule['stopP2PService'];
  /** @deprecated startStream */
  startP2PStream: GuideModule['startStream'];
  /** @deprecated stopStream */
  stopP2PStream: GuideModule['stopStream'];
  /** @deprecated startVoice */
  startVoiceService: GuideModule['startVoice'];
  /** @deprecated stopVoice */
  stopVoiceService: GuideModule['stopVoice'];
}

/**
 * What the guide lists as customer parameters. Any string fields; our core uses appKey / appSecretKey as broker login. Where
 * `servers.signalingUrl` is given the login is for that broker only, whatever an xp2pInfo names.
 */
export interface AppParams {
  appid?: string | number;
  appOauthId?: string;
  appKey?: string;
  appSecretKey?: string;
  appPackage?: string;
  /** Ours: over how many topics the installation spreads the trackers of its streams. Default 1. */
  trackerShards?: number;
  [other: string]: unknown;
}

export interface InitOptions {
  appParams: AppParams;
  /** 'natChanged' | 'natError', since guide 1.1.1. */
  eventHandler?: (event: string, detail: object) => void;
  /** Ours, ignored by the plugin: where the rendezvous and STUN servers are, when an xp2pInfo does not say. */
  servers?: ServerOptions;
  /** Ours, as `servers`: how long things may wait. */
  timeouts?: Timeouts;
  /** Ours: which paths may be used. Default 'all'. */
  pathPolicy?: PathPolicy;
}

export interface ServerOptions {
  /** Rendezvous (MQTT over WebSocket), e.g. `wss://mqtt.example.com/mqtt`. */
  signalingUrl?: string;
  /** `host:port` of STUN servers. */
  stunServers?: string[];
  /** TURN servers, for viewers and cameras that no direct path connects. Secrets: make the credentials short-lived. */
  turnServers?: TurnServer[];
}

export interface StreamInfo {
  /** 1-to-1: `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?<params>`; 1-to-many: `https://host/path.flv?...`. */
  url: string;
  productId?: string;
  deviceName?: string;
  xp2pInfo?: string;
  /** Ours: instead of that of `init`. Services of one camera share a session: the one that is started first decides. */
  pathPolicy?: PathPolicy;
  /** Ours, 1-to-many: viewers share the stream with each other. Without it everything comes from its server. */
  swarm?: SwarmOptions;
}

export interface SwarmOptions {
  /** The right to share this stream, made by the app's server for this user. A secret. */
  token: string;
  /** False: everything comes from the server, as without `swarm`. Default true. */
  enabled?: boolean;
  /** Whether this viewer hands on what it has; on cellular networks none does, whatever this says. Default true. */
  upload?: boolean;
  /** What it may send at most, in kbit/s. Default: 1.5 times the stream, at most 2000. */
  upKbps?: number;
  /**
   * Media that the player holds in front of what it shows (live-player's min-cache), in ms: as long as there is time to get
   * the server's help when other viewers fail. With more, more comes from viewers. Default 1000.
   */
  reserveMs?: number;
  /**
   * Where this viewer is, in the app's own words, such as province and carrier: of two that would do, one of the same region
   * is asked. Never an address. At most 16 characters; the tracker learns it. Default: nowhere.
   */
  region?: string;
}

export interface ServiceCallbacks {
  /** event 'notify': `subtype` is one of XP2PNotify_SubType; event 'log': `detail` is a string. */
  msgCallback: MsgCallback;
  /** When given, pulling starts at once with the parameters of `streamInfo.url`. */
  dataCallback?: DataCallback;
}
export type MsgCallback = (event: string, subtype: string, detail: unknown) => void;
/** The buffer belongs to the callee from here on. */
export type DataCallback = (data: ArrayBuffer) => void;

export interface StreamParams {
  dataCallback: DataCallback;
  /** Default: parsed from `streamInfo.url` of startP2PService. */
  flv?: { filename: string; params: string };
}

export interface CommandOptions {
  responseType?: 'text' | 'arraybuffer';
  /** Default: `timeouts.commandMs`. */
  timeoutMs?: number;
}

export interface CommandResult {
  type: 'success' | 'failure' | 'error' | 'timeout';
  /** HTTP status; 0 where none was received. */
  status: number;
  data: string | ArrayBuffer;
  errcode: number;
  errmsg: string;
}

/** As RecorderManagerStartOption of WeChat. */
export interface RecorderOptions {
  /** PCM or absent; anything else is -2000. */
  format?: string;
  /** Default 8000. */
  sampleRate?: number;
  /** Default 1. */
  numberOfChannels?: number;
  encodeBitRate?: number;
  /** Of one recording, in ms; default, and most: 600 000. When it is over, the next one begins at once. */
  duration?: number;
  /** In KB; default: about 60 ms of sound. */
  frameSize?: number;
  audioSource?: string;
}

export interface VoiceOptions extends RecorderOptions {
  /** Ours: of the request `POST /voice?…`; default `channel=0`. */
  urlParams?: string;
}

/** What talk uses of a RecorderManager. `onInterruption…` and `off…` are used where they exist. */
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

/**
 * The recorder's events while it records for this talk. After `onStop({ willRestart: false })` the talk is over: the
 * recorder was stopped by somebody else, it failed, or the camera or the link ended the talk.
 */
export interface VoiceCallbacks {
  /** Also when the next recording has begun after the limit of one. */
  onStart?(): void;
  /** `inInterruption`: by a phone call, say; recording goes on by itself when that is over. */
  onPause?(res: { inInterruption: boolean }): void;
  onResume?(): void;
  onStop?(res: { willRestart: boolean }): void;
}

export interface VoiceDataOptions {
  /** As of VoiceOptions; a duplex call adds `calltype=audio` or `calltype=video`. */
  urlParams?: string;
  /** What the stream holds, as live-pusher is set: it writes a header that says "nothing". Default: sound, no picture. */
  enableCamera?: boolean;
  enableMic?: boolean;
  /** Leaves out AAC frames too short to hold sound (live-pusher makes them while it is muted). Default false. */
  ignoreEmptyAudioTag?: boolean;
  /** AAC frames are filled up with zeros to this size: some cameras play no shorter ones (770 is known to do). Default 0. */
  minAudioTagBytes?: number;
}

/** Takes FLV to the camera. */
export interface VoiceWriter {
  /**
   * FLV bytes, cut anywhere; borrowed until the call returns. False when nothing is taken any more: the talk is over, or
   * these bytes are no FLV, which ends it.
   */
  addChunk(chunk: ArrayBuffer): boolean;
  /** Ends the talk after what was added. */
  close(): void;
  /** Added and not yet acknowledged by the camera. Where it stays high, whole tags are left out. */
  readonly bufferedBytes: number;
}

export interface LocalDownloadOptions {
  /** `channel=0&file_name=…&offset=0`. A download that broke off goes on with `offset` at what the app has. */
  urlParams: string;
}

/**
 * In this order: `onHeadersReceived`, `onChunkReceived` as often as it takes, then exactly one of `onSuccess`, `onFailure`
 * and `onError`, then `onComplete`. What the guide says about closing the connection is true of the download's own
 * stream: the service goes on, since players of the camera share its session.
 */
export interface LocalDownloadCallbacks {
  /**
   * Up to 64 KiB of the file, in order; the buffer belongs to the callee. The camera sends on only as fast as this
   * returns. What it throws ends the download with `onError`: nobody kept these bytes.
   */
  onChunkReceived(chunk: ArrayBuffer): void;
  onComplete(): void;
  onHeadersReceived?(result: { status: number; headers: HttpHeaders }): void;
  onSuccess?(result: LocalDownloadResult): void;
  /** The camera's status is no success: `data` is its explanation, errcode -2811. */
  onFailure?(result: LocalDownloadResult): void;
  /** The file broke off, or its bytes are not those asked for: errcode is the cause. */
  onError?(result: LocalDownloadResult): void;
}

export interface LocalDownloadResult {
  /** HTTP status; 0 where none was received. */
  status: number;
  headers: HttpHeaders;
  /** The body of a failure, up to 64 KiB. */
  data?: ArrayBuffer;
  errcode: number;
  errmsg: string;
  /** Bytes given to `onChunkReceived`: what to add to `offset` to go on. */
  receivedBytes: number;
}

export type { ErrorResult, PathPolicy, SwarmStats, TurnServer };
