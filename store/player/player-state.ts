import type { ErrorResult, StreamInfo } from '../../p2p-core/index';

/** The native player and its local server. */
export const PlayerStateEnum = {
  PlayerIdle: 'PlayerIdle',
  PlayerPreparing: 'PlayerPreparing',
  PlayerReady: 'PlayerReady',
  PlayerError: 'PlayerError',
  LivePlayerError: 'LivePlayerError',
  LivePlayerStateError: 'LivePlayerStateError',
  LocalServerError: 'LocalServerError',
} as const;
export type PlayerStateName = (typeof PlayerStateEnum)[keyof typeof PlayerStateEnum];

/** The p2p module and the service, that is the link to one camera. */
export const P2PStateEnum = {
  P2PIdle: 'P2PIdle',
  /** Stopped on purpose; the module may or may not be ready. */
  P2PUnknown: 'P2PUnknown',
  /** How Tencent's demo spelt `P2PUnknown`; same value, for apps that use the old name. */
  P2PUnkown: 'P2PUnknown',
  P2PIniting: 'P2PIniting',
  P2PInited: 'P2PInited',
  P2PInitError: 'P2PInitError',
  P2PLocalNATChanged: 'P2PLocalNATChanged',
  ServicePreparing: 'ServicePreparing',
  ServiceStarted: 'ServiceStarted',
  ServiceStartError: 'ServiceStartError',
  ServiceError: 'ServiceError',
} as const;
export type P2PStateName = (typeof P2PStateEnum)[keyof typeof P2PStateEnum];

/** One pull of media over the service. */
export const StreamStateEnum = {
  StreamIdle: 'StreamIdle',
  StreamWaitPull: 'StreamWaitPull',
  StreamReceivePull: 'StreamReceivePull',
  StreamLocalServerError: 'StreamLocalServerError',
  StreamChecking: 'StreamChecking',
  StreamCheckSuccess: 'StreamCheckSuccess',
  StreamCheckError: 'StreamCheckError',
  StreamPreparing: 'StreamPreparing',
  StreamStarted: 'StreamStarted',
  StreamStartError: 'StreamStartError',
  StreamRequest: 'StreamRequest',
  StreamHeaderParsed: 'StreamHeaderParsed',
  StreamDataReceived: 'StreamDataReceived',
  /** live-player holds enough and closed its request; it plays on and pulls again by itself. */
  StreamDataPause: 'StreamDataPause',
  StreamDataEnd: 'StreamDataEnd',
  StreamError: 'StreamError',
} as const;
export type StreamStateName = (typeof StreamStateEnum)[keyof typeof StreamStateEnum];

/** What is asked of the camera: the path's last segment and its query. */
export interface FlvRequest {
  readonly filename: string;
  readonly params: string;
}

export interface PlayTarget {
  /** The id of the service. Players of one camera may have the same: they share its link. */
  readonly id: string;
  /** Holds the xp2pInfo: never logged, never put into an event. */
  readonly streamInfo: StreamInfo;
  readonly flv: FlvRequest;
  /** Ask the host (`checkCanStartStream`) before every pull. */
  readonly hasStreamCheck: boolean;
  /**
   * A change of the network ends nothing: live-player goes on trying (guide, FAQ 3.4, of 1-to-many streams, which are
   * pulled from the server then). Without it the change counts as a failure when the picture stalls.
   */
  readonly survivesNetworkChange?: boolean;
}

/** Where a failure came from; the name of the state that it led to where there is one. */
export type FailureType =
  | 'P2PInitError'
  | 'ServiceStartError'
  | 'ServiceError'
  | 'P2PLocalNATChanged'
  | 'PlayerError'
  | 'LivePlayerError'
  | 'LivePlayerStateError'
  | 'LocalServerError'
  | 'SystemPermissionDenied'
  | 'StreamCheckError'
  | 'StreamStartError'
  | 'StreamError';

export interface Failure {
  readonly errType: FailureType;
  readonly error: ErrorResult;
  /** HTTP status of the camera's answer; 0 where there was none. */
  readonly httpStatus: number;
  /** The same attempt would fail again: something outside the player has to change first. */
  readonly isFatal: boolean;
}

/** What has to happen before there is a picture; what was there already happens at no time. */
export type StartStep =
  'module' | 'service' | 'player' | 'pull' | 'link' | 'request' | 'header' | 'firstByte' | 'picture';
/** When each step of a start was done, in ms since the start. */
export type StartTimes = Readonly<Partial<Record<StartStep, number>>>;

export interface PlayerState {
  readonly player: PlayerStateName;
  readonly p2p: P2PStateName;
  readonly stream: StreamStateName;

  readonly target: PlayTarget | null;
  /** A picture is wanted: set by start and play, cleared by stop and by a normal end. */
  readonly isWanted: boolean;
  readonly isPageVisible: boolean;
  /** The page was just shown again: what the system killed meanwhile is rebuilt once, without a word. */
  readonly mayRebuild: boolean;
  readonly isDestroyed: boolean;

  /** One per attempt to start the service. Answers that carry another epoch are late. */
  readonly serviceEpoch: number;
  /** A share of the camera's session is held. */
  readonly hasService: boolean;
  /** The link to the camera is up, as far as the module tells. */
  readonly isLinkUp: boolean;
  /** The phone's network changed and nothing has arrived since. */
  readonly isNetworkChanged: boolean;

  /** One per creation of the player component. */
  readonly playerEpoch: number;
  readonly isPlayerMounted: boolean;
  /** Property of the player component. False until the first play of each created player. */
  readonly isAutoplay: boolean;
  /** A stop of the player is under way; the next play waits for its end. */
  readonly isPlayerStopping: boolean;
  /** One per stop of the player. */
  readonly stopEpoch: number;

  /** One per pull. */
  readonly streamEpoch: number;
  readonly hasFirstFrame: boolean;
  readonly firstFrameAtMs: number;

  /** From when a picture was wanted until it is there. */
  readonly isStarting: boolean;
  readonly startedAtMs: number;
  /** Of this start, or of the last one. */
  readonly times: StartTimes;

  readonly failure: Failure | null;
  /** Why the picture is being started again; null when it is not. */
  readonly lastFailure: Failure | null;
  readonly isAutoRetry: boolean;
  /** `planned`: a timer runs or is about to; `onShow`: waits for the page to be visible again. */
  readonly retry: 'none' | 'planned' | 'onShow';
  /** When the planned retry is due; 0 until that is known. */
  readonly retryAtMs: number;
  readonly retryEpoch: number;
  readonly retryAttempt: number;
  readonly retrySinceMs: number;
}

export const INITIAL_PLAYER_STATE: PlayerState = {
  player: 'PlayerIdle',
  p2p: 'P2PIdle',
  stream: 'StreamIdle',
  target: null,
  isWanted: false,
  isPageVisible: true,
  mayRebuild: false,
  isDestroyed: false,
  serviceEpoch: 0,
  hasService: false,
  isLinkUp: false,
  isNetworkChanged: false,
  playerEpoch: 0,
  isPlayerMounted: false,
  isAutoplay: false,
  isPlayerStopping: false,
  stopEpoch: 0,
  streamEpoch: 0,
  hasFirstFrame: false,
  firstFrameAtMs: 0,
  isStarting: false,
  startedAtMs: 0,
  times: {},
  failure: null,
  lastFailure: null,
  isAutoRetry: false,
  retry: 'none',
  retryAtMs: 0,
  retryEpoch: 0,
  retryAttempt: 0,
  retrySinceMs: 0,
};

/** A picture this long ends a row of failures: the next failure begins with the shortest delay again. */
export const STEADY_PICTURE_MS = 10000;

/** A pull was asked of the player or is on its way: there is something to stop. */
export function isStreamActive(stream: StreamStateName): boolean {
  return stream === 'StreamWaitPull' || stream === 'StreamDataPause' || isPulling(stream);
}

/** The player has asked for data, and the pull has neither ended nor failed. */
export function isPulling(stream: StreamStateName): boolean {
  switch (stream) {
    case 'StreamReceivePull':
    case 'StreamChecking':
    case 'StreamCheckSuccess':
      return true;
    default:
      return isRequested(stream);
  }
}

/** startStream was called for the pull, and the pull has neither ended nor failed. */
export function isRequested(stream: StreamStateName): boolean {
  return stream === 'StreamPreparing' || isAnswering(stream);
}

/** The module said something about this pull, so its next notices are about this pull too, not about an older one. */
export function isAnswering(stream: StreamStateName): boolean {
  switch (stream) {
    case 'StreamStarted':
    case 'StreamRequest':
    case 'StreamHeaderParsed':
    case 'StreamDataReceived':
      return true;
    default:
      return false;
  }
}
