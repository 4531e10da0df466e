import type { LiveSource } from './live-source';
import type { MjpgSource } from './mjpg';
import type { PtzPanel } from './ptz-panel';
import type { Recordings } from './recordings';

/** One lens: a camera has one, a recorder with several cameras has several. */
export interface CameraChannel {
  name: string;
  source: LiveSource;
  recordings: Recordings;
  /** What turns it; null where nothing does. Missing: it is simulated, with all its other state. */
  ptz?: PtzPanel | null;
  /** The same picture as JPEG; missing: this channel has none. */
  mjpg?: MjpgSource;
}

/** The number of the parameter `channel`, 0 where it is missing; null when there is no such channel. */
export function channelNumber(
  params: ReadonlyMap<string, string>,
  channels: readonly CameraChannel[],
): number | null {
  const text = params.get('channel') ?? '0';
  const number = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  return number >= 0 && number < channels.length ? number : null;
}
