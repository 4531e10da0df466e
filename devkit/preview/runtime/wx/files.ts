import { answer, type WxCallbacks } from './result';

interface OpenOptions extends WxCallbacks {
  filePath: string;
  flag?: string;
}

interface WriteOptions extends WxCallbacks {
  fd: string;
  data: ArrayBuffer;
  offset?: number;
  length?: number;
  position?: number;
}

interface ReadOptions extends WxCallbacks {
  fd: string;
  arrayBuffer: ArrayBuffer;
  offset?: number;
  length?: number;
  position?: number;
}

/** A mini program's own files: as much as WeChat gives it. */
const MAX_FILE_BYTES = 100 * 1024 * 1024;

/** Set by the phone; unit tests may have no files. */
let urlOfFile: (path: string) => string | null = () => null;

/** What an `<image>` loads for its `src`: a file of the mini program is given by a URL of the browser. */
export function urlOfSource(source: string): string {
  return urlOfFile(source) ?? source;
}

/** `wx.getFileSystemManager()` in the page's memory, as far as recordings and downloads use it; the album is a download of the browser. */
export class Files {
  private readonly files = new Map<string, Uint8Array>();
  private readonly open = new Map<string, string>();
  private readonly urls = new WeakMap<Uint8Array, string>();
  private nextDescriptor = 1;

  /** @param isFull nothing can be written */
  constructor(private readonly isFull = false) {}

  private readonly manager = {
    open: (options: OpenOptions) =>
      answer('open', options, () => {
        const fd = String(this.nextDescriptor++);
        this.open.set(fd, options.filePath);
        if (options.flag?.startsWith('w')) this.files.set(options.filePath, new Uint8Array(0));
        return { fd };
      }),
    write: (options: WriteOptions) => answer('write', options, () => this.writeBytes(options)),
    read: (options: ReadOptions) => answer('read', options, () => this.readBytes(options)),
    fstat: (options: WxCallbacks & { fd: string }) =>
      answer('fstat', options, () => ({ stats: { size: this.bytesOf(this.pathOf(options.fd)).length } })),
    writeFile: (options: WxCallbacks & { filePath: string; data: ArrayBuffer }) =>
      answer('writeFile', options, () => {
        this.files.set(options.filePath, new Uint8Array(options.data.slice(0)));
        return {};
      }),
    close: (options: WxCallbacks & { fd: string }) =>
      answer('close', options, () => {
        if (!this.open.delete(options.fd)) throw new Error('bad file descriptor');
        return {};
      }),
    /** The calls that downloads use: the camera sends on only as fast as they return. */
    accessSync: (path: string) => void this.bytesOf(path),
    statSync: (path: string, isRecursive = false) =>
      isRecursive
        ? [...this.files]
            .filter(([name]) => name.startsWith(path))
            .map(([name, { length }]) => ({ path: name, stats: { size: length } }))
        : { size: this.bytesOf(path).length },
    readSync: (options: Omit<ReadOptions, keyof WxCallbacks>) => this.readBytes(options),
    openSync: ({ filePath, flag = 'r' }: { filePath: string; flag?: string }) => {
      if (flag.startsWith('w')) this.files.set(filePath, new Uint8Array(0));
      this.bytesOf(filePath);
      const fd = String(this.nextDescriptor++);
      this.open.set(fd, filePath);
      return fd;
    },
    writeSync: (options: Omit<WriteOptions, keyof WxCallbacks>) => this.writeBytes(options),
    closeSync: ({ fd }: { fd: string }) => void this.open.delete(fd),
    unlinkSync: (path: string) => {
      this.bytesOf(path);
      this.remove(path);
    },
    unlink: (options: WxCallbacks & { filePath: string }) =>
      answer('unlink', options, () => {
        if (!this.remove(options.filePath)) throw new Error(`no such file: ${options.filePath}`);
        return {};
      }),
  };

  /** Good until the file is written or removed; null when there is no such file. */
  private urlOf(path: string): string | null {
    const bytes = this.files.get(path);
    if (bytes === undefined) return null;
    let url = this.urls.get(bytes);
    if (url === undefined) {
      url = URL.createObjectURL(new Blob([bytes.slice().buffer]));
      this.urls.set(bytes, url);
    }
    return url;
  }

  private remove(path: string): boolean {
    const bytes = this.files.get(path);
    const url = bytes && this.urls.get(bytes);
    if (url !== undefined) URL.revokeObjectURL(url);
    return this.files.delete(path);
  }

  private bytesOf(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`no such file: ${path}`);
    return bytes;
  }

  private pathOf(fd: string): string {
    const path = this.open.get(fd);
    if (path === undefined) throw new Error('bad file descriptor');
    return path;
  }

  private readBytes({
    fd,
    arrayBuffer,
    offset = 0,
    length = arrayBuffer.byteLength - offset,
    position = 0,
  }: Omit<ReadOptions, keyof WxCallbacks>): { bytesRead: number; arrayBuffer: ArrayBuffer } {
    const bytes = this.bytesOf(this.pathOf(fd)).subarray(position, position + length);
    new Uint8Array(arrayBuffer).set(bytes, offset);
    return { bytesRead: bytes.length, arrayBuffer };
  }

  private writeBytes({
    fd,
    data,
    offset = 0,
    length = data.byteLength - offset,
    position,
  }: Omit<WriteOptions, keyof WxCallbacks>): { bytesWritten: number } {
    const path = this.pathOf(fd);
    const before = this.files.get(path) ?? new Uint8Array(0);
    const start = position ?? before.length;
    if (this.isFull) throw new Error('the maximum size of the file storage limit is exceeded');
    if (start + length > MAX_FILE_BYTES) throw new Error('the maximum size of the file is exceeded');
    const after = new Uint8Array(Math.max(before.length, start + length));
    after.set(before);
    after.set(new Uint8Array(data, offset, length), start);
    this.files.set(path, after);
    return { bytesWritten: length };
  }

  api() {
    urlOfFile = (path) => this.urlOf(path);
    const save = (name: string, type: string) => (options: WxCallbacks & { filePath: string }) =>
      answer(name, options, async () => {
        const { filePath } = options;
        const bytes = this.files.get(filePath);
        const link = document.createElement('a');
        // A snapshot is a data: URL, which the page may show and save, but not fetch.
        link.href = bytes ? URL.createObjectURL(new Blob([bytes.slice().buffer], { type })) : filePath;
        link.download = bytes ? (filePath.split('/').pop() as string) : 'snapshot.jpg';
        link.click();
        if (bytes) setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
        return {};
      });
    return {
      getFileSystemManager: () => this.manager,
      saveImageToPhotosAlbum: save('saveImageToPhotosAlbum', 'image/jpeg'),
      saveVideoToPhotosAlbum: save('saveVideoToPhotosAlbum', 'video/mp4'),
    };
  }
}
