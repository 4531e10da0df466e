import { httpCall } from './http-call';
import { PTZ_MOVES } from './ptz-device';
import type { PtzCommandName, PtzDevice, PtzMove } from './ptz-device';

/** One URL with placeholders for everything, or one for each command; what has none is not possible. */
export type PtzUrls = string | Partial<Record<PtzCommandName, string>>;

/**
 * A camera that turns by a `GET` of a URL. Placeholders: `{command}` (`left` … `zoom_out`, `stop`, `preset_goto`,
 * `preset_set`), `{last}` (what a stop is to end, else the command), `{pan}`, `{tilt}`, `{zoom}` (-1, 0, 1) and `{preset}`.
 * The login of the URL is sent as the camera asks for it, Digest or Basic.
 */
export function createHttpPtz(urls: PtzUrls): PtzDevice {
  const call = (command: PtzCommandName, last: string, preset = 0): Promise<void> => {
    const template = typeof urls === 'string' ? urls : urls[command];
    if (template === undefined) return Promise.reject(new Error(`there is no URL for ${command}`));
    const { pan, tilt, zoom } = Object.hasOwn(PTZ_MOVES, command)
      ? PTZ_MOVES[command as PtzMove]
      : { pan: 0, tilt: 0, zoom: 0 };
    const values: Record<string, string | number> = { command, last, pan, tilt, zoom, preset };
    return get(template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)));
  };
  return {
    move: (move) => call(move, move),
    stop: (last) => call('stop', last),
    goToPreset: (index) => call('preset_goto', 'preset_goto', index),
    setPreset: (index) => call('preset_set', 'preset_set', index),
  };
}

async function get(url: string): Promise<void> {
  const { status } = await httpCall(url);
  if (status < 200 || status > 299) throw new Error(`it answers ${status}`);
}
