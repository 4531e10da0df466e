import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Recordings } from '../../devkit/camera/recordings';
import type { LocalDownloadCallbacks, LocalDownloadOptions } from '../../p2p-core/index';
import { FeatureModule } from '../store/support/feature-module';
import { createTestHost, tick } from '../support/component-host';
import type { TestComponent, TestHost } from '../support/component-host';
import { CAMERA, found } from './support/player-host';

const DOWNLOAD = 'components/iot-p2p-download/iot-p2p-download';
const START_S = new Date(2026, 2, 9, 10).getTime() / 1000;
const FILE_BYTES = 150_000;
const DIGEST = `sha-256=:${createHash('sha256')
  .update(Uint8Array.from({ length: FILE_BYTES }, (_, i) => i & 255))
  .digest('base64')}:`;

/** A camera that sends what the test lets go. */
class FileModule extends FeatureModule {
  readonly asked: string[] = [];
  callbacks: LocalDownloadCallbacks | null = null;
  private done: (code: number) => void = () => {};
  private offset = 0;

  override startLocalDownload(
    _id: string,
    { urlParams }: LocalDownloadOptions,
    callbacks?: LocalDownloadCallbacks,
  ): Promise<number> {
    this.asked.push(urlParams);
    this.callbacks = callbacks!;
    this.offset = Number(new URLSearchParams(urlParams).get('offset'));
    return new Promise((resolve) => {
      this.done = resolve;
      const range = `bytes ${this.offset}-${FILE_BYTES - 1}/${FILE_BYTES}`;
      callbacks!.onHeadersReceived!({
        status: this.offset > 0 ? 206 : 200,
        headers: {
          etag: '"1"',
          'repr-digest': DIGEST,
          'content-length': String(FILE_BYTES - this.offset),
          ...(this.offset > 0 ? { 'content-range': range } : {}),
        },
      });
    });
  }

  send(byteCount: number): void {
    const chunk = Uint8Array.from({ length: byteCount }, (_, i) => (this.offset + i) & 255);
    this.offset += byteCount;
    this.callbacks!.onChunkReceived(chunk.buffer);
  }

  end(): void {
    this.callbacks!.onComplete();
    this.done(0);
  }
}

/** The calls of FileSystemManager that downloads use, on memory. */
function createFiles() {
  const files = new Map<string, Uint8Array>();
  const open = new Map<string, string>();
  const need = (path: string): Uint8Array => files.get(path) ?? assert.fail(`no such file: ${path}`);
  return {
    files,
    open,
    manager: {
      statSync: (path: string, isRecursive = false) =>
        isRecursive
          ? [...files.values()].map(({ length }) => ({ stats: { size: length } }))
          : { size: need(path).length },
      readSync({
        fd,
        arrayBuffer,
        length,
        position,
      }: Record<string, unknown> & { arrayBuffer: ArrayBuffer }) {
        const bytes = need(open.get(fd as string)!).subarray(
          Number(position),
          Number(position) + Number(length),
        );
        new Uint8Array(arrayBuffer).set(bytes);
        return { bytesRead: bytes.length };
      },
      accessSync: (path: string) => void need(path),
      openSync({ filePath, flag }: { filePath: string; flag: string }) {
        if (flag === 'w+') files.set(filePath, new Uint8Array(0));
        else need(filePath);
        open.set('fd', filePath);
        return 'fd';
      },
      writeSync({ fd, data, length, position }: Record<string, unknown> & { data: ArrayBuffer }) {
        const path = open.get(fd as string)!;
        const before = need(path);
        const after = new Uint8Array(Math.max(before.length, Number(position) + Number(length)));
        after.set(before);
        after.set(new Uint8Array(data, 0, Number(length)), Number(position));
        files.set(path, after);
        return { bytesWritten: length };
      },
      closeSync: ({ fd }: { fd: string }) => void open.delete(fd),
      unlinkSync: (path: string) => void files.delete(path),
    },
  };
}

let host: TestHost;
let module: FileModule;
let disk: ReturnType<typeof createFiles>;
let albumPaths: string[];
let isAllowed: boolean;

beforeEach(() => {
  const file = { byteCount: FILE_BYTES, etag: '"1"', open: () => assert.fail('the list reads no file') };
  const flvIndex = () => assert.fail('the list reads no index');
  const clip = { fileName: 'a.mp4', startS: START_S, endS: START_S + 120, type: 0, file, flvIndex };
  module = new FileModule({ recordings: new Recordings([clip]) });
  disk = createFiles();
  albumPaths = [];
  isAllowed = true;
  host = createTestHost({
    components: [DOWNLOAD],
    wx: {
      onNetworkStatusChange: () => {},
      offNetworkStatusChange: () => {},
      getFileSystemManager: () => disk.manager,
      getSetting: ({ success }: { success: (result: object) => void }) =>
        success({ authSetting: { 'scope.writePhotosAlbum': isAllowed } }),
      openSetting({ success }: { success: (result: object) => void }) {
        isAllowed = true;
        success({ authSetting: { 'scope.writePhotosAlbum': true } });
      },
      saveVideoToPhotosAlbum({ filePath, success }: { filePath: string; success: () => void }) {
        albumPaths.push(filePath);
        success();
      },
    },
  });
  host
    .require<{ configureP2P(config: object): void }>('store/index.js')
    .configureP2P({ module, appParams: {} });
});
afterEach(() => host.dispose());

async function shown(): Promise<TestComponent> {
  const component = host.render(DOWNLOAD, { ...CAMERA, date: '2026-03-09' });
  await tick(20);
  return component;
}

async function tap(component: TestComponent, selector: string): Promise<void> {
  found(component, selector).trigger('tap');
  await tick(20);
}

describe('iot-p2p-download', () => {
  test('lists the files of the day, fetches one, and saves it to the album', async () => {
    const component = await shown();
    assert.match(component.text(), /10:00 – 10:02/);
    assert.match(component.text(), /0\.1 MB/);
    const events = component.record('downloaded');
    const saved = component.record('albumSaved');
    await tap(component, '.action');
    assert.deepEqual(module.asked, ['channel=0&file_name=a.mp4&offset=0']);
    module.send(FILE_BYTES);
    module.end();
    await tick(20);
    const path = 'http://usr/p2p-cam-0-a.mp4';
    assert.deepEqual(events, [{ fileName: 'a.mp4', path, fileBytes: FILE_BYTES }]);
    assert.ok(disk.files.get(path)!.every((byte, i) => byte === (i & 255)));
    assert.equal(disk.open.size, 0);
    await tap(component, '.action');
    assert.deepEqual([albumPaths, saved], [[path], [{ fileName: 'a.mp4', isSoundLeftOut: false }]]);
  });

  test('shows any day with recordings: the calendar marks them', async () => {
    const component = await shown();
    const days = found(component, '.picker');
    found(days, '.next').trigger('tap');
    await tick(20);
    assert.match(component.text(), /2026-03-10/);
    assert.match(component.text(), /Nothing was recorded/);
    found(days, '.day').trigger('tap');
    await tick(20);
    assert.deepEqual(
      days.findAll('.dot').map((dot) => dot.element.parentElement!.textContent),
      ['9'],
    );
    days.findAll('.date')[8]!.trigger('tap');
    await tick(20);
    assert.match(component.text(), /10:00 – 10:02/);
  });

  test('says so when the album is not allowed, leads to the settings, and saves what is allowed there', async () => {
    isAllowed = false;
    const component = await shown();
    const errors = component.record('albumError');
    await tap(component, '.action');
    module.send(FILE_BYTES);
    module.end();
    await tick(20);
    await tap(component, '.action');
    assert.equal((errors[0] as { isRefused: boolean }).isRefused, true);
    assert.deepEqual(albumPaths, []);
    assert.equal(found(component, '.action').element.textContent, 'Settings');
    await tap(component, '.action');
    assert.equal(albumPaths.length, 1);
    assert.match(component.text(), /Saved to the album/);
  });

  test('pauses, and goes on behind what is there; another instance does so too', async () => {
    const component = await shown();
    await tap(component, '.action');
    module.send(60_000);
    await tap(component, '.action');
    assert.match(component.text(), /Paused/);
    await tap(component, '.action');
    assert.match(module.asked[1]!, /offset=60000$/);
    module.send(30_000);
    component.detach();
    assert.deepEqual([module.services.size, disk.open.size], [0, 0]);
    const second = await shown();
    assert.match(second.text(), /Not finished last time/);
    await tap(second, '.action');
    assert.match(module.asked[2]!, /offset=90000$/);
    module.send(60_000);
    module.end();
    await tick(20);
    assert.match(second.text(), /Downloaded/);
    await tap(second, '.cancel');
    assert.equal(disk.files.size, 0);
  });
});
