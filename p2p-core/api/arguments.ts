import { ErrCode, P2PError } from '../errors';
import { DEFAULT_TIMEOUTS } from './timeouts';
import type {
  CommandOptions,
  InitOptions,
  LocalDownloadCallbacks,
  LocalDownloadOptions,
  RecorderManagerLike,
  ServiceCallbacks,
  StreamInfo,
  StreamParams,
  VoiceCallbacks,
  VoiceDataOptions,
  VoiceOptions,
} from './types';

/**
 * Checks of what the app passes in. Each throws P2PError with the guide's code and a message that says what was expected;
 * a message never quotes a value, since values may be secrets.
 */
const bad = (errmsg: string): P2PError => new P2PError(ErrCode.BadArgument, errmsg);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** An hour; more is a mistake, of units perhaps. */
const MAX_TIMEOUT_MS = 3_600_000;
const APP_PARAM_FIELDS = ['appid', 'appOauthId', 'appKey', 'appSecretKey', 'appPackage'] as const;

/** @throws -2000 */
export function checkInitOptions(options: InitOptions): void {
  if (!isObject(options)) throw bad('init: expected an object');
  if (!isObject(options.appParams)) throw bad('init: appParams must be an object');
  for (const field of APP_PARAM_FIELDS) {
    const value = options.appParams[field];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    if (field === 'appid' && typeof value === 'number') continue;
    throw bad(`init: appParams.${field} must be a non-empty string`);
  }
  if (options.eventHandler !== undefined && typeof options.eventHandler !== 'function') {
    throw bad('init: eventHandler must be a function');
  }
  const { trackerShards } = options.appParams;
  if (trackerShards !== undefined && !(trackerShards >= 1 && trackerShards <= 65_536)) {
    throw bad('init: appParams.trackerShards is out of range');
  }
  const { servers, timeouts } = options;
  if (timeouts !== undefined) {
    if (!isObject(timeouts)) throw bad('init: timeouts must be an object');
    for (const name of Object.keys(timeouts)) {
      const ms = timeouts[name];
      if (!(name in DEFAULT_TIMEOUTS)) throw bad(`init: there is no timeout ${name}`);
      if (typeof ms === 'number' && ms > 0 && ms <= MAX_TIMEOUT_MS) continue;
      throw bad(`init: timeouts.${name} must be between 1 and ${MAX_TIMEOUT_MS} ms`);
    }
  }
  checkPathPolicy('init: pathPolicy', options.pathPolicy);
  if (servers === undefined) return;
  if (!isObject(servers)) throw bad('init: servers must be an object');
  if (servers.signalingUrl !== undefined && !isWebSocketUrl(servers.signalingUrl)) {
    throw bad('init: servers.signalingUrl must be a ws:// or wss:// URL');
  }
  const { stunServers = [], turnServers = [] } = servers;
  if (!Array.isArray(stunServers) || !stunServers.every(isHostPort)) {
    throw bad('init: servers.stunServers must be a list of host:port');
  }
  if (!Array.isArray(turnServers) || !turnServers.every(isTurnServer)) {
    throw bad('init: servers.turnServers must be a list of { server: host:port, username, password }');
  }
}

function isTurnServer(value: unknown): boolean {
  if (!isObject(value) || !isHostPort(value['server'])) return false;
  return isShortText(value['username']) && isShortText(value['password']);
}

/** RFC 8489 §14.3 has the limit. */
function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 128;
}

function checkPathPolicy(where: string, value: unknown): void {
  if (value === undefined || value === 'all' || value === 'direct-only' || value === 'relay-only') return;
  throw bad(`${where} must be all, direct-only or relay-only`);
}

/** @throws -2000 */
export function checkId(call: string, id: string): void {
  if (typeof id !== 'string' || id === '') throw bad(`${call}: id must be a non-empty string`);
}

/** @throws -2000 */
export function checkStreamInfo(info: StreamInfo): void {
  if (!isObject(info)) throw bad('startP2PService: streamInfo must be an object');
  if (typeof info.url !== 'string' || !/^https?:\/\/[^/]/.test(info.url)) {
    throw bad('startP2PService: streamInfo.url must be an http(s) URL');
  }
  for (const field of ['productId', 'deviceName', 'xp2pInfo'] as const) {
    const value = info[field];
    if (value !== undefined && typeof value !== 'string') {
      throw bad(`startP2PService: streamInfo.${field} must be a string`);
    }
  }
  checkPathPolicy('startP2PService: streamInfo.pathPolicy', info.pathPolicy);
  const { swarm } = info;
  if (swarm === undefined) return;
  if (!isObject(swarm) || typeof swarm.token !== 'string' || !/^[\w-]{38}$/.test(swarm.token)) {
    throw bad('startP2PService: streamInfo.swarm.token must be a stream token');
  }
  for (const field of ['enabled', 'upload'] as const) {
    if (swarm[field] !== undefined && typeof swarm[field] !== 'boolean') {
      throw bad(`startP2PService: streamInfo.swarm.${field} must be a boolean`);
    }
  }
  if (swarm.region !== undefined && !(typeof swarm.region === 'string' && swarm.region.length <= 16)) {
    throw bad('startP2PService: streamInfo.swarm.region must be a string of at most 16 characters');
  }
  for (const field of ['upKbps', 'reserveMs'] as const) {
    const value = swarm[field];
    if (value !== undefined && !(value > 0 && value <= 100_000)) {
      throw bad(`startP2PService: streamInfo.swarm.${field} is out of range`);
    }
  }
}

/** @throws -2000 */
export function checkCallbacks(call: string, callbacks: Partial<ServiceCallbacks>, isUpdate: boolean): void {
  if (!isObject(callbacks)) throw bad(`${call}: callbacks must be an object`);
  const { msgCallback, dataCallback } = callbacks;
  if (typeof msgCallback !== 'function' && !(isUpdate && msgCallback === undefined)) {
    throw bad(`${call}: callbacks.msgCallback must be a function`);
  }
  if (dataCallback !== undefined && typeof dataCallback !== 'function') {
    throw bad(`${call}: callbacks.dataCallback must be a function`);
  }
}

/** @throws -2000 */
export function checkCommandOptions(options: CommandOptions): void {
  if (!isObject(options)) throw bad('sendCommand: options must be an object');
  const { responseType = 'text', timeoutMs = 1 }: CommandOptions = options;
  if (responseType !== 'text' && responseType !== 'arraybuffer') {
    throw bad('sendCommand: options.responseType must be text or arraybuffer');
  }
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS))
    throw bad('sendCommand: options.timeoutMs is out of range');
}

/** @throws -2000 */
export function checkStreamParams(params: StreamParams): void {
  if (!isObject(params)) throw bad('startStream: params must be an object');
  if (typeof params.dataCallback !== 'function')
    throw bad('startStream: params.dataCallback must be a function');
  const { flv } = params;
  if (flv === undefined) return;
  if (!isObject(flv) || typeof flv.filename !== 'string' || typeof flv.params !== 'string') {
    throw bad('startStream: params.flv must be { filename: string, params: string }');
  }
  checkTarget('startStream', flv.filename, flv.params);
}

/** @throws -2000 */
export function checkDownload(options: LocalDownloadOptions, callbacks: LocalDownloadCallbacks): void {
  if (!isObject(options) || typeof options.urlParams !== 'string' || options.urlParams === '') {
    throw bad('startLocalDownload: options.urlParams must be a non-empty string');
  }
  checkTarget('startLocalDownload', 'ipc.flv', options.urlParams);
  checkFunctions(
    'startLocalDownload',
    callbacks,
    ['onChunkReceived', 'onComplete'],
    ['onHeadersReceived', 'onSuccess', 'onFailure', 'onError'],
  );
}

const RECORDER_METHODS = 'start stop resume onStart onStop onPause onResume onError onFrameRecorded'.split(
  ' ',
);

/** @throws -2000 */
export function checkVoice(
  manager: RecorderManagerLike,
  options: VoiceOptions,
  callbacks: VoiceCallbacks,
): void {
  checkFunctions('startVoice', manager, RECORDER_METHODS, []);
  checkTalk('startVoice', options, callbacks);
  if (options.format !== undefined && !/^pcm$/i.test(options.format)) {
    throw bad('startVoice: options.format must be PCM');
  }
  for (const field of ['sampleRate', 'numberOfChannels', 'duration', 'frameSize'] as const) {
    const value = options[field];
    if (value === undefined || (value > 0 && value <= 600_000)) continue;
    throw bad(`startVoice: options.${field} is out of range`);
  }
}

/** @throws -2000 */
export function checkTalk(call: string, options: VoiceDataOptions, callbacks: VoiceCallbacks): void {
  if (!isObject(options)) throw bad(`${call}: options must be an object`);
  const { urlParams = 'channel=0' } = options;
  if (typeof urlParams !== 'string') throw bad(`${call}: options.urlParams must be a string`);
  checkTarget(call, 'voice', urlParams);
  checkFunctions(call, callbacks, [], ['onStart', 'onPause', 'onResume', 'onStop']);
}

function checkFunctions(call: string, holder: unknown, required: string[], optional: string[]): void {
  if (!isObject(holder)) throw bad(`${call}: expected an object with ${required.join(', ')}`);
  for (const name of [...required, ...optional]) {
    const value = holder[name];
    if (typeof value === 'function' || (value === undefined && optional.indexOf(name) >= 0)) continue;
    throw bad(`${call}: ${name} must be a function`);
  }
}

/**
 * Parameters may hold anything printable, raw JSON too: the HTTP layer percent-encodes what a request line cannot carry.
 * Control characters are no mistake of encoding but of the caller (RFC 9112 §3). @throws -2000
 */
export function checkTarget(call: string, filename: string, params: string): void {
  if (!/^[\w.~!$&'()*+,;=:@%/-]+$/.test(filename)) {
    throw bad(`${call}: the filename has characters that no URL path may have`);
  }
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(params)) throw bad(`${call}: control characters in the parameters`);
}

/** Splits the last path segment of a stream URL into `{ filename, params }`. @throws -2000 */
export function parseFlvUrl(url: string): { filename: string; params: string } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const flv = {
    filename: path.slice(path.lastIndexOf('/') + 1),
    params: mark < 0 ? '' : url.slice(mark + 1),
  };
  if (flv.filename === '') throw bad('startP2PService: streamInfo.url names no file');
  checkTarget('startP2PService', flv.filename, flv.params);
  return flv;
}

/** The guide's 1-to-1 form; everything else over https is 1-to-many. */
export function isOneToOne(info: StreamInfo): boolean {
  return /^http:\/\/[^/]*\.xnet(?:[:/]|$)/i.test(info.url) || !!info.xp2pInfo;
}

function isWebSocketUrl(value: unknown): value is string {
  return typeof value === 'string' && /^wss?:\/\/[^/\s]/.test(value);
}

function isHostPort(value: unknown): value is string {
  return typeof value === 'string' && /^(?:stun:)?[^\s/]+:\d{1,5}$/.test(value);
}
