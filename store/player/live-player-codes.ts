/** Codes of live-player's `statechange` that change what the player does. The others are passed on and ignored. */
export const LivePlayerCode = {
  /** The first frame was rendered. */
  FirstFrame: 2003,
  /** The pull broke; live-player tries again by itself, about three times. */
  Reconnecting: 2103,
  /** It gave up. Only a new player recovers. */
  GaveUp: -2301,
} as const;

/** The player plugin's own code, since its version 1.1.0, for a local server that takes no more requests. */
export const WECHAT_SERVER_ERROR = 'WECHAT_SERVER_ERROR';

/** A `Reconnecting` whose cause is the local server: the phone's system killed it in the background (guide, FAQ 3.5). */
export function isLocalServerDead(message: string): boolean {
  return /errCode:-1004(\D|$)/.test(message) || /Failed to connect to/.test(message);
}

/** An `error` that only the phone's settings can cure. */
export function isPermissionDenied(message: string): boolean {
  return /system permission denied/i.test(message);
}
