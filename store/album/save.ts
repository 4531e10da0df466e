import { ALBUM_SCOPE } from '../permission';
import type { PermissionPort } from '../permission';

/** The phone's album. `done` gets null when it worked. */
export interface AlbumPort {
  save(media: 'image' | 'video', filePath: string, done: (errMsg: string | null) => void): void;
}

/** `refused`: only the settings help. */
export type AlbumResult = { kind: 'saved' } | { kind: 'refused' } | { kind: 'failed'; errMsg: string };

/** Asks the user where that was not done yet, and saves. Never rejects. Videos must be MP4. */
export async function saveToAlbum(
  media: 'image' | 'video',
  filePath: string,
  album: AlbumPort,
  permission: PermissionPort,
): Promise<AlbumResult> {
  if (!(await permission.request(ALBUM_SCOPE))) return { kind: 'refused' };
  return new Promise((resolve) =>
    album.save(media, filePath, (errMsg) =>
      resolve(errMsg === null ? { kind: 'saved' } : { kind: 'failed', errMsg }),
    ),
  );
}
