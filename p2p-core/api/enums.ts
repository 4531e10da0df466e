/** What `InitOptions.eventHandler` is told. */
export const XP2PLocalEventEnum = { natChanged: 'natChanged', natError: 'natError' } as const;

export const XP2PEventEnum = { Notify: 'notify', Log: 'log', DevNotify: 'devNotify' } as const;

/** Subtypes of 'devNotify', which is about streams shared by many viewers: a 1-to-1 service has none. */
export const XP2PDevNotify_SubType = {
  P2P: 'p2p',
  Peers: 'peers',
  Parent: 'parent',
  Peerlist: 'peerlist',
  Subscribe: 'subscribe',
  Err: 'err',
  RTLog: 'rtlog',
} as const;

/** Subtypes of 'notify'. The first five are the guide's, the next two appeared in later plugin versions, the rest is ours. */
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
  /** Ours: the session goes over a path of another kind now, a direct one instead of a relay, say; detail `{ pathKind }`. */
  Path: 'path',
  /** The stream ended although the link lives; detail `{ errcode, errmsg }`. */
  Fail: 'fail',
  /** The camera left out what the network was too slow for; detail `{ skippedMs, skippedTags }`. A key frame follows. */
  Skip: 'skip',
  /**
   * What a talk sends waits too long (`isHigh`: send at a lower bitrate), or no longer; detail `{ isHigh, bufferedBytes }`.
   */
  VoiceWaterMark: 'voiceWaterMark',
} as const;
