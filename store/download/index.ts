/** Files of the camera. */
export { dayOf, parseDay } from '../playback/calendar';
export { DownloadStore } from './download-store';
