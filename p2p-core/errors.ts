/**
 * Every error code of the module, in one append-only table.
 *
 * Codes down to -2799 are the guide's ("附录：错误码汇总"); -2800 and below are ours, for causes the guide has no
 * code for. A code is never reused: a withdrawn one stays behind as a `RETIRED` comment.
 */
export const ErrCode = {
  /** Success. */
  Ok: 0,
  /** An argument is missing or has the wrong type or value. */
  BadArgument: -2000,
  /** `xp2pInfo` cannot be parsed. */
  BadXp2pInfo: -2001,
  /** `init` has not succeeded yet. */
  NotInitialized: -2002,
  /** `init` was called twice. */
  AlreadyInitialized: -2003,
  /** The operation is not supported here. */
  Unsupported: -2004,
  /** The camera's version is below 2.3.0. */
  DeviceVersionTooLow: -2005,
  /** The NAT probe is already running. */
  ProbeAlreadyRunning: -2201,
  /** The NAT probe failed: no STUN server answered, or no UDP socket could be opened. */
  ProbeFailed: -2202,
  /** The local server of the player could not be loaded. */
  LocalServerFailed: -2301,
  /** A service or a stream of this id is already running. */
  AlreadyStarted: -2401,
  /** The stream could not be started. */
  StreamStartFailed: -2402,
  /** The service of this id is not started. */
  ServiceNotStarted: -2403,
  /** The environment cannot run the p2p service (for example: no UDP sockets). */
  EnvironmentUnsupported: -2404,
  /** Data could not be encrypted. */
  EncryptFailed: -2501,
  /** Data could not be decrypted. */
  DecryptFailed: -2502,
  /** Voice talk could not be started. */
  VoiceStartFailed: -2601,
  /** A file download failed. */
  DownloadFailed: -2701,
  /** Nobody answered the call within the connect timeout: the camera is off, or the xp2pInfo is not its own. */
  ConnectTimeout: -2801,
  /** The rendezvous server cannot be reached. */
  SignalingUnreachable: -2802,
  /** The rendezvous server says that the camera is offline. */
  DeviceOffline: -2803,
  /** The camera refused the call (its detail says why). */
  Refused: -2804,
  /** No network path to the camera was found. */
  NoPath: -2805,
  /** The camera fell silent: nothing was heard for the idle timeout. */
  LinkLost: -2806,
  /** The camera closed the session. */
  ClosedByPeer: -2807,
  /** The peer broke the protocol; the session was closed. */
  ProtocolViolation: -2808,
  /** An operation waited longer than its timeout. */
  Timeout: -2809,
  /** Stopped by the caller before it finished. */
  Aborted: -2810,
  /** The camera answered with an HTTP status that is no success. */
  HttpStatus: -2811,
  /** The camera answered a command with a status that is no success. */
  CommandRefused: -2812,
  /** The server of a shared stream cannot be reached, or its connection broke. */
  OriginLost: -2813,
} as const;
export type ErrCode = (typeof ErrCode)[keyof typeof ErrCode];

/** The shape in which every failure leaves the module: plain data, safe to log (never holds a secret). */
export interface ErrorResult {
  errcode: number;
  errmsg: string;
}

/** Thrown and rejected inside the core. `errmsg` says what was expected and what was got, never a secret. */
export class P2PError extends Error implements ErrorResult {
  override readonly name = 'P2PError';
  readonly errmsg: string;

  constructor(
    readonly errcode: ErrCode,
    errmsg: string,
    /** What caused it, kept for logs; may be any value a platform threw. */
    readonly cause?: unknown,
  ) {
    super(errmsg);
    this.errmsg = errmsg;
    // The host may lower classes to ES5, where `extends Error` loses the prototype.
    Object.setPrototypeOf(this, P2PError.prototype);
  }
}

/** Brand check, not `instanceof`: two sub-packages can each carry a copy of this file. */
export function isErrorResult(value: unknown): value is ErrorResult {
  return typeof value === 'object' && value !== null && typeof (value as ErrorResult).errcode === 'number';
}

/** Turns anything thrown or rejected into `{ errcode, errmsg }`; `fallback` is the code of a cause without one. */
export function toErrorResult(cause: unknown, fallback: ErrCode): ErrorResult {
  if (isErrorResult(cause)) {
    return { errcode: cause.errcode, errmsg: typeof cause.errmsg === 'string' ? cause.errmsg : '' };
  }
  if (cause instanceof Error) return { errcode: fallback, errmsg: cause.message };
  const errMsg = (cause as { errMsg?: unknown } | null | undefined)?.errMsg; // how wx.* reports failures
  return { errcode: fallback, errmsg: typeof errMsg === 'string' ? errMsg : String(cause) };
}
