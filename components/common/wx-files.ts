import { getModuleOwner } from '../../store/index';
import type { AlbumPort, FilePort, ReadHandle, RecordFormat, SnapshotResult } from '../../store/index';

const errMsgOf = (result: { errMsg?: string }): string => (result && result.errMsg) || 'it failed';

function readHandle(files: WechatMiniprogram.FileSystemManager, fd: string, fileBytes: number): ReadHandle {
  return {
    fileBytes,
    read: (arrayBuffer, position, read) =>
      files.read({
        fd,
        arrayBuffer,
        offset: 0,
        length: Math.min(arrayBuffer.byteLength, fileBytes - position),
        position,
        success: ({ bytesRead }) => read(bytesRead, null),
        fail: (result) => read(0, errMsgOf(result)),
      }),
    close: (closed) => files.close({ fd, complete: () => closed() }),
  };
}

/** The mini program's file system, by descriptors: one open and close a file, not one a write. */
export const wxFiles: FilePort = {
  open(filePath, done) {
    const files = wx.getFileSystemManager();
    files.open({
      filePath,
      flag: 'w',
      success: ({ fd }) =>
        done(
          {
            write: (data, length, position, written) =>
              files.write({
                fd,
                data,
                offset: 0,
                length,
                position,
                success: ({ bytesWritten }) =>
                  written(bytesWritten === length ? null : `${bytesWritten} of ${length} bytes were written`),
                fail: (result) => written(errMsgOf(result)),
              }),
            close: (closed) => files.close({ fd, complete: () => closed() }),
          },
          '',
        ),
      fail: (result) => done(null, errMsgOf(result)),
    });
  },

  openRead(filePath, done) {
    const files = wx.getFileSystemManager();
    files.open({
      filePath,
      flag: 'r',
      success: ({ fd }) =>
        files.fstat({
          fd,
          success: ({ stats }) => done(readHandle(files, fd, stats.size), ''),
          fail(result) {
            files.close({ fd });
            done(null, errMsgOf(result));
          },
        }),
      fail: (result) => done(null, errMsgOf(result)),
    });
  },

  remove: (filePath) => wx.getFileSystemManager().unlink({ filePath, fail: () => {} }),
};

export const wxAlbum: AlbumPort = {
  save(media, filePath, done) {
    const options = { filePath, success: () => done(null), fail: (result: object) => done(errMsgOf(result)) };
    if (media === 'image') wx.saveImageToPhotosAlbum(options);
    else wx.saveVideoToPhotosAlbum(options);
  },
};

/** A new name each time, since platforms keep what they read of a file by its name. */
export function newFilePath(extension: string): string {
  const number = Math.floor(getModuleOwner().environment.random() * 1e9);
  return `${wx.env.USER_DATA_PATH}/p2p-${number}.${extension}`;
}

/** A file of its own for each recording. */
export const newRecordPath = (format: RecordFormat): string => newFilePath(format);

/** Writes a whole picture. */
export function writeFile(filePath: string, bytes: Uint8Array, done: (result: SnapshotResult) => void): void {
  wx.getFileSystemManager().writeFile({
    filePath,
    data: bytes.buffer as ArrayBuffer,
    success: () => done({ tempImagePath: filePath, errMsg: '' }),
    fail: (result) => done({ tempImagePath: '', errMsg: errMsgOf(result) }),
  });
}
