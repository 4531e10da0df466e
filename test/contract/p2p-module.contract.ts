import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InitOptions, LocalDownloadCallbacks, P2PModule, ServiceCallbacks } from '../../p2p-core/index';
import type { FakeRecorder } from '../p2p-core/api/support/fake-recorder';
import { testFaults } from './faults.contract';
import { noteResults, RESULTS, WITHOUT_CAUSE } from './guide-results';

/** One module under test, with a reachable camera (`contract-camera.ts`), in virtual time. */
export interface ContractRig {
  module: P2PModule;
  /** What `init` needs here. */
  initOptions: InitOptions;
  xp2pInfo: string;
  recorder: FakeRecorder;
  /** No server on the network can be reached, or they can again. */
  setOffline(isOffline: boolean): void;
  /** Another network, or another NAT of this one. */
  changeNetwork(): void;
  /** The camera goes away for good. */
  loseCamera(): void;
  run(forMs: number): Promise<void>;
  /** The code of a promise, resolved with or rejected as `{ errcode, errmsg }`: both are within the guide. */
  code(promise: Promise<unknown>): Promise<number>;
}

export interface ContractSubject {
  name: string;
  /** Subtypes of 'notify' beyond the guide's. */
  extraSubtypes: readonly string[];
  withRig(body: (rig: ContractRig) => Promise<void>): Promise<void>;
}

const GUIDE_SUBTYPES = ['request', 'parsed', 'close', 'eof', 'disconnect'];
const URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=high';
const nothing = (): void => undefined;

/** What the guide says of a module, of whichever it is. */
export function testP2PModule({ name, extraSubtypes, withRig: makeRig }: ContractSubject): void {
  const seen = new Set<string>();
  const withRig: ContractSubject['withRig'] = (body) =>
    makeRig((rig) => body({ ...rig, module: noteResults(rig.module, seen) }));

  /** Notes what a service is told, and that nothing of it is outside the guide. */
  const listen = () => {
    const notes: string[] = [];
    const chunks: ArrayBuffer[] = [];
    const callbacks: ServiceCallbacks = {
      msgCallback(event, subtype, detail) {
        assert.ok(event === 'notify' || event === 'log', `event ${event}`);
        if (event === 'log') return assert.equal(typeof detail, 'string');
        assert.ok([...GUIDE_SUBTYPES, ...extraSubtypes].includes(subtype), `subtype ${subtype}`);
        notes.push(subtype);
      },
    };
    const dataCallback = (data: ArrayBuffer): void => {
      assert.ok(data instanceof ArrayBuffer);
      chunks.push(data);
    };
    return {
      notes,
      chunks,
      callbacks,
      dataCallback,
      guideNotes: () => notes.filter((each) => GUIDE_SUBTYPES.includes(each)),
    };
  };

  const ready = async (rig: ContractRig): Promise<void> => {
    assert.equal(await rig.code(rig.module.init(rig.initOptions)), 0);
  };
  const serving = async (rig: ContractRig, callbacks: ServiceCallbacks, id = 'cam'): Promise<void> => {
    assert.equal(
      await rig.code(rig.module.startP2PService(id, { url: URL, xp2pInfo: rig.xp2pInfo }, callbacks)),
      0,
    );
    await rig.run(300);
  };
  const served = (
    body: (rig: ContractRig, heard: ReturnType<typeof listen>) => Promise<void>,
  ): Promise<void> =>
    withRig(async (rig) => {
      const heard = listen();
      await ready(rig);
      await serving(rig, heard.callbacks);
      await body(rig, heard);
    });

  describe(`${name}: init, resetP2P, destroy`, () => {
    test('0, and a UUID; -2003 while it is initialised; 0 again after destroy', () =>
      withRig(async (rig) => {
        await ready(rig);
        assert.equal(typeof rig.module.getUUID(), 'string');
        assert.notEqual(rig.module.getUUID(), '');
        assert.equal(await rig.code(rig.module.init(rig.initOptions)), -2003);
        assert.equal(rig.module.destroy(), undefined);
        await ready(rig);
      }));

    test('-2000 without appParams', () =>
      withRig(async (rig) => {
        assert.equal(await rig.code(rig.module.init({} as never)), -2000);
        await ready(rig);
      }));

    test('-2002: everything before init and after destroy', () =>
      withRig(async ({ module, xp2pInfo, recorder, code, initOptions }) => {
        const check = async (): Promise<void> => {
          const { callbacks } = listen();
          assert.equal(await code(module.resetP2P()), -2002);
          assert.equal(await code(module.startP2PService('cam', { url: URL, xp2pInfo }, callbacks)), -2002);
          assert.equal(await code(module.startStream('cam', { dataCallback: nothing })), -2002);
          const { type, errcode } = await module.sendCommand('cam', 'action=inner_define');
          assert.deepEqual([type, errcode], ['error', -2002]);
          assert.equal(await code(module.startVoice('cam', recorder, { format: 'PCM' }, {})), -2002);
          const callbacksOfFile = { onChunkReceived: nothing, onComplete: nothing };
          assert.equal(
            await code(module.startLocalDownload('cam', { urlParams: 'a=1' }, callbacksOfFile)),
            -2002,
          );
        };
        await check();
        await code(module.init(initOptions));
        module.destroy();
        await check();
      }));

    test('resetP2P: 0, every service is gone, and may be started again', () =>
      served(async (rig, heard) => {
        assert.equal(await rig.code(rig.module.resetP2P()), 0);
        assert.equal(await rig.code(rig.module.startStream('cam', { dataCallback: nothing })), -2403);
        await serving(rig, heard.callbacks);
      }));

    test('destroy while a stream runs: no callback comes any more', () =>
      served(async (rig, heard) => {
        await rig.code(rig.module.startStream('cam', { dataCallback: heard.dataCallback }));
        await rig.run(200);
        rig.module.destroy();
        const before = [heard.notes.length, heard.chunks.length];
        await rig.run(5000);
        assert.deepEqual([heard.notes.length, heard.chunks.length], before);
      }));
  });

  describe(`${name}: services`, () => {
    test('0 without a stream when there is no dataCallback; with one the stream runs by itself', () =>
      withRig(async (rig) => {
        await ready(rig);
        const quiet = listen();
        await serving(rig, quiet.callbacks);
        assert.deepEqual(quiet.guideNotes(), []);
        const { callbacks, dataCallback, chunks, guideNotes } = listen();
        await serving(rig, { ...callbacks, dataCallback }, 'other');
        assert.deepEqual(guideNotes(), ['request', 'parsed']);
        assert.ok(chunks.length > 0);
      }));

    test('-2000 for an id, an url or a msgCallback that is none; -2001 for an xp2pInfo that is none', () =>
      withRig(async ({ module, code, initOptions, xp2pInfo }) => {
        await code(module.init(initOptions));
        const { callbacks } = listen();
        assert.equal(await code(module.startP2PService('', { url: URL, xp2pInfo }, callbacks)), -2000);
        assert.equal(await code(module.startP2PService('cam', { xp2pInfo } as never, callbacks)), -2000);
        assert.equal(await code(module.startP2PService('cam', { url: URL, xp2pInfo }, {} as never)), -2000);
        assert.equal(
          await code(module.startP2PService('cam', { url: URL, xp2pInfo: 'XP2P' }, callbacks)),
          -2001,
        );
      }));

    test('-2401 for an id that is started; it is free again after stopP2PService', () =>
      served(async (rig, heard) => {
        const info = { url: URL, xp2pInfo: rig.xp2pInfo };
        assert.equal(await rig.code(rig.module.startP2PService('cam', info, heard.callbacks)), -2401);
        assert.equal(rig.module.stopP2PService('cam'), undefined);
        await serving(rig, heard.callbacks);
      }));

    test('stopP2PService stops the stream too, and nothing comes afterwards', () =>
      served(async (rig, heard) => {
        await rig.code(rig.module.startStream('cam', { dataCallback: heard.dataCallback }));
        await rig.run(200);
        rig.module.stopP2PService('cam');
        const { length } = heard.chunks;
        await rig.run(5000);
        assert.equal(heard.chunks.length, length);
        assert.equal(heard.notes.includes('disconnect'), false);
      }));

    test('one id can be stopped while another goes on', () =>
      served(async (rig, heard) => {
        const other = listen();
        await serving(rig, other.callbacks, 'other');
        await rig.code(rig.module.startStream('cam', { dataCallback: heard.dataCallback }));
        await rig.code(rig.module.startStream('other', { dataCallback: other.dataCallback }));
        rig.module.stopP2PService('cam');
        const { length } = other.chunks;
        await rig.run(1000);
        assert.ok(other.chunks.length > length + 10);
      }));

    test('disconnect, once, when the camera is gone', () =>
      served(async (rig, heard) => {
        rig.loseCamera();
        await rig.run(30_000);
        assert.deepEqual(heard.guideNotes(), ['disconnect']);
        rig.module.stopP2PService('cam');
      }));

    test('updateServiceCallbacks: 0, and the new ones are told; -2000 for an unknown id', () =>
      served(async (rig, heard) => {
        const next = listen();
        assert.equal(rig.module.updateServiceCallbacks('cam', next.callbacks), 0);
        assert.equal(rig.module.updateServiceCallbacks('nobody', next.callbacks), -2000);
        await rig.code(rig.module.startStream('cam', { dataCallback: nothing }));
        assert.deepEqual(next.guideNotes(), ['request', 'parsed']);
        assert.deepEqual(heard.guideNotes(), []);
      }));
  });

  describe(`${name}: streams`, () => {
    test('0: request, parsed, data; then close for a stop of this side', () =>
      served(async (rig, heard) => {
        const { module } = rig;
        assert.equal(await rig.code(module.startStream('cam', { dataCallback: heard.dataCallback })), 0);
        await rig.run(500);
        assert.ok(heard.chunks.length > 3);
        assert.equal(module.stopStream('cam'), undefined);
        const { length } = heard.chunks;
        await rig.run(1000);
        assert.equal(heard.chunks.length, length);
        assert.deepEqual(heard.guideNotes(), ['request', 'parsed', 'close']);
        assert.equal(await rig.code(module.startStream('cam', { dataCallback: heard.dataCallback })), 0);
      }));

    test('flv names another file or other parameters', () =>
      served(async (rig, heard) => {
        const flv = { filename: 'ipc.flv', params: 'action=live&channel=0&quality=high&mode=ends' };
        assert.equal(
          await rig.code(rig.module.startStream('cam', { flv, dataCallback: heard.dataCallback })),
          0,
        );
        await rig.run(1000);
        assert.deepEqual(heard.guideNotes(), ['request', 'parsed', 'eof'], 'the end of this one is normal');
      }));

    test('-2402 when the camera refuses it; the id is free for the next', () =>
      served(async (rig, heard) => {
        const flv = { filename: 'ipc.flv', params: 'action=live&mode=refused' };
        assert.equal(
          await rig.code(rig.module.startStream('cam', { flv, dataCallback: heard.dataCallback })),
          -2402,
        );
        assert.equal(heard.chunks.length, 0);
        assert.equal(await rig.code(rig.module.startStream('cam', { dataCallback: heard.dataCallback })), 0);
      }));

    test('-2000 without a dataCallback, -2401 for a second one of the id, -2403 without a service', () =>
      served(async (rig) => {
        const { module, code } = rig;
        assert.equal(await code(module.startStream('cam', {} as never)), -2000);
        assert.equal(await code(module.startStream('nobody', { dataCallback: nothing })), -2403);
        assert.equal(await code(module.startStream('cam', { dataCallback: nothing })), 0);
        assert.equal(await code(module.startStream('cam', { dataCallback: nothing })), -2401);
      }));

    test('a start that is stopped before it is answered settles, with no data', () =>
      served(async (rig, heard) => {
        const start = rig.module.startStream('cam', { dataCallback: heard.dataCallback });
        rig.module.stopStream('cam');
        assert.equal(await rig.code(start), -2402);
        await rig.run(1000);
        assert.equal(heard.chunks.length, 0);
      }));

    test('stops of what does not run are harmless', () =>
      served(async ({ module }) => {
        for (const id of ['cam', 'nobody']) {
          assert.equal(module.stopStream(id), undefined);
          assert.equal(module.stopVoice(id), undefined);
          assert.equal(module.stopLocalDownload(id), undefined);
        }
        module.stopP2PService('nobody');
      }));
  });

  describe(`${name}: commands`, () => {
    for (const [cmd, type, status] of [
      ['get_device_st', 'success', 200],
      ['fail', 'failure', 500],
      ['silent', 'timeout', 0],
    ] as const) {
      test(`${type}: { type, status, data, errcode, errmsg }`, () =>
        served(async (rig) => {
          const promise = rig.module.sendCommand('cam', `action=inner_define&channel=0&cmd=${cmd}`);
          await rig.run(20_000);
          const result = await promise;
          assert.deepEqual([result.type, result.status], [type, status]);
          assert.equal(typeof result.data, 'string');
          assert.equal(typeof result.errmsg, 'string');
          if (type === 'success') assert.deepEqual([result.errcode, result.data], [0, cmd]);
          else assert.notEqual(result.errcode, 0);
        }));
    }

    test('error: -2000 for no command, -2403 without a service', () =>
      served(async ({ module }) => {
        const empty = await module.sendCommand('cam', '');
        assert.deepEqual([empty.type, empty.errcode], ['error', -2000]);
        const nobody = await module.sendCommand('nobody', 'action=inner_define');
        assert.deepEqual([nobody.type, nobody.errcode], ['error', -2403]);
      }));
  });

  describe(`${name}: talk`, () => {
    const options = { numberOfChannels: 1, sampleRate: 8000, encodeBitRate: 16000, format: 'PCM' };

    test('0: the recorder runs until stopVoice', () =>
      served(async (rig) => {
        const { module, recorder, code } = rig;
        let starts = 0;
        assert.equal(await code(module.startVoice('cam', recorder, options, { onStart: () => starts++ })), 0);
        await rig.run(500);
        assert.equal(starts, 1);
        assert.equal(recorder.state, 'recording');
        assert.equal(recorder.options.format, 'PCM');
        assert.equal(await code(module.startVoice('cam', recorder, options, {})), -2401);
        module.stopVoice('cam');
        await rig.run(500);
        assert.equal(recorder.state, 'idle');
      }));

    test('onPause and onStop say whose doing it is: inInterruption, willRestart', () =>
      served(async (rig) => {
        const { module, recorder, code } = rig;
        const told: unknown[] = [];
        const callbacks = {
          onPause: (res: unknown) => told.push(res),
          onStop: (res: unknown) => told.push(res),
        };
        await code(module.startVoice('cam', recorder, options, callbacks));
        await rig.run(500);
        recorder.pause();
        await rig.run(100);
        recorder.stop();
        await rig.run(100);
        assert.deepEqual(told, [{ inInterruption: false }, { willRestart: false }]);
      }));

    test('-2000 without a recorder, -2403 without a service', () =>
      served(async ({ module, recorder, code }) => {
        assert.equal(await code(module.startVoice('cam', null as never, options, {})), -2000);
        assert.equal(await code(module.startVoice('nobody', recorder, options, {})), -2403);
      }));

    test('stopP2PService ends it as well', () =>
      served(async (rig) => {
        await rig.code(rig.module.startVoice('cam', rig.recorder, options, {}));
        await rig.run(500);
        rig.module.stopP2PService('cam');
        await rig.run(500);
        assert.equal(rig.recorder.state, 'idle');
      }));
  });

  describe(`${name}: downloads`, () => {
    const listenToFile = () => {
      const told: string[] = [];
      let bytes = 0;
      const callbacks: LocalDownloadCallbacks = {
        onHeadersReceived: (result) => told.push(`headers ${result?.status}`),
        onChunkReceived: (chunk) => {
          bytes += chunk.byteLength;
          if (told.at(-1) !== 'chunk') told.push('chunk');
        },
        onSuccess: (result) => told.push(`success ${result.status}`),
        onFailure: (result) => told.push(`failure ${result.status}`),
        onError: () => told.push('error'),
        onComplete: () => told.push('complete'),
      };
      return { told, callbacks, bytes: () => bytes };
    };
    const params = (file: string) => ({ urlParams: `_crypto=off&channel=0&file_name=${file}&offset=0` });

    test('0: headers, chunks, success, complete', () =>
      served(async ({ module, code }) => {
        const file = listenToFile();
        assert.equal(
          await code(module.startLocalDownload('cam', params('p2p_demo_file.mp4'), file.callbacks)),
          0,
        );
        assert.deepEqual(file.told, ['headers 200', 'chunk', 'success 200', 'complete']);
        assert.equal(file.bytes(), 200_000);
      }));

    test('-2701: headers, failure, complete', () =>
      served(async ({ module, code }) => {
        const file = listenToFile();
        assert.equal(await code(module.startLocalDownload('cam', params('missing'), file.callbacks)), -2701);
        assert.deepEqual(file.told, ['headers 404', 'failure 404', 'complete']);
      }));

    test('-2000 for missing callbacks, -2401 for a second one of the id, -2403 without a service', () =>
      served(async ({ module, code }) => {
        const { callbacks } = listenToFile();
        assert.equal(await code(module.startLocalDownload('cam', params('a'), {} as never)), -2000);
        assert.equal(await code(module.startLocalDownload('nobody', params('a'), callbacks)), -2403);
        const first = code(module.startLocalDownload('cam', params('a'), callbacks));
        const second = code(module.startLocalDownload('cam', params('b'), callbacks));
        assert.deepEqual([await second, await first], [-2401, 0]);
      }));

    test('stopLocalDownload: the promise settles and the id is free', () =>
      served(async (rig) => {
        const file = listenToFile();
        const start = rig.module.startLocalDownload('cam', params('a'), file.callbacks);
        rig.module.stopLocalDownload('cam');
        assert.equal(await rig.code(start), -2701);
        await rig.run(1000);
        assert.equal(file.told.includes('chunk'), false);
        assert.equal(await rig.code(rig.module.startLocalDownload('cam', params('a'), file.callbacks)), 0);
      }));
  });

  describe(`${name}: the names of before 1.3.0`, () => {
    test('do the same', () =>
      served(async (rig, heard) => {
        const { module, recorder, code } = rig;
        const old = module as unknown as Record<string, (...args: unknown[]) => unknown>;
        assert.equal(
          await code(old.startP2PStream!('cam', { dataCallback: heard.dataCallback }) as Promise<number>),
          0,
        );
        old.stopP2PStream!('cam');
        assert.deepEqual(heard.guideNotes(), ['request', 'parsed', 'close']);
        assert.equal(
          await code(old.startVoiceService!('cam', recorder, { format: 'PCM' }, {}) as Promise<number>),
          0,
        );
        old.stopVoiceService!('cam');
        await rig.run(500);
        assert.equal(recorder.state, 'idle');
        old.stopServiceById!('cam');
        assert.equal(await code(module.startStream('cam', { dataCallback: nothing })), -2403);
      }));

    test('the enums of the examples are there', () =>
      withRig(async ({ module }) => {
        assert.deepEqual([module.XP2PEventEnum.Notify, module.XP2PEventEnum.Log], ['notify', 'log']);
        assert.equal(module.XP2PNotify_SubType.Disconnect, 'disconnect');
      }));
  });

  testFaults({ name, withRig });

  test(`${name}: each function of the guide gave each of its results above`, () => {
    const listed = Object.entries(RESULTS).flatMap(([call, results]) =>
      results.map((result) => `${call} ${result}`),
    );
    assert.deepEqual(
      listed.filter((result) => !seen.has(result)),
      [...WITHOUT_CAUSE.keys()],
    );
  });
}
