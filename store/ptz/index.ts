/** Pan, tilt, zoom. */
export { PtzStore } from './ptz-store';
