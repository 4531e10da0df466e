import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { LocalDownloadCallbacks, LocalDownloadOptions } from '../../../p2p-core/index';
import { DownloadStore } from '../../../store/download/download-store';
import type { DownloadEmission } from '../../../store/download/download-store';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { FeatureModule } from '../support/feature-module';
import { VirtualEnvironment, settled } from '../support/virtual-environment';
import { MemoryFiles as MediaFiles } from '../snapshot/memory-files';
import { MemoryFiles } from './memory-files';

const CHUNK_BYTES = 64 * 1024;
export const MB = 1024 * 1024;
const TARGET = {
  id: 'cam',
  streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: 'ticket' },
};
const START_S = new Date(2026, 2, 10, 10).getTime() / 1000;

export const contentOf = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 2_654_435_761) >>> 13) & 255);

export interface CameraFile {
  bytes: Uint8Array;
  etag: string;
  /** What the list says; default: the truth. */
  listedBytes?: number;
  /** `Repr-Digest`; default: none. */
  digest?: string;
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha-512=:AAAA:, sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

/** A camera with files, which sends a chunk for each call of `pump` and can break off behind any. */
export class FileModule extends FeatureModule {
  readonly asked: string[] = [];
  running: {
    callbacks: LocalDownloadCallbacks;
    rest: Uint8Array;
    sent: number;
    end(code: number): void;
  } | null = null;

  constructor(readonly cameraFiles: Map<string, CameraFile>) {
    super();
    this.answerWith = () => ({
      type: 'success',
      status: 200,
      errcode: 0,
      errmsg: '',
      data: JSON.stringify({
        file_list: [...this.cameraFiles].map(([file_name, { bytes, listedBytes }], i) => ({
          file_name,
          file_size: String(listedBytes ?? bytes.length),
          start_time: String(START_S + i * 60),
          end_time: String(START_S + i * 60 + 60),
        })),
      }),
    });
  }

  override startLocalDownload(
    _id: string,
    { urlParams }: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number> {
    assert.equal(this.running, null, 'one at a time');
    this.asked.push(urlParams);
    const params = new URLSearchParams(urlParams);
    const file = this.cameraFiles.get(params.get('file_name')!);
    const offset = Number(params.get('offset'));
    return new Promise((resolve) => {
      const end = (code: number): void => {
        this.running = null;
        callbacks.onComplete();
        resolve(code);
      };
      if (!file) {
        callbacks.onFailure!({ status: 404, headers: {}, errcode: -2811, errmsg: '', receivedBytes: 0 });
        return resolve(-2701);
      }
      const { bytes, etag, digest } = file;
      const range =
        offset > 0 ? { 'content-range': `bytes ${offset}-${bytes.length - 1}/${bytes.length}` } : {};
      const headers = {
        etag,
        'content-length': String(bytes.length - offset),
        ...range,
        ...(digest === undefined ? {} : { 'repr-digest': digest }),
      };
      this.running = { callbacks, rest: bytes.subarray(offset), sent: 0, end };
      callbacks.onHeadersReceived!({ status: offset > 0 ? 206 : 200, headers });
    });
  }

  override stopLocalDownload(): void {
    this.running = null;
  }

  /** One chunk, or the end. False when nothing runs. */
  pump(): boolean {
    const { running } = this;
    if (running === null) return false;
    const chunk = running.rest.slice(running.sent, running.sent + CHUNK_BYTES);
    running.sent += chunk.length;
    try {
      if (chunk.length > 0) running.callbacks.onChunkReceived(chunk.buffer as ArrayBuffer);
    } catch {
      running.callbacks.onError!({ status: 200, headers: {}, errcode: -2701, errmsg: '', receivedBytes: 0 });
      running.end(-2701);
      return true;
    }
    if (running.sent >= running.rest.length) running.end(0);
    return true;
  }

  breakOff(): void {
    const { running } = this;
    if (running === null) return;
    running.callbacks.onError!({ status: 200, headers: {}, errcode: -2806, errmsg: '', receivedBytes: 0 });
    running.end(-2701);
  }
}

export class World {
  readonly environment = new VirtualEnvironment();
  readonly emissions: DownloadEmission[] = [];
  readonly media = new MediaFiles();
  readonly album: string[] = [];
  isAllowed = true;
  readonly module: FileModule;
  readonly owner;
  readonly store: DownloadStore;

  constructor(
    files: Record<string, CameraFile>,
    readonly disk = new MemoryFiles(),
  ) {
    this.module = new FileModule(new Map(Object.entries(files)));
    this.owner = createModuleOwner({ module: this.module, appParams: {}, environment: this.environment });
    this.store = new DownloadStore({
      owner: this.owner,
      target: TARGET,
      locale: createLocale('en'),
      files: disk,
      records: disk,
      media: this.media,
      album: {
        save: (media, filePath, done) => {
          this.album.push(`${media} ${filePath} ${this.media.files.has(filePath)}`);
          done(null);
        },
      },
      permission: { request: async () => this.isAllowed, openSettings: async () => this.isAllowed },
      folder: 'usr',
      emit: (emission) => this.emissions.push(emission),
    });
  }

  async pumpAll(): Promise<void> {
    await settled();
    while (this.module.pump()) await settled();
  }

  row(fileName: string) {
    return this.store.rows.find((each) => each.fileName === fileName)!;
  }

  assertGone(): void {
    this.store.destroy();
    assert.equal(this.environment.pendingTimers, 0);
    assert.equal(this.module.services.size, 0);
    assert.equal(this.disk.openCount, 0);
  }
}
