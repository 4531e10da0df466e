import { DeviceStatus } from './device-status';
import { wholeNumber } from './params';
import type { Period } from './params';
import type { Playbacks } from './playbacks';

/** From here on a number of `playback_seek` is unix seconds (2001 and later); as milliseconds it would be eleven days. */
const MIN_UNIX_S = 1e9;

/**
 * `playback_progress`, `playback_pause`, `playback_resume` and `playback_seek`, about what this viewer plays of this channel;
 * null for any other command. Without such a playback, and for a point that is not in it, the status is 404.
 */
export function answerPlaybackCommand(
  playbacks: Playbacks,
  viewerId: number,
  channel: number,
  params: ReadonlyMap<string, string>,
): unknown {
  const command = params.get('cmd') ?? '';
  if (!COMMANDS.has(command)) return null;
  const playback = playbacks.find(viewerId, channel);
  if (playback === null) return { status: DeviceStatus.BadRequest };
  const { stream, period } = playback;
  switch (command) {
    case 'playback_pause':
      stream.pause();
      break;
    case 'playback_resume':
      stream.resume();
      break;
    case 'playback_seek': {
      const positionMs = seekPosition(params, period);
      if (positionMs === null || !stream.seek(positionMs)) return { status: DeviceStatus.BadRequest };
      break;
    }
    default:
      return { status: DeviceStatus.Accepted, progress: String(Math.floor(stream.progressMs)) };
  }
  return { status: DeviceStatus.Accepted };
}

const COMMANDS = new Set(['playback_progress', 'playback_pause', 'playback_resume', 'playback_seek']);

/** `progress` in ms since the start of the playback, or unix seconds; older cameras call the latter `time`. */
function seekPosition(params: ReadonlyMap<string, string>, period: Period): number | null {
  const number = wholeNumber(params.get('progress') ?? params.get('time'));
  if (number === null) return null;
  return number >= MIN_UNIX_S ? (number - period.startS) * 1000 : number;
}
