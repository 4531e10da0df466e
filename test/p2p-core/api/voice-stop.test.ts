import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import type { DeprecatedNames, P2PModule } from '../../../p2p-core/index';
import type { SimViewer } from '../../sim/session-world-viewer';
import { isWhole, withTalk } from './support/talk-world';

describe('stopVoice', () => {
  for (const [name, stop] of [
    ['stopVoice', (viewer: SimViewer) => viewer.module.stopVoice('a')],
    ['stopP2PService', (viewer: SimViewer) => viewer.stop('a')],
    ['destroy', (viewer: SimViewer) => viewer.destroy()],
  ] as const) {
    test(`${name} at any moment: settles, the microphone closes, no callback follows`, async () => {
      for (let atMs = 0; atMs < 200; atMs += 4) {
        await withTalk(
          async ({ world, viewer, recorder, talks, told, start }) => {
            const call = start();
            await world.run(atMs);
            const isStarted = call.isSettled;
            const before = [...told];
            stop(viewer);
            stop(viewer);
            await world.run(1000);
            assert.equal(call.value, isStarted ? 0 : ErrCode.VoiceStartFailed, `at ${atMs} ms`);
            assert.deepEqual([told, recorder.state], [before, 'idle'], `at ${atMs} ms`);
            for (const { end } of talks) assert.notEqual(end, 'none', `at ${atMs} ms`);
          },
          { delayMs: 30 },
        );
      }
    });

    test(`${name} inside any callback takes effect at once`, async () => {
      for (const at of ['start', 'stop true', 'pause true', 'resume', 'stop false']) {
        await withTalk(async (talk) => {
          const { world, viewer, recorder, told } = talk;
          talk.onTold = (what) => {
            if (what === at) stop(viewer);
          };
          talk.start({ duration: 5000 });
          await world.run(1000);
          recorder.beginInterruption();
          await world.run(100);
          recorder.endInterruption();
          await world.run(6000);
          if (recorder.state !== 'idle') recorder.stop();
          await world.run(500);
          assert.equal(told.indexOf(at), told.length - 1, told.join());
          assert.equal(recorder.state, 'idle');
        });
      }
    });
  }

  test('the user answers the question for the microphone after the talk was stopped: it closes again', async () => {
    await withTalk(
      async ({ world, viewer, recorder, told, start }) => {
        const call = start();
        await world.run(2000);
        viewer.module.stopVoice('a');
        assert.equal(recorder.state, 'starting');
        await world.run(5000);
        assert.equal(call.value, ErrCode.VoiceStartFailed);
        assert.deepEqual([recorder.state, told], ['idle', []]);
      },
      { delayMs: 3000 },
    );
  });

  test('stop and start at once: the second talk waits for the end of the first recording', async () => {
    await withTalk(
      async ({ world, viewer, recorder, talks, start }) => {
        const first = start();
        await world.until('the first', () => first.value === 0);
        await world.run(500);
        viewer.module.stopVoice('a');
        const second = start();
        await world.until('the second', () => second.isSettled);
        assert.equal(second.value, 0);
        await world.run(1000);
        assert.deepEqual(recorder.calls, ['start', 'stop', 'start']);
        assert.ok(isWhole(talks[1]!.bytes) && talks[1]!.bytes.length > 10_000);
      },
      { delayMs: 200 },
    );
  });

  test('a camera that never ends its answer collects no streams', async () => {
    await withTalk(async ({ world, viewer, start, talks }) => {
      for (let i = 0; i < 80; i++) {
        const call = start({ urlParams: 'mode=once' });
        await world.until('the start', () => call.isSettled);
        assert.equal(call.value, 0, `talk ${i}`);
        viewer.module.stopVoice('a');
      }
      await world.run(1500);
      assert.equal(talks.length, 80);
    });
  });
});

test('the names of before 1.3.0 do the same', async () => {
  await withTalk(async ({ world, viewer, recorder, told, callbacks }) => {
    const module = viewer.module as P2PModule & DeprecatedNames;
    const start = module.startVoiceService('a', recorder, {}, callbacks);
    assert.equal(await world.result('startVoice', start), 0);
    module.stopVoiceService('a');
    const pull = world.call('startStream', module.startP2PStream('a', { dataCallback: () => undefined }));
    module.stopP2PStream('a');
    module.stopServiceById('a');
    await world.run(100);
    assert.equal(pull.value, ErrCode.StreamStartFailed);
    assert.deepEqual(told, ['start']);
    const late = module.startVoice('a', recorder, {}, callbacks);
    assert.equal(await world.result('startVoice', late), ErrCode.ServiceNotStarted);
  });
});
