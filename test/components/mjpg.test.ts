import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { click, createTestHost, tick, until as waitFor } from '../support/component-host';
import type { TestComponent, TestHost } from '../support/component-host';
import { FakeModule } from '../store/support/fake-module';
import { CAMERA, found } from './support/player-host';

const MJPG = 'components/iot-p2p-mjpg-player/iot-p2p-mjpg-player';
const URL_PARAMS = 'action=live-mjpg&channel=0';

/** A canvas whose images are there after a moment, 320 by 180, unless their bytes say `bad`. */
class FakeCanvas {
  width = 0;
  height = 0;
  readonly drawn: { src: string; rect: number[]; transform: number[] }[] = [];
  private transform: number[] = [];

  getContext() {
    return {
      setTransform: (...values: number[]) => void (this.transform = values),
      clearRect: () => {},
      drawImage: (image: { src: string }, ...rect: number[]) =>
        void this.drawn.push({ src: image.src, rect, transform: this.transform }),
    };
  }

  createImage() {
    const image = {
      width: 0,
      height: 0,
      onload: null as (() => void) | null,
      onerror: null as (() => void) | null,
      source: '',
      get src() {
        return image.source;
      },
      set src(source: string) {
        image.source = source;
        setTimeout(() => {
          if (source.includes('bad')) return image.onerror?.();
          image.width = 320;
          image.height = 180;
          image.onload?.();
        }, 0);
      },
    };
    return image;
  }
}

let module: FakeModule;
let canvas: FakeCanvas | null;
let box: { width: number; height: number };
let files: Map<string, string>;
let album: string[];
let isAlbumAllowed: boolean;
let host: TestHost;

beforeEach(() => {
  module = new FakeModule();
  canvas = new FakeCanvas();
  box = { width: 375, height: 211 };
  files = new Map();
  album = [];
  isAlbumAllowed = true;
  const query = {
    in: () => query,
    select: () => query,
    fields: (_wanted: object, done: (field: unknown) => void) => {
      setTimeout(() => done({ node: canvas ?? undefined, ...box }), 0);
      return query;
    },
    exec: () => {},
  };
  host = createTestHost({
    components: [MJPG],
    wx: {
      onNetworkStatusChange: () => {},
      offNetworkStatusChange: () => {},
      createSelectorQuery: () => query,
      arrayBufferToBase64: (bytes: ArrayBuffer) => Buffer.from(bytes).toString(),
      getFileSystemManager: () => ({
        writeFile: ({
          filePath,
          data,
          success,
        }: {
          filePath: string;
          data: ArrayBuffer;
          success(): void;
        }) => {
          files.set(filePath, Buffer.from(data).toString());
          success();
        },
      }),
      getSetting: ({ success }: { success(result: object): void }) =>
        success({ authSetting: { 'scope.writePhotosAlbum': isAlbumAllowed } }),
      saveImageToPhotosAlbum: ({ filePath, success }: { filePath: string; success(): void }) => {
        album.push(filePath);
        success();
      },
    },
  });
  const store = host.require<{ configureP2P(config: object): void }>('store/index.js');
  store.configureP2P({ module, appParams: {} });
});
afterEach(() => host.dispose());

const part = (body: string): string => `--f\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;

function send(...bodies: string[]): void {
  const bytes = Buffer.from(bodies.map(part).join(''));
  module.streams.get('cam')?.(Uint8Array.from(bytes).buffer);
}

/** Engine, canvas and bindings flush by timers: a condition is waited for instead of a time. */
const until = (what: string, holds: () => unknown): Promise<void> => waitFor(() => Boolean(holds()), what);

/** A rendered player that has asked the camera for its stream. */
async function pulling(properties: object = {}): Promise<TestComponent> {
  const player = host.render(MJPG, { ...CAMERA, ...properties });
  await until('the stream is asked for', () => module.streams.size === 1);
  return player;
}

async function picture(properties: object = {}): Promise<TestComponent> {
  const player = await pulling(properties);
  module.notify('cam', 'request');
  module.notify('cam', 'parsed', { status: 200 });
  send('one');
  await until('the picture is there', () => shown().length > 0 && player.find('.veil') === null);
  return player;
}

const shown = (): string[] => canvas!.drawn.map(({ src }) => src.replace(/^data:image\/jpeg;base64,/, ''));

describe('iot-p2p-mjpg-player', () => {
  test('begins nothing when the canvas is found after the component is gone', async () => {
    const answers: ((field: object) => void)[] = [];
    const query = {
      in: () => query,
      select: () => query,
      fields: (_wanted: object, done: (field: object) => void) => (answers.push(done), query),
      exec: () => {},
    };
    host.wx['createSelectorQuery'] = () => query;
    const player = host.render(MJPG, CAMERA);
    await until('the canvas is looked for', () => answers.length > 0);
    let count = 0;
    const { getContext } = canvas!;
    canvas!.getContext = () => (count++, getContext.call(canvas));
    player.detach();
    for (const answer of answers) answer({ node: canvas, ...box });
    assert.equal(count, 0);
  });

  test('asks the camera for its pictures and draws them, without plugin and without live-player', async () => {
    const player = await picture();
    assert.ok(module.calls.includes(`startStream cam ipc.flv?${URL_PARAMS}`), module.calls.join());
    assert.deepEqual(shown(), ['one']);
    assert.equal(player.find('.veil'), null);
    assert.deepEqual([canvas!.width, canvas!.height], [375, 211]);
    const { rect, transform } = canvas!.drawn[0]!;
    assert.deepEqual(transform, [1, 0, 0, 1, 187.5, 105.5]);
    assert.deepEqual(rect.map(Math.round), [-187, -105, 375, 211]);
  });

  test('has the states, the events and the methods of the live player', async () => {
    const player = await pulling();
    const starts = player.record('playStart');
    const views = player.record('viewChange') as { phase: string }[];
    send('one');
    await until('it plays', () => views.at(-1)?.phase === 'playing');
    assert.equal(starts.length, 1);
    module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    await until('the failure is shown', () => /The camera is offline/.test(player.text()));
    click(found(player, '.button'));
    await until('it pulls again', () => module.streams.size === 1);
    send('two');
    await until('the next picture is drawn', () => shown().at(-1) === 'two');
  });

  test('calls setData for no picture', async () => {
    const player = await picture({ maxFps: 0 });
    await tick(50);
    let calls = 0;
    const count = (instance: object): void => {
      const target = instance as { setData: (change: object) => void };
      const { setData } = target;
      target.setData = function counted(change) {
        calls++;
        setData.call(this, change);
      };
    };
    count(player.instance);
    count(found(player, '.player').instance!);
    for (let i = 0; i < 50; i++) {
      send(`picture ${i}`);
      await tick(1);
    }
    assert.ok(shown().length > 20, `${shown().length} drawn`);
    assert.equal(calls, 0);
  });

  test('fits, fills and turns the picture, and follows the size of its box', async () => {
    const player = await picture({ maxFps: 0 });
    await player.setProperties({ objectFit: 'fillCrop' });
    box = { width: 200, height: 200 };
    await player.setProperties({ orientation: 'horizontal' });
    await until('it is drawn anew', () => canvas!.width === 200 && canvas!.drawn.at(-1)?.transform[1] === -1);
    const { rect, transform } = canvas!.drawn.at(-1)!;
    assert.deepEqual([canvas!.width, canvas!.height], [200, 200]);
    assert.deepEqual(transform, [0, -1, 1, 0, 100, 100]);
    assert.deepEqual(rect.map(Math.round), [-178, -100, 356, 200]);
    await player.setProperties({ objectFit: 'contain' });
    await until('it fits', () => canvas!.drawn.at(-1)!.rect[2] === 200);
    assert.deepEqual(canvas!.drawn.at(-1)!.rect.map(Math.round), [-100, -56, 200, 113]);
  });

  test('a snapshot is the camera’s own JPEG, told by an event and put into the album', async () => {
    const player = await picture({ savesToAlbum: true });
    const snapshots = player.record('snapshot') as { tempImagePath: string }[];
    const saved = player.record('albumSaved');
    click(found(player, '.snapshot'));
    await until('it is in the album', () => saved.length === 1);
    const { tempImagePath } = snapshots[0]!;
    assert.equal(files.get(tempImagePath), 'one');
    assert.deepEqual(album, [tempImagePath]);
    assert.deepEqual(saved, [{ filePath: tempImagePath }]);
    await until('the notice is shown', () => /Saved to the album/.test(player.text()));
  });

  test('without a permission for the album it says so, with the way to the settings', async () => {
    isAlbumAllowed = false;
    const player = await picture({ savesToAlbum: true });
    const errors = player.record('albumError');
    click(found(player, '.snapshot'));
    await until('the notice is shown', () => /The album is not allowed.*Settings/.test(player.text()));
    assert.deepEqual(errors, [{ kind: 'refused', errMsg: '' }]);
  });

  test('stops by its button, keeps the link, and plays again', async () => {
    const player = await picture();
    click(found(player, '.stop'));
    await until('the stream is stopped', () => module.streams.size === 0 && player.find('.big-play'));
    assert.equal(module.services.size, 1);
    click(found(player, '.big-play'));
    await until('it pulls again', () => module.streams.size === 1);
    send('again');
    await until('the picture is there', () => shown().at(-1) === 'again');
  });

  test('hides its buttons where the host has its own', async () => {
    const player = await picture({ controls: false });
    assert.equal(player.find('.bar'), null);
  });

  test('where there is no canvas, says that the player did not start', async () => {
    canvas = null;
    const player = host.render(MJPG, CAMERA);
    const errors = player.record('playError') as { errType: string }[];
    await until('it says so', () => /The player did not start/.test(player.text()));
    assert.equal(errors[0]?.errType, 'PlayerError');
  });

  test('detached at any moment, leaves no service and draws nothing more', async () => {
    const moments: (() => unknown)[] = [
      () => {},
      () => tick(0),
      () => until('the stream is asked for', () => module.streams.size === 1),
      () => send('one'),
      () => tick(0),
      () => send('two', 'three'),
    ];
    for (let last = 0; last < moments.length; last++) {
      const player = host.render(MJPG, CAMERA);
      for (const moment of moments.slice(0, last + 1)) await moment();
      player.detach();
      const count = canvas!.drawn.length;
      send('late');
      await tick(10);
      assert.equal(module.services.size, 0, `after moment ${last}`);
      assert.equal(canvas!.drawn.length, count, `after moment ${last}`);
    }
  });
});
