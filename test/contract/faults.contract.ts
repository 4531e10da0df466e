import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LocalDownloadCallbacks } from '../../p2p-core/index';
import type { ContractRig, ContractSubject } from './p2p-module.contract';

const URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=high';
const VOICE = { numberOfChannels: 1, sampleRate: 8000, encodeBitRate: 16000, format: 'PCM' };
const callbacks = { msgCallback: (): void => undefined };

/** What the guide says of the network, the microphone and the camera when they fail or change. */
export function testFaults({ name, withRig }: Pick<ContractSubject, 'name' | 'withRig'>): void {
  const served = (body: (rig: ContractRig) => Promise<void>): Promise<void> =>
    withRig(async (rig) => {
      const { module, code, initOptions, xp2pInfo } = rig;
      assert.equal(await code(module.init(initOptions)), 0);
      assert.equal(await code(module.startP2PService('cam', { url: URL, xp2pInfo }, callbacks)), 0);
      await rig.run(300);
      await body(rig);
    });

  describe(`${name}: the network`, () => {
    test('init: -2202 without one, and there is a UUID all the same; 0 when it is back', () =>
      withRig(async ({ module, code, initOptions, setOffline }) => {
        setOffline(true);
        assert.equal(await code(module.init(initOptions)), -2202);
        assert.notEqual(module.getUUID(), '');
        setOffline(false);
        assert.equal(await code(module.init(initOptions)), 0);
      }));

    test('resetP2P: -2202 without one', () =>
      withRig(async ({ module, code, initOptions, setOffline }) => {
        await code(module.init(initOptions));
        setOffline(true);
        assert.equal(await code(module.resetP2P()), -2202);
        setOffline(false);
      }));

    test('init: -2201 while the probe of resetP2P runs', () =>
      withRig(async ({ module, code, initOptions }) => {
        await code(module.init(initOptions));
        const reset = module.resetP2P();
        assert.equal(await code(module.init(initOptions)), -2201);
        assert.equal(await code(reset), 0);
      }));

    test('eventHandler: natChanged when it is another one, natError when there is none', () =>
      withRig(async ({ module, code, initOptions, changeNetwork, setOffline, run }) => {
        const told: string[] = [];
        const eventHandler = (event: string, detail: object): void => {
          assert.equal(typeof detail, 'object');
          told.push(event);
        };
        await code(module.init({ ...initOptions, eventHandler }));
        changeNetwork();
        await run(5_000);
        assert.deepEqual(told, ['natChanged']);
        setOffline(true);
        changeNetwork();
        await run(10_000);
        assert.deepEqual(told, ['natChanged', 'natError']);
        setOffline(false);
      }));
  });

  describe(`${name}: the camera`, () => {
    test('startP2PService with a dataCallback: -2402 when the stream is refused', () =>
      withRig(async ({ module, code, initOptions, xp2pInfo }) => {
        await code(module.init(initOptions));
        const both = { ...callbacks, dataCallback: () => assert.fail('data of a refused stream') };
        const info = { url: `${URL}&mode=refused`, xp2pInfo };
        assert.equal(await code(module.startP2PService('cam', info, both)), -2402);
      }));

    test('startLocalDownload: -2701, onError and onComplete when it goes away meanwhile', () =>
      served(async ({ module, code, loseCamera, run }) => {
        const told: string[] = [];
        const file: LocalDownloadCallbacks = {
          onChunkReceived: () => undefined,
          onSuccess: () => told.push('success'),
          onFailure: () => told.push('failure'),
          onError: ({ errcode }) => told.push(typeof errcode === 'number' ? 'error' : 'no code'),
          onComplete: () => told.push('complete'),
        };
        const download = code(module.startLocalDownload('cam', { urlParams: 'file_name=a' }, file));
        loseCamera();
        await run(20_000);
        assert.equal(await download, -2701);
        assert.deepEqual(told, ['error', 'complete']);
      }));
  });

  describe(`${name}: the microphone`, () => {
    test('startVoice: -2601 when the user denies it; the id is free', () =>
      served(async ({ module, code, recorder }) => {
        recorder.startError = 'operateRecorder:fail auth deny';
        assert.equal(await code(module.startVoice('cam', recorder, VOICE, {})), -2601);
        recorder.startError = null;
        assert.equal(await code(module.startVoice('cam', recorder, VOICE, {})), 0);
      }));

    test('onPause, inInterruption, and onResume around a phone call; onStop, willRestart, at the limit', () =>
      served(async ({ module, code, recorder, run }) => {
        const told: unknown[] = [];
        const voice = {
          onStart: () => told.push('start'),
          onPause: (res: object) => told.push(res),
          onResume: () => told.push('resume'),
          onStop: (res: object) => told.push(res),
        };
        const options = { ...VOICE, duration: 4000 };
        assert.equal(await code(module.startVoice('cam', recorder, options, voice)), 0);
        await run(500);
        recorder.beginInterruption();
        await run(500);
        recorder.endInterruption();
        await run(500);
        assert.deepEqual(told.splice(0), ['start', { inInterruption: true }, 'resume']);
        await run(3_000);
        assert.deepEqual(told, [{ willRestart: true }, 'start']);
        assert.equal(recorder.state, 'recording');
        module.stopVoice('cam');
      }));
  });
}
