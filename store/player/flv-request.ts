import type { FlvRequest } from './player-state';

/** The guide's url of a 1-to-1 stream; the module puts the camera in the place of XP2P_INFO. */
export const IPC_URL_PREFIX = 'http://XP2P_INFO.xnet/ipc.p2p.com/';
export const DEFAULT_LIVE_URL = `${IPC_URL_PREFIX}ipc.flv?action=live&channel=0&quality=high`;
/** The same as pictures, by the name that cameras on the market have for it. */
export const DEFAULT_MJPG_URL = `${IPC_URL_PREFIX}ipc.flv?action=live-mjpg&channel=0`;

/** Splits a stream url into its last path segment and its query; an empty file name asks for nothing. */
export function parseFlvUrl(url: string): FlvRequest {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { filename: path.slice(path.lastIndexOf('/') + 1), params: mark < 0 ? '' : url.slice(mark + 1) };
}

/** Value of a query parameter as it stands, not decoded; '' when there is none. */
export function getParam(params: string, name: string): string {
  const pair = params.split('&').find((each) => each.startsWith(`${name}=`));
  return pair === undefined ? '' : pair.slice(name.length + 1);
}

/** The query with `name` set to `value`, in the place it had. `value` must be URL-encoded. */
export function withParam(params: string, name: string, value: string): string {
  const pairs = params === '' ? [] : params.split('&');
  const index = pairs.findIndex((pair) => pair.startsWith(`${name}=`));
  if (index < 0) pairs.push(`${name}=${value}`);
  else pairs[index] = `${name}=${value}`;
  return pairs.join('&');
}
