/** What the camera recorded. */
export { dayOf, dayRange, formatTime, parseDay } from './calendar';
export { PlaybackStore } from './playback-store';
export {
  clampWindow,
  dragBy,
  fling,
  hitTest,
  periodAt,
  pxToTime,
  tickStepMs,
  timeToPx,
  zoomAbout,
} from './timeline';
