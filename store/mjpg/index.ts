/** Motion JPEG in the place of live-player. */
export { MjpgPlayer } from './mjpg-player';
export type { MjpgEventName, MjpgPlayerOptions, MjpgScreen, PictureSize } from './mjpg-player';
