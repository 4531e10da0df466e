/** What a camera can be asked for, by the words of `--ptz-url`. */
export const PTZ_MOVES = {
  left: { pan: -1, tilt: 0, zoom: 0 },
  right: { pan: 1, tilt: 0, zoom: 0 },
  up: { pan: 0, tilt: 1, zoom: 0 },
  down: { pan: 0, tilt: -1, zoom: 0 },
  up_left: { pan: -1, tilt: 1, zoom: 0 },
  up_right: { pan: 1, tilt: 1, zoom: 0 },
  down_left: { pan: -1, tilt: -1, zoom: 0 },
  down_right: { pan: 1, tilt: -1, zoom: 0 },
  zoom_in: { pan: 0, tilt: 0, zoom: 1 },
  zoom_out: { pan: 0, tilt: 0, zoom: -1 },
} as const;
export type PtzMove = keyof typeof PTZ_MOVES;
export type PtzCommandName = PtzMove | 'stop' | 'preset_goto' | 'preset_set';

/** A camera that turns until it is told to stop. All reject with an Error whose message holds no secret. */
export interface PtzDevice {
  move(move: PtzMove): Promise<void>;
  /** `last`: what is to end. */
  stop(last: PtzMove): Promise<void>;
  /** `index`: 1 to 16. */
  goToPreset(index: number): Promise<void>;
  setPreset(index: number): Promise<void>;
}
