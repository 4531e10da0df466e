import { ErrCode } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import { BlockWriter } from './block-writer';
import type { DownloadItem, DownloadProblem } from './download-step';
import { MAX_FILE_BYTES } from './file-store';
import { FileCheck } from './file-check';
import type { FileStore } from './file-store';
import { ReprDigest } from './repr-digest';

export interface TransferOptions {
  module: P2PModule;
  /** Of the service. */
  id: string;
  channel: number;
  item: DownloadItem;
  files: FileStore;
  /** The content of the bytes that are there, and a line with the midstate of their hash; undefined: unknown. */
  content: string | undefined;
  /** Null forgets it. */
  setContent(content: string | null): void;
  /** Calls back when others have had their turn; not after `stop`. */
  later(call: () => void): void;
  /** Exactly once, unless it was stopped. */
  onEnd(problem: DownloadProblem, receivedBytes: number): void;
}

/**
 * One try to get the rest of a file. It goes on behind what is there if the camera still has the same content (ETag and
 * size); else from the start, in the next try. Where the camera names the file's hash, a file with another one is not kept:
 * it is fetched anew if the hash went on from a kept midstate, which may be what is wrong.
 */
export class FileTransfer {
  private writer: BlockWriter | null = null;
  private check: FileCheck | null = null;
  private totalBytes = 0;
  private problem: DownloadProblem = 'none';
  private isOver = false;

  constructor(private readonly options: TransferOptions) {}

  /** In the file, or about to be. */
  get receivedBytes(): number {
    return this.writer === null ? 0 : this.writer.totalBytes;
  }

  start(): void {
    const { module, id, channel, item, files } = this.options;
    let offset = 0;
    try {
      offset = Math.min(files.sizeOf(item.path), item.fileBytes);
      // A file that is there as a whole is asked for its last byte: the answer says whether it is the same one.
      if (offset > 0 && offset === item.fileBytes) offset -= 1;
      this.writer = new BlockWriter(files, item.path, offset);
    } catch {
      return this.end('storage');
    }
    const urlParams = `channel=${channel}&file_name=${encodeURIComponent(item.fileName)}&offset=${offset}`;
    const done = (errcode: number): void => this.settled(errcode);
    module
      .startLocalDownload(
        id,
        { urlParams },
        {
          onHeadersReceived: ({ status, headers }) => this.onHead(status, headers as HeaderMap, offset),
          onChunkReceived: (chunk) => this.onChunk(chunk),
          onError: ({ errcode }) => {
            if (this.problem === 'none' && errcode !== ErrCode.DownloadFailed) this.problem = 'link';
          },
          onFailure: () => {
            if (this.problem === 'none') this.problem = 'refused';
          },
          onComplete: () => {},
        },
      )
      .then(done, () => done(ErrCode.LinkLost));
  }

  /** Nothing is reported any more; what has arrived is kept. */
  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.options.module.stopLocalDownload(this.options.id);
    this.closeWriter();
  }

  private onHead(status: number, headers: HeaderMap, offset: number): void {
    if (this.isOver || status < 200 || status > 299) return;
    const lengthBytes = Number(headers['content-length']);
    const range = /\/(\d+)$/.exec(headers['content-range'] || '');
    this.totalBytes = range ? Number(range[1]) : lengthBytes;
    const content = `${headers['etag'] || ''} ${this.totalBytes}`;
    const { item, files, content: known = '', setContent } = this.options;
    const [knownContent, midstate] = known.split('\n');
    if (this.totalBytes > MAX_FILE_BYTES) {
      this.problem = 'tooLarge';
      this.closeWriter();
    } else if (offset === 0 || (status === 206 && knownContent === content)) {
      if (offset === 0) setContent(content);
      const digest = ReprDigest.of(headers['repr-digest'], midstate, offset);
      if (digest !== null && this.writer !== null) {
        this.check = new FileCheck(digest, this.writer, (kept) => {
          try {
            setContent(`${content}\n${kept}`);
          } catch {
            // Then a later try reads the file back.
          }
        });
      }
    } else {
      // What is there belongs to something else: the next try begins anew.
      this.problem = 'incomplete';
      this.closeWriter();
      setContent(null);
      files.remove(item.path);
    }
  }

  private onChunk(chunk: ArrayBuffer): void {
    const { writer, check } = this;
    // What is thrown ends the download: there is nowhere to keep the rest.
    if (writer === null) throw new Error('not wanted');
    try {
      writer.add(chunk);
      if (check !== null) check.onChunk(chunk);
    } catch (cause) {
      this.problem = 'storage';
      throw cause;
    }
  }

  private settled(errcode: number): void {
    if (this.isOver) return;
    const { receivedBytes, check, problem } = this;
    const isWhole = problem === 'none' && errcode === ErrCode.Ok && receivedBytes === this.totalBytes;
    if (isWhole && check !== null) return this.verify(check);
    if (!this.closeWriter()) return this.end('storage');
    if (problem !== 'none') return this.end(problem);
    if (errcode !== ErrCode.Ok) return this.end('link');
    this.end(isWhole ? 'none' : 'incomplete');
  }

  private verify(check: FileCheck): void {
    if (this.isOver) return;
    try {
      if (check.readOn()) return this.options.later(() => this.verify(check));
    } catch {
      this.closeWriter();
      return this.end('storage');
    }
    if (!this.closeWriter()) return this.end('storage');
    const isMatch = check.isMatch();
    if (isMatch) return this.end('none');
    const { item, files, setContent } = this.options;
    setContent(null);
    files.remove(item.path);
    this.end(check.isResumed ? 'incomplete' : 'damaged');
  }

  private end(problem: DownloadProblem): void {
    this.isOver = true;
    const { item, files, onEnd } = this.options;
    let receivedBytes = 0;
    try {
      receivedBytes = files.sizeOf(item.path);
    } catch {
      // A file that cannot be looked at has nothing.
    }
    onEnd(problem, receivedBytes);
  }

  /** False when the last block could not be written. */
  private closeWriter(): boolean {
    const { writer, check } = this;
    this.writer = null;
    try {
      if (writer === null) return true;
      writer.close();
      if (check !== null) check.onWritten();
      return true;
    } catch {
      return false;
    }
  }
}

type HeaderMap = Readonly<Record<string, string | undefined>>;
