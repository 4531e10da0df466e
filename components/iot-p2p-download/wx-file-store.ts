import type { ContentRecords, FileStore } from '../../store/index';

const KEY = 'iot-p2p-downloads';

/** The mini program's file system, by descriptors: appending to a file opens and closes it each time. */
export const wxFileStore: FileStore = {
  usedBytes() {
    const found = wx.getFileSystemManager().statSync(wx.env.USER_DATA_PATH, true);
    return Array.isArray(found) ? found.reduce((sum, { stats }) => sum + stats.size, 0) : 0;
  },

  sizeOf(path) {
    const files = wx.getFileSystemManager();
    try {
      return (files.statSync(path) as { size: number }).size;
    } catch {
      return 0;
    }
  },

  open(path) {
    const files = wx.getFileSystemManager();
    let isThere = true;
    try {
      files.accessSync(path);
    } catch {
      isThere = false;
    }
    // 'a' would ignore positions, and 'w' empties what is there.
    const fd = files.openSync({ filePath: path, flag: isThere ? 'r+' : 'w+' });
    return {
      write(data, byteCount, position) {
        const { bytesWritten } = files.writeSync({ fd, data, offset: 0, length: byteCount, position });
        if (bytesWritten !== byteCount) throw new Error(`${bytesWritten} of ${byteCount} bytes were written`);
      },
      read: (arrayBuffer, byteCount, position) =>
        files.readSync({ fd, arrayBuffer, offset: 0, length: byteCount, position }).bytesRead,
      close: () => files.closeSync({ fd }),
    };
  },

  remove: (path) => wx.getFileSystemManager().unlinkSync(path),
};

export const wxContentRecords: ContentRecords = {
  load: () => wx.getStorageSync(KEY) || {},
  save: (records) => wx.setStorageSync(KEY, records),
};
