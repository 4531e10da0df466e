import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../../p2p-core/bytes/hex';
import { createFlvReader } from '../../../p2p-core/flv/tag-reader';
import { ErrCode } from '../../../p2p-core/index';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';
import { LiveServer } from '../swarm/support/live-server';
import { publish } from '../swarm/support/publisher';

const URL = 'https://live.example/room/7.flv?token=secret';

/** One viewer of a shared stream. */
class Watcher {
  readonly server: LiveServer;
  readonly heard: Heard;
  readonly texts: string[] = [];
  error = '';
  private readonly reader = createFlvReader({ onTag: ({ data }) => void this.texts.push(toHex(data)) });

  constructor(
    readonly world: SessionWorld,
    readonly viewer: SimViewer,
    readonly published = publish({ seed: 5, seconds: 90 }),
  ) {
    this.server = new LiveServer(world.clock, this.published);
    viewer.sim.httpServer = this.server.serve;
    this.heard = viewer.listen('room');
  }

  readonly dataCallback = (data: ArrayBuffer): void => {
    if (!this.reader.feed(new Uint8Array(data))) this.error = this.reader.error;
  };

  get names(): string[] {
    return this.heard.events.map(({ subtype }) => subtype);
  }

  /** Media tags that came, of those that were published. */
  get count(): number {
    const known = new Set(this.published.tags.map(({ data }) => toHex(data)));
    return this.texts.filter((text) => known.has(text)).length;
  }

  start(isPulling: boolean): Promise<number> {
    const { msgCallback } = this.heard;
    const callbacks = isPulling ? { msgCallback, dataCallback: this.dataCallback } : { msgCallback };
    return this.world.result('start', this.viewer.module.startP2PService('room', { url: URL }, callbacks));
  }
}

async function watching(body: (watcher: Watcher) => Promise<void>, seconds = 90): Promise<void> {
  await inWorld({ seed: 3, isPinned: false }, async (world) => {
    const viewer = world.addViewer();
    await viewer.getReady();
    await body(new Watcher(world, viewer, publish({ seed: 5, seconds })));
  });
}

describe('a stream that many watch', () => {
  test('is pulled at once where a dataCallback is given, and closed when it is stopped', () =>
    watching(async (watcher) => {
      const { world, viewer, server } = watcher;
      assert.equal(await watcher.start(true), ErrCode.Ok);
      await world.run(3000);
      assert.deepEqual(watcher.names, ['request', 'parsed', 'connected']);
      assert.deepEqual(watcher.heard.events[1]!.detail, {
        status: 200,
        headers: { 'content-type': 'video/x-flv' },
      });
      assert.ok(watcher.count > 100);
      assert.equal(viewer.module.getStats('room')!.pathKind, 'server');
      viewer.module.stopP2PService('room');
      assert.equal(watcher.names.at(-1), 'close');
      assert.equal(server.openCount, 0);
      const { count } = watcher;
      await world.run(1000);
      assert.equal(watcher.count, count);
    }));

  test('is pulled by startStream otherwise, as often as the player asks', () =>
    watching(async (watcher) => {
      const { world, viewer, server } = watcher;
      assert.equal(await watcher.start(false), ErrCode.Ok);
      await world.run(1000);
      assert.deepEqual([server.requestedMs.length, watcher.names], [0, []]);
      const { module } = viewer;
      const { dataCallback } = watcher;
      assert.equal(await world.result('pull', module.startStream('room', { dataCallback })), ErrCode.Ok);
      assert.equal(
        await world.result('pull', module.startStream('room', { dataCallback })),
        ErrCode.AlreadyStarted,
      );
      module.stopStream('room');
      assert.equal(await world.result('pull', module.startStream('room', { dataCallback })), ErrCode.Ok);
      await world.run(1000);
      assert.equal(server.openCount, 1);
      assert.equal(watcher.names.filter((name) => name === 'connected').length, 1);
    }));

  test('goes on over the platform’s limit of a request and a change of the network, tag by tag', () =>
    watching(async (watcher) => {
      const { world, viewer, server } = watcher;
      server.cutAfterMs = 60_000;
      await watcher.start(true);
      await world.run(30_000);
      viewer.sim.changeNetwork({ isConnected: true, networkType: '4g' });
      await world.run(58_000);
      assert.ok(server.requestedMs.length >= 3, `requests at ${server.requestedMs.join()}`);
      const published = watcher.published.tags.map(({ data }) => toHex(data));
      const seen = watcher.texts.filter((text) => published.includes(text));
      assert.deepEqual(seen, published.slice(published.indexOf(seen[0]!)).slice(0, seen.length));
      assert.equal(watcher.error, '');
      assert.ok(!watcher.names.includes('disconnect'));
    }));

  test('is asked for anew sooner where the app says that requests live for less', () =>
    inWorld({ seed: 3, isPinned: false }, async (world) => {
      const viewer = world.addViewer();
      const timeouts = { requestLimitMs: 10_000 };
      assert.equal(await world.result('init', viewer.module.init({ appParams: {}, timeouts })), ErrCode.Ok);
      const watcher = new Watcher(world, viewer, publish({ seed: 5, seconds: 30 }));
      watcher.server.cutAfterMs = 10_000;
      await watcher.start(true);
      await world.run(25_000);
      assert.ok(!watcher.names.includes('disconnect'));
      const [first, second, third] = watcher.server.requestedMs;
      for (const aliveMs of [second! - first!, third! - second!]) {
        assert.ok(aliveMs >= 8000 && aliveMs < 9500, `${aliveMs} ms`);
      }
    }));

  test('lets the app destroy the module and begin anew from the `disconnect` of a reset', () =>
    watching(async (watcher) => {
      const { world, viewer } = watcher;
      await watcher.start(true);
      let init: Promise<number> | null = null;
      viewer.onCallback = (what) => {
        if (!what.startsWith('disconnect of room')) return;
        viewer.destroy();
        init = viewer.init();
      };
      const reset = viewer.reset();
      assert.equal(await world.result('init', init!), ErrCode.Ok);
      assert.equal(reset.value, ErrCode.NotInitialized);
    }));

  test('asks its server for nothing when the app stops it while it is told that nothing is shared', () =>
    watching(async ({ world, viewer, heard, server }) => {
      viewer.onCallback = (what) => {
        if (what.startsWith('log nothing is shared')) viewer.stop('room');
      };
      const info = { url: URL, swarm: { token: 'a'.repeat(38) } };
      const { msgCallback } = heard;
      const start = viewer.module.startP2PService('room', info, { msgCallback, dataCallback: () => {} });
      assert.equal(await world.result('start', start), ErrCode.StreamStartFailed);
      await world.run(1000);
      assert.equal(server.requestedMs.length, 0);
    }));

  test('is not started with options that cannot be', () =>
    watching(async ({ world, viewer, heard }) => {
      const token = 'a'.repeat(38);
      for (const [field, swarm] of [
        ['token', { token: 'short' }],
        ['upload', { token, upload: 1 as unknown as boolean }],
        ['upKbps', { token, upKbps: 0 }],
        ['reserveMs', { token, reserveMs: -1 }],
        ['reserveMs', { token, reserveMs: 1e9 }],
        ['region', { token, region: 'a'.repeat(17) }],
      ] as const) {
        const start = viewer.module.startP2PService('room', { url: URL, swarm }, heard);
        assert.equal(await world.result(field, start), ErrCode.BadArgument, field);
      }
    }));

  test('ends with eof when its server ends it', () =>
    watching(async (watcher) => {
      await watcher.start(true);
      await watcher.world.run(8000);
      assert.equal(watcher.names.at(-1), 'eof');
      assert.equal(watcher.viewer.module.getStats('room')!.stream, null);
    }, 6));

  test('that the server refuses fails to start, and says with which status', () =>
    watching(async (watcher) => {
      watcher.server.status = 403;
      assert.equal(await watcher.start(true), ErrCode.StreamStartFailed);
      assert.deepEqual(watcher.names, ['request', 'parsed']);
      watcher.server.status = 200;
      const pull = watcher.viewer.module.startStream('room', { dataCallback: watcher.dataCallback });
      assert.equal(await watcher.world.result('pull', pull), ErrCode.Ok);
    }));

  test('that nobody answers for fails with its cause', () =>
    watching(async (watcher) => {
      watcher.server.isSilent = true;
      assert.equal(await watcher.start(true), ErrCode.StreamStartFailed);
      assert.deepEqual(watcher.names, ['request', 'fail']);
      assert.equal(watcher.heard.events[1]!.detail.errcode, ErrCode.Timeout);
    }));

  test('hears disconnect when the module is reset, and of a start that waits that it failed; both may begin anew', () =>
    watching(async (watcher) => {
      const { world, viewer, server } = watcher;
      const { module } = viewer;
      await watcher.start(true);
      await world.run(500);
      const waiting = viewer.listen('waiting');
      let waited: number | null = null;
      server.isSilent = true;
      void module
        .startP2PService(
          'waiting',
          { url: URL },
          { msgCallback: waiting.msgCallback, dataCallback: () => undefined },
        )
        .then((res) => (waited = res));
      const idle = viewer.listen('idle');
      await world.result('idle', module.startP2PService('idle', { url: URL }, idle));
      await world.run(100);
      assert.equal(await world.result('reset', module.resetP2P()), ErrCode.Ok);
      assert.equal(watcher.names.at(-1), 'disconnect');
      assert.equal(watcher.heard.events.at(-1)!.detail.errcode, ErrCode.Aborted);
      assert.deepEqual([waited, waiting.events.at(-1)!.subtype], [ErrCode.StreamStartFailed, 'fail']);
      assert.deepEqual(idle.events, []);
      assert.equal(server.openCount, 0);
      server.isSilent = false;
      const { length } = watcher.names;
      await world.run(5000);
      assert.equal(watcher.names.length, length, 'nothing is told of what is gone');
      const again = viewer.listen('again');
      const { dataCallback } = watcher;
      const start = module.startP2PService('room', { url: URL }, { ...again, dataCallback });
      assert.equal(await world.result('again', start), ErrCode.Ok);
    }));

  test('is refused where the platform gives no answer in parts', () =>
    watching(async (watcher) => {
      watcher.viewer.sim.httpServer = null;
      assert.equal(await watcher.start(true), ErrCode.StreamStartFailed);
      assert.equal(watcher.heard.events.at(-1)!.detail.errcode, ErrCode.EnvironmentUnsupported);
    }));

  test('may be stopped within each of its callbacks', () =>
    watching(async ({ world, viewer, server, dataCallback }) => {
      for (const moment of ['request', 'parsed', 'connected', 'data']) {
        const heard = viewer.listen(moment);
        const stop = (what: string): void => {
          if (what === moment) viewer.module.stopP2PService(moment);
        };
        const promise = viewer.module.startP2PService(
          moment,
          { url: URL },
          {
            msgCallback: (event, subtype, detail) => {
              heard.msgCallback(event, subtype, detail);
              stop(subtype);
            },
            dataCallback: (data) => {
              dataCallback(data);
              stop('data');
            },
          },
        );
        await world.result(`start, stopped at ${moment}`, promise);
        await world.run(500);
        assert.equal(server.openCount, 0, moment);
        assert.equal(heard.events.at(-1)!.subtype, 'close');
      }
    }));

  test('has no device for talk, commands and files', () =>
    watching(async ({ world, viewer, heard }) => {
      const { module } = viewer;
      await world.result(
        'start',
        module.startP2PService('room', { url: URL }, { msgCallback: heard.msgCallback }),
      );
      const callbacks = { onChunkReceived: () => undefined, onComplete: () => undefined };
      const download = module.startLocalDownload('room', { urlParams: 'file_name=a' }, callbacks);
      assert.equal(await world.result('download', download), ErrCode.Unsupported);
      await assert.rejects(module.startVoiceData('room'), { errcode: ErrCode.Unsupported });
      module.stopVoice('room');
      module.stopLocalDownload('room');
    }));
});
