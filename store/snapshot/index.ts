/** Pictures and recordings of what is shown. */
export { saveToAlbum } from '../album/index';
export { CaptureStore } from './capture-store';
export { RecordStore } from './record-store';
export { remuxToMp4 } from './mp4-remux';
