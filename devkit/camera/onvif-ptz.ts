import type { OnvifCamera } from './onvif';
import { MAX_TURN_MS } from './ptz-desk';
import { PTZ_MOVES } from './ptz-device';
import type { PtzDevice } from './ptz-device';

/** Of the fastest that the camera can, in the generic space of velocities (ONVIF PTZ Specification 5.7.3.1). */
const SPEED = 0.5;

/**
 * Turns an ONVIF camera. Preset N is the one whose token or name is N, or whose name is `Preset N`; where there is none, a
 * viewer who goes there comes to the Nth of the camera's list, and one who saves it makes it.
 */
export function createOnvifPtz(camera: OnvifCamera): PtzDevice {
  let known: Promise<string> | null = null;
  const profile = (): Promise<string> => {
    known ??= camera.profiles().then((profiles) => {
      const found = profiles.find(({ hasPtz }) => hasPtz);
      if (found === undefined) throw new Error('none of its profiles can be turned');
      return found.token;
    });
    known.catch(() => (known = null));
    return known;
  };
  const presetOf = async (index: number, canBeUnnamed: boolean): Promise<string | null> => {
    const presets = await camera.presets(await profile());
    const names = [String(index), presetName(index)];
    const named = presets.find(({ token, name }) => token === names[0] || names.includes(name));
    return (named ?? (canBeUnnamed ? presets[index - 1] : undefined))?.token ?? null;
  };
  return {
    async move(move) {
      const { pan, tilt, zoom } = PTZ_MOVES[move];
      const velocity = { pan: pan * SPEED, tilt: tilt * SPEED, zoom: zoom * SPEED };
      await camera.continuousMove(await profile(), velocity, MAX_TURN_MS);
    },
    async stop() {
      await camera.stop(await profile());
    },
    async goToPreset(index) {
      const token = await presetOf(index, true);
      if (token === null) throw new Error(`it has no preset ${index}`);
      await camera.goToPreset(await profile(), token);
    },
    async setPreset(index) {
      await camera.setPreset(await profile(), presetName(index), await presetOf(index, false));
    },
  };
}

function presetName(index: number): string {
  return `Preset ${index}`;
}
