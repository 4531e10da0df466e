import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuery } from '../../../p2p-core/http/query';
import type { DeviceLink } from '../../../p2p-core/api/device-link';
import { Download } from '../../../p2p-core/api/download';
import { openExchange } from '../../../p2p-core/http/client';
import type { HttpResponseHandler, HttpServerHandler } from '../../../p2p-core/http/types';
import type { ByteStream, StreamHandler } from '../../../p2p-core/session/types';
import { ErrCode } from '../../../p2p-core/index';
import type { Clock, LocalDownloadCallbacks, LocalDownloadResult } from '../../../p2p-core/index';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import { patternByte } from '../../sim/session-world-app';
import type { SimViewer } from '../../sim/session-world-viewer';
import { VirtualClock } from '../../sim/virtual-clock';

const FILE_BYTES = 300_000;

function filePart(from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let i = 0; i < bytes.length; i++) bytes[i] = patternByte(3, from + i);
  return bytes;
}

/**
 * A camera with one file. `mode` says how it answers: whole; cut: half of it, and a second later a reset; stall: half,
 * then nothing; silent: no head; wrong-offset: from byte 0 whatever was asked; no-ranges: the same, as a server that knows none.
 */
function fileCamera(seen: string[] = []): (clock: Clock) => HttpServerHandler {
  return (clock) => (request, response) => {
    seen.push(`${request.method} ${request.path}?${request.query}`);
    const params = parseQuery(request.query);
    const mode = params.get('mode') ?? 'whole';
    if (mode === 'silent') return;
    const status = Number(params.get('status') ?? 200);
    if (status >= 300) {
      response.start(status, { 'content-type': 'text/plain' });
      response.write(new TextEncoder().encode(params.get('reason') ?? 'no such file'));
      return response.end();
    }
    const size = Number(params.get('size') ?? FILE_BYTES);
    const isWhole = mode === 'wrong-offset' || mode === 'no-ranges';
    const offset = isWhole ? 0 : Number(params.get('offset') ?? 0);
    response.start(offset > 0 ? 206 : 200, {
      'content-length': String(size - offset),
      ...(mode === 'no-ranges' ? {} : { 'content-range': `bytes ${offset}-${size - 1}/${size}` }),
    });
    const end = mode === 'whole' || isWhole ? size : offset + Math.floor((size - offset) / 2);
    response.write(filePart(offset, end));
    if (mode === 'cut') clock.setTimer(() => response.abort(), 1000);
    else if (mode !== 'stall') response.end();
  };
}

/** Notes every callback, in order, and checks every byte. */
class Saved {
  readonly told: string[] = [];
  bytes = 0;
  mistake: string | null = null;
  result: LocalDownloadResult | null = null;
  onTold: ((what: string) => void) | null = null;

  constructor(private readonly from = 0) {}

  readonly callbacks: LocalDownloadCallbacks = {
    onHeadersReceived: ({ status }) => this.note(`headers ${status}`),
    onChunkReceived: (chunk) => {
      const bytes = new Uint8Array(chunk);
      for (let i = 0; i < bytes.length && this.mistake === null; i++) {
        const at = this.from + this.bytes + i;
        if (bytes[i] !== patternByte(3, at)) this.mistake = `byte ${at} is wrong`;
      }
      this.bytes += bytes.length;
      if (this.told[this.told.length - 1] !== 'chunk') this.note('chunk');
    },
    onSuccess: (result) => this.noteResult('success', result),
    onFailure: (result) => this.noteResult('failure', result),
    onError: (result) => this.noteResult('error', result),
    onComplete: () => this.note('complete'),
  };

  private noteResult(which: string, result: LocalDownloadResult): void {
    this.result = result;
    this.note(`${which} ${result.errcode}`);
  }

  private note(what: string): void {
    this.told.push(what);
    this.onTold?.(what);
  }
}

async function withCamera(
  body: (world: SessionWorld, viewer: SimViewer) => Promise<void>,
  options: Partial<SessionWorldOptions> = {},
  seen: string[] = [],
): Promise<void> {
  await inWorld({ seed: 1, isPinned: false, onRequest: fileCamera(seen), ...options }, async (world) => {
    const viewer = world.addViewer({ timeouts: { downloadMs: 4000 } });
    await viewer.getReady();
    viewer.start('a');
    await world.run(500);
    await body(world, viewer);
  });
}

describe('startLocalDownload', () => {
  test('0: asks as the guide says, and tells headers, chunks, success, complete', async () => {
    const seen: string[] = [];
    await withCamera(
      async (world, viewer) => {
        const saved = new Saved();
        const urlParams = '_crypto=off&channel=0&file_name=a b.mp4&offset=0';
        const promise = viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks);
        assert.equal(await world.result('startLocalDownload', promise), 0);
        assert.deepEqual(saved.told, ['headers 200', 'chunk', 'success 0', 'complete']);
        assert.deepEqual([saved.mistake, saved.bytes], [null, FILE_BYTES]);
        assert.equal(saved.result!.receivedBytes, FILE_BYTES);
        assert.equal(saved.result!.headers['content-length'], String(FILE_BYTES));
      },
      {},
      seen,
    );
    assert.deepEqual(seen, [
      'GET /ipc.flv?action=download&_crypto=off&channel=0&file_name=a%20b.mp4&offset=0',
    ]);
  });

  const ends: [string, string, string[], number][] = [
    ['failure when the status is 404', 'status=404', ['headers 404', 'failure -2811', 'complete'], 0],
    ['failure when the status is 302', 'status=302', ['headers 302', 'failure -2811', 'complete'], 0],
    [
      'error when the camera breaks off within the file',
      'mode=cut',
      ['headers 200', 'chunk', 'error -2807', 'complete'],
      FILE_BYTES / 2,
    ],
    [
      'error when the camera goes silent within the file',
      'mode=stall',
      ['headers 200', 'chunk', 'error -2809', 'complete'],
      FILE_BYTES / 2,
    ],
    ['error when no head comes', 'mode=silent', ['error -2809', 'complete'], 0],
    [
      'error, and no byte of it, when the camera ignores the offset',
      'mode=wrong-offset&offset=1000',
      ['headers 200', 'error -2808', 'complete'],
      0,
    ],
    [
      'error, and no byte of it, when a server behind the camera knows no ranges',
      'mode=no-ranges&offset=1000',
      ['headers 200', 'error -2808', 'complete'],
      0,
    ],
  ];
  for (const [name, urlParams, told, bytes] of ends) {
    test(`-2701: ${name}`, async () => {
      await withCamera(async (world, viewer) => {
        const saved = new Saved();
        const promise = viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks);
        assert.equal(await world.result('startLocalDownload', promise, 40_000), ErrCode.DownloadFailed);
        assert.deepEqual(saved.told, told);
        assert.equal(saved.mistake, null);
        assert.equal(saved.bytes, bytes);
        assert.equal(saved.result!.receivedBytes, saved.bytes, 'what the app has is what it is told');
        assert.notEqual(saved.result!.errmsg, '');
      });
    });
  }

  test('error when the body is shorter than its content-length', () => {
    const saved = new Saved();
    const clock = new VirtualClock();
    let peer!: StreamHandler;
    const stream = { write: (bytes: Uint8Array) => bytes.length, finish() {}, consume() {}, abort() {} };
    const open = (handler: StreamHandler): ByteStream => {
      peer = handler;
      return stream as unknown as ByteStream;
    };
    const link = {
      get: (target: string, _priority: number, handler: HttpResponseHandler) =>
        openExchange(open, { method: 'GET', target }, handler),
    };
    const settled: number[] = [];
    const download = new Download(link as unknown as DeviceLink, clock, () => undefined, {
      urlParams: 'a=1',
      callbacks: saved.callbacks,
      headTimeoutMs: 1000,
      stallMs: 30_000,
      onOver: () => undefined,
      onSettled: (errcode) => settled.push(errcode),
    });
    download.start();
    peer.onData(new TextEncoder().encode('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'));
    peer.onData(filePart(0, 9));
    peer.onEnd();
    assert.deepEqual(saved.told, ['headers 200', 'chunk', 'error -2808', 'complete']);
    assert.deepEqual([saved.bytes, saved.result!.receivedBytes], [9, 9]);
    assert.deepEqual(settled, [ErrCode.ProtocolViolation]);
    assert.equal(clock.pendingCount, 0);
  });

  test('a failure carries what the camera says, at most 64 KiB of it', async () => {
    await withCamera(async (world, viewer) => {
      const saved = new Saved();
      const reason = 'x'.repeat(3000);
      const params = [`status=404&reason=${reason}`, 'status=500&reason=disk'];
      for (const urlParams of params) {
        await world.result('d', viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks));
        const text = new TextDecoder().decode(saved.result!.data);
        assert.equal(text, urlParams.slice(urlParams.indexOf('reason=') + 7));
      }
    });
  });

  test('-2701: the link is lost within a file, and another start says so at once', async () => {
    await withCamera(async (world, viewer) => {
      const saved = new Saved();
      const urlParams = 'mode=stall';
      const call = world.call('d', viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks));
      await world.run(1000);
      world.camera.stop();
      await world.run(100);
      assert.equal(call.value, ErrCode.DownloadFailed);
      assert.deepEqual(saved.told, ['headers 200', 'chunk', 'error -2807', 'complete']);
      assert.equal(saved.result!.receivedBytes, FILE_BYTES / 2);
      const late = new Saved();
      const again = viewer.module.startLocalDownload('a', { urlParams }, late.callbacks);
      assert.equal(await world.result('again', again), ErrCode.DownloadFailed);
      assert.deepEqual(late.told, ['error -2807', 'complete']);
    });
  });

  test('-2701: onChunkReceived throws, so that nobody kept its bytes', async () => {
    await withCamera(async (world, viewer) => {
      const saved = new Saved();
      const callbacks = {
        ...saved.callbacks,
        onChunkReceived: () => {
          throw new Error('disk full');
        },
      };
      const promise = viewer.module.startLocalDownload('a', { urlParams: 'a=1' }, callbacks);
      assert.equal(await world.result('d', promise), ErrCode.DownloadFailed);
      assert.deepEqual(saved.told, ['headers 200', 'error -2701', 'complete']);
      assert.match(saved.result!.errmsg, /disk full/);
      assert.equal(saved.result!.receivedBytes, 0);
    });
  });

  test('-2401 while another file of the same id is under way; other ids and the next file are free', async () => {
    await withCamera(async (world, viewer) => {
      viewer.start('b');
      const [first, second, other] = [new Saved(), new Saved(), new Saved()];
      const start = (id: string, saved: Saved): Promise<number> =>
        viewer.module.startLocalDownload(id, { urlParams: 'file_name=x' }, saved.callbacks);
      const calls = [world.call('first', start('a', first)), world.call('other', start('b', other))];
      assert.equal(await world.result('second', start('a', second)), ErrCode.AlreadyStarted);
      assert.deepEqual(second.told, []);
      await world.until('both', () => calls.every((call) => call.value === 0));
      assert.deepEqual([first.bytes, other.bytes], [FILE_BYTES, FILE_BYTES]);
    });
  });

  test('eight at once over all ids; the ninth is told at once that it is one too many, and goes when one has ended', async () => {
    await withCamera(async (world, viewer) => {
      const ids = ['a', ...Array.from({ length: 8 }, (_, i) => `more ${i}`)];
      for (const id of ids.slice(1)) viewer.start(id);
      const start = (id: string, saved: Saved, urlParams = 'mode=stall'): Promise<number> =>
        viewer.module.startLocalDownload(id, { urlParams }, saved.callbacks);
      const running = ids.slice(0, 8).map((id) => ({ id, saved: new Saved() }));
      const calls = running.map(({ id, saved }) => world.call(id, start(id, saved)));
      await world.run(1000);
      for (const { saved } of running) assert.deepEqual(saved.told, ['headers 200', 'chunk']);
      const ninth = new Saved();
      assert.equal(await world.result('ninth', start(ids[8]!, ninth)), ErrCode.DownloadFailed);
      assert.deepEqual(ninth.told, ['error -2701', 'complete']);
      assert.match(ninth.result!.errmsg, /8 downloads are running/);
      viewer.module.stopLocalDownload('a');
      assert.equal(await world.result('again', start(ids[8]!, ninth, 'file_name=x')), ErrCode.Ok);
      assert.equal(ninth.bytes, FILE_BYTES);
      for (const id of ids) viewer.module.stopLocalDownload(id);
      await world.until('all', () => calls.every((call) => call.value === ErrCode.DownloadFailed));
    });
  });

  test('the next file may be started from onComplete', async () => {
    await withCamera(async (world, viewer) => {
      const [first, second] = [new Saved(), new Saved()];
      first.onTold = (what) => {
        if (what !== 'complete') return;
        world.call('next', viewer.module.startLocalDownload('a', { urlParams: 'n=2' }, second.callbacks));
      };
      world.call('first', viewer.module.startLocalDownload('a', { urlParams: 'n=1' }, first.callbacks));
      await world.until('the second file', () => second.told.includes('complete'));
      assert.equal(second.bytes, FILE_BYTES);
    });
  });

  test('-2000, -2002 and -2403 come without a callback', async () => {
    await withCamera(async (world, viewer) => {
      const { callbacks, told } = new Saved();
      const { module } = viewer;
      const code = (promise: Promise<number>): Promise<number> => world.result('d', promise);
      const good = { urlParams: 'a=1' };
      const { onComplete, ...withoutComplete } = callbacks;
      const bad: [unknown, unknown, unknown][] = [
        ['', good, callbacks],
        ['a', undefined, callbacks],
        ['a', { urlParams: '' }, callbacks],
        ['a', { urlParams: 'a\r\nb' }, callbacks],
        ['a', good, undefined],
        ['a', good, withoutComplete],
        ['a', good, { onComplete }],
        ['a', good, { ...callbacks, onError: 1 }],
      ];
      for (const [id, options, given] of bad) {
        const promise = module.startLocalDownload(id as string, options as typeof good, given as never);
        assert.equal(await code(promise), ErrCode.BadArgument);
      }
      assert.equal(await code(module.startLocalDownload('no', good, callbacks)), ErrCode.ServiceNotStarted);
      module.destroy();
      assert.equal(await code(module.startLocalDownload('a', good, callbacks)), ErrCode.NotInitialized);
      assert.deepEqual(told, []);
    });
  });

  for (const [name, link] of [
    ['5 % loss and reordering', { lossRate: 0.05, reorderRate: 0.05, reorderMs: 30 }],
    ['bursts of loss in a narrow path', { bitsPerSecond: 3e6, queueBytes: 30_000, lossRate: 0.01 }],
  ] as const) {
    test(`every byte arrives in its place through ${name}`, async () => {
      const size = 1_000_003;
      await withCamera(
        async (world, viewer) => {
          const saved = new Saved();
          const urlParams = `size=${size}`;
          const promise = viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks);
          assert.equal(await world.result('d', promise, 120_000), 0);
          assert.deepEqual([saved.mistake, saved.bytes], [null, size]);
        },
        { link },
      );
    });
  }

  test('a file that breaks off again and again is whole in the end, by offset', async () => {
    await withCamera(async (world, viewer) => {
      let have = 0;
      for (let part = 0; part < 6; part++) {
        const saved = new Saved(have);
        const urlParams = `mode=${part < 5 ? 'cut' : 'whole'}&offset=${have}`;
        const res = await world.result(
          'd',
          viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks),
        );
        assert.equal(saved.mistake, null);
        have += saved.result!.receivedBytes;
        assert.equal(res, part < 5 ? ErrCode.DownloadFailed : 0);
      }
      assert.equal(have, FILE_BYTES);
    });
  });

  test('a long file is never held: what is handed out at a time stays within 64 KiB', async () => {
    await withCamera(async (world, viewer) => {
      const saved = new Saved();
      let largest = 0;
      let count = 0;
      const callbacks = {
        ...saved.callbacks,
        onChunkReceived: (chunk: ArrayBuffer) => {
          largest = Math.max(largest, chunk.byteLength);
          count++;
        },
      };
      const promise = viewer.module.startLocalDownload('a', { urlParams: 'size=1000000' }, callbacks);
      assert.equal(await world.result('d', promise), 0);
      assert.deepEqual([largest, count], [65536, Math.ceil(1_000_000 / 65536)]);
    });
  });
});

describe('stopLocalDownload', () => {
  const STEP_MS = 3;
  for (const [name, stop] of [
    ['stopLocalDownload', (viewer: SimViewer) => viewer.module.stopLocalDownload('a')],
    ['stopP2PService', (viewer: SimViewer) => viewer.stop('a')],
    ['destroy', (viewer: SimViewer) => viewer.destroy()],
  ] as const) {
    test(`${name} at any moment: settles, and no callback follows`, async () => {
      for (let atMs = 0, isOver = false; !isOver; atMs += STEP_MS) {
        await withCamera(async (world, viewer) => {
          const saved = new Saved();
          const urlParams = 'size=200000';
          const call = world.call('d', viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks));
          await world.run(atMs);
          isOver = call.isSettled;
          stop(viewer);
          stop(viewer);
          const told = [...saved.told];
          await world.run(100);
          assert.deepEqual(saved.told, told, `at ${atMs} ms`);
          assert.equal(call.value, isOver ? 0 : ErrCode.DownloadFailed, `at ${atMs} ms`);
        });
      }
    });

    test(`${name} inside any callback: nothing follows, not even onComplete`, async () => {
      for (const urlParams of ['size=200000', 'status=404', 'mode=cut']) {
        for (let k = 0, isOver = false; !isOver; k++) {
          await withCamera(async (world, viewer) => {
            const saved = new Saved();
            let told = -1;
            saved.onTold = () => {
              if (saved.told.length !== k + 1 || told >= 0) return;
              told = saved.told.length;
              stop(viewer);
            };
            const promise = viewer.module.startLocalDownload('a', { urlParams }, saved.callbacks);
            await world.result('d', promise);
            await world.run(100);
            isOver = told < 0;
            if (!isOver) assert.equal(saved.told.length, told, `${urlParams}: ${saved.told.join()}`);
          });
        }
      }
    });
  }

  test('frees the id at once, and is harmless for an id without one', async () => {
    await withCamera(async (world, viewer) => {
      viewer.module.stopLocalDownload('a');
      viewer.module.stopLocalDownload('nobody');
      const [old, fresh] = [new Saved(), new Saved()];
      const first = world.call(
        'old',
        viewer.module.startLocalDownload('a', { urlParams: 'n=1' }, old.callbacks),
      );
      await world.run(60);
      viewer.module.stopLocalDownload('a');
      const again = viewer.module.startLocalDownload('a', { urlParams: 'n=2' }, fresh.callbacks);
      assert.equal(await world.result('fresh', again), 0);
      assert.equal(first.value, ErrCode.DownloadFailed);
      assert.deepEqual([fresh.bytes, fresh.mistake], [FILE_BYTES, null]);
    });
  });
});
