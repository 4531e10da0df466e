/** The way of pictures and films into the phone's album. */
export { AlbumStore } from './album-store';
export { saveToAlbum } from './save';
