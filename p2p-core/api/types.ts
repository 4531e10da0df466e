import type { ErrorResult } from '../errors';
import type { HttpHeaders } from '../http/types';

/**
 * The guide's API ("API 说明"), as types. Our core implements it; Tencent's plugin (`requirePlugin('xp2p').p2p`) has the
 * same shape. Stores and components talk to this interface only.
 *
 * Functions documented as `Promise<res: number>` resolve with the code of the guide's table, failures included: an app
 * written against the guide checks `res === 0`. They reject, with `{ errcode, errmsg }`, on what the tables do not name.
 */
export interface P2PModule {
  /** Probes the network and prepares sockets. 0, -2000, -2003, -2201, -2202, -2301. */
  init(options: InitOptions): Promise<number>;
  /** Probes anew and drops all services. 0, -2002, -2202. */
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
  sendCommand(id: string, command: string, options?: CommandOptions): Promise<CommandResult>;
  /**
   * Downloads a file of the camera; one at a time per id. The promise settles last, after `onComplete`: 0 when the file is
   * complete; -2701 when it is not, also when it was stopped; -2000, -2002, -2401, -2403 without any callback.
   */
  startLocalDownload(
    id: string,
    options: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number>;
  /** Afterwards no callback of the download is called, `onComplete` neither. The service goes on. */
  stopLocalDownload(id: string): void;
  readonly XP2PVersion: string;
  readonly XP2PEventEnum: typeof XP2PEventEnum;
  readonly XP2PNotify_SubType: typeof XP2PNotify_SubType;
}

/** What the guide lists as customer parameters. Any string fields; our core uses appKey / appSecretKey as broker login. */
export interface AppParams {
  appid?: string | number;
  appOauthId?: string;
  appKey?: string;
  appSecretKey?: string;
  appPackage?: string;
  [other: string]: unknown;
}

export interface InitOptions {
  appParams: AppParams;
  /** 'natChanged' | 'natError', since guide 1.1.1. */
  eventHandler?: (event: string, detail: object) => void;
  /** Ours, ignored by the plugin: where the rendezvous and STUN servers are, when an xp2pInfo does not say. */
  servers?: ServerOptions;
}

export interface ServerOptions {
  /** Rendezvous (MQTT over WebSocket), e.g. `wss://mqtt.example.com/mqtt`. */
  signalingUrl?: string;
  /** `host:port` of STUN servers. */
  stunServers?: string[];
}

export interface StreamInfo {
  /** 1-to-1: `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?<params>`; 1-to-many: `https://host/path.flv?...`. */
  url: string;
  productId?: string;
  deviceName?: string;
  xp2pInfo?: string;
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
  /** Default 10 000. */
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

export const XP2PEventEnum = { Notify: 'notify', Log: 'log' } as const;

/** Subtypes of 'notify'. The first five are the guide's; the rest appeared in later plugin versions. */
export const XP2PNotify_SubType = {
  /** The request was sent. */
  Request: 'request',
  /** The response header was parsed; detail `{ status, headers }`. */
  Parsed: 'parsed',
  /** The stream was closed on purpose by this side. */
  Close: 'close',
  /** The camera ended the stream normally. */
  Eof: 'eof',
  /** The link to the camera is gone; detail `{ errcode, errmsg }`. Once per service; the service must be stopped. */
  Disconnect: 'disconnect',
  /** The link to the camera is up; detail `{ pathKind }`. */
  Connected: 'connected',
  /** The stream ended although the link lives; detail `{ errcode, errmsg }`. */
  Fail: 'fail',
} as const;

export type { ErrorResult };
