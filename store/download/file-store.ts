/** Where downloads are kept. Calls are synchronous: the camera sends on only as fast as they return. All may throw. */
export interface FileStore {
  /** Bytes of everything the app keeps, downloads or not. */
  usedBytes(): number;
  /** Bytes of a file; 0 where there is none. */
  sizeOf(path: string): number;
  /** Opens for writing and keeps what is there; makes the file where there is none. */
  open(path: string): OpenFile;
  remove(path: string): void;
}

export interface OpenFile {
  /** Writes the first `byteCount` bytes of `data` at `position`; throws when not all were written. `data` is borrowed. */
  write(data: ArrayBuffer, byteCount: number, position: number): void;
  /** Reads up to `byteCount` bytes from `position` on into `data`; returns how many. */
  read(data: ArrayBuffer, byteCount: number, position: number): number;
  close(): void;
}

/** What outlives the app: path → which content the bytes there are (ETag and size). */
export interface ContentRecords {
  load(): Readonly<Record<string, string>>;
  save(records: Readonly<Record<string, string>>): void;
}

/** What WeChat lets a mini program keep: of one file, and of all of them. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
export const MAX_TOTAL_BYTES = 200 * 1024 * 1024;
