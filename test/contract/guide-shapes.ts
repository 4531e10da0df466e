import type { DeprecatedNames, Extras, GuideModule, Undocumented } from '../../p2p-core/index';

/**
 * What the guide ("API 说明", and its examples) lets an app write, word for word: which members there are, how many
 * arguments they take, and which properties the objects among those may have. Nothing here is taken from our own code but
 * the names of the functions, so that the compiler sees when one is forgotten.
 */

/** Properties that an argument may have; `true` for one whose own properties are not looked at. */
export interface Shape {
  readonly [property: string]: Shape | true;
}

const CALLBACKS: Shape = { msgCallback: true, dataCallback: true };
const STREAM: Shape = { dataCallback: true, flv: { filename: true, params: true } };
/** As RecorderManagerStartOption of WeChat. */
const RECORDER_OPTIONS: Shape = {
  duration: true,
  sampleRate: true,
  numberOfChannels: true,
  encodeBitRate: true,
  format: true,
  frameSize: true,
  audioSource: true,
};
const VOICE = [
  true,
  true,
  RECORDER_OPTIONS,
  { onStart: true, onPause: true, onResume: true, onStop: true },
] as const;

type FunctionName<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T];

/** Function → what each of its arguments may have. */
export const ARGUMENTS: Record<
  FunctionName<GuideModule> | FunctionName<DeprecatedNames>,
  readonly (Shape | true)[]
> = {
  init: [
    {
      appParams: { appid: true, appOauthId: true, appKey: true, appSecretKey: true, appPackage: true },
      eventHandler: true,
    },
  ],
  resetP2P: [],
  destroy: [],
  getUUID: [],
  startP2PService: [true, { url: true, productId: true, deviceName: true, xp2pInfo: true }, CALLBACKS],
  updateServiceCallbacks: [true, CALLBACKS],
  stopP2PService: [true],
  startStream: [true, STREAM],
  stopStream: [true],
  sendCommand: [true, true],
  startVoice: VOICE,
  stopVoice: [true],
  startLocalDownload: [
    true,
    { urlParams: true },
    {
      onChunkReceived: true,
      onComplete: true,
      onHeadersReceived: true,
      onSuccess: true,
      onFailure: true,
      onError: true,
    },
  ],
  stopLocalDownload: [true],
  stopServiceById: [true],
  startP2PStream: [true, STREAM],
  stopP2PStream: [true],
  startVoiceService: VOICE,
  stopVoiceService: [true],
};

/** Enums of the guide's examples, with the members that its tables of values name. */
export const ENUMS: Record<'XP2PEventEnum' | 'XP2PNotify_SubType', { readonly [member: string]: string }> = {
  XP2PEventEnum: { Notify: 'notify', Log: 'log' },
  XP2PNotify_SubType: {
    Request: 'request',
    Parsed: 'parsed',
    Close: 'close',
    Eof: 'eof',
    Disconnect: 'disconnect',
  },
};

/** Beyond the guide. Whoever uses one asks first whether it is there, and goes on without. */
export const BEYOND: Record<keyof Undocumented | keyof Extras, true> = {
  XP2PVersion: true,
  XP2PLocalEventEnum: true,
  XP2PDevNotify_SubType: true,
  startVoiceData: true,
  getLocalXp2pInfo: true,
  getServiceInitInfo: true,
  enableHttpLog: true,
  enableNetLog: true,
  enableXNTPLog: true,
  getStats: true,
  setUpload: true,
};
