import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import type { RecorderManagerLike } from '../../../p2p-core/index';
import { isWhole, withTalk } from './support/talk-world';

/** Compiles only as long as the platform's recorder is one that talk takes. */
export const platformRecorder = (recorder: WechatMiniprogram.RecorderManager): RecorderManagerLike =>
  recorder;

describe('startVoice', () => {
  test('0: the camera says yes, then the microphone opens, and every frame arrives as it was made', async () => {
    await withTalk(async ({ world, viewer, recorder, talks, told, start }) => {
      const call = start({ sampleRate: 16000, numberOfChannels: 1, encodeBitRate: 48000 });
      await world.run(40);
      assert.deepEqual(recorder.calls, [], 'nothing is recorded before the camera has answered');
      await world.until('the start', () => call.isSettled);
      assert.equal(call.value, 0);
      await world.run(5000);
      viewer.module.stopVoice('a');
      const made = recorder.madeBytes;
      await world.run(500);
      assert.equal(talks[0]!.request, 'POST /voice?channel=0&format=pcm&sample_rate=16000&channels=1');
      assert.deepEqual(
        [talks[0]!.bytes.length, isWhole(talks[0]!.bytes), talks[0]!.end],
        [made, true, 'ended'],
      );
      assert.ok(made > 100_000);
      assert.deepEqual(told, ['start']);
      assert.deepEqual(recorder.calls, ['start', 'stop']);
      const { format, frameSize, duration } = recorder.options;
      assert.deepEqual({ format, frameSize, duration }, { format: 'PCM', frameSize: 2, duration: 600_000 });
    });
  });

  test('-2601: the camera is busy, and the log says so; the microphone stays closed', async () => {
    await withTalk(async ({ world, recorder, told, logs, start }) => {
      const call = start({ urlParams: 'channel=0&mode=busy' });
      await world.until('the start', () => call.isSettled);
      assert.equal(call.value, ErrCode.VoiceStartFailed);
      assert.deepEqual([recorder.calls, told], [[], []]);
      assert.match(logs.join(), /status 409/);
    });
  });

  test('-2601: the camera does not answer in time', async () => {
    await withTalk(async ({ world, talks, logs, start }) => {
      const call = start({ urlParams: 'mode=silent' });
      await world.run(3900);
      assert.equal(call.isSettled, false);
      await world.run(200);
      assert.equal(call.value, ErrCode.VoiceStartFailed);
      assert.match(logs.join(), /-2809/);
      assert.equal(talks[0]!.end, 'aborted');
    });
  });

  test('-2601: the user denies the microphone; the camera hears the end, and the id is free', async () => {
    await withTalk(async ({ world, recorder, talks, told, logs, start }) => {
      recorder.startError = 'operateRecorder:fail auth deny';
      const call = start();
      await world.until('the start', () => call.isSettled);
      assert.equal(call.value, ErrCode.VoiceStartFailed);
      assert.match(logs.join(), /auth deny/);
      await world.run(100);
      assert.deepEqual([talks[0]!.bytes.length, talks[0]!.end, told], [0, 'ended', []]);
      assert.deepEqual(recorder.calls, ['start'], 'a recorder that never was ours is not stopped');
      recorder.startError = null;
      const again = start();
      await world.until('the start', () => again.value === 0);
    });
  });

  test('-2601: the link is lost, now or before', async () => {
    await withTalk(async ({ world, told, start, recorder }) => {
      const call = start();
      world.camera.stop();
      await world.run(1000);
      assert.equal(call.value, ErrCode.VoiceStartFailed);
      const late = start();
      await world.run(0);
      assert.equal(late.value, ErrCode.VoiceStartFailed);
      assert.deepEqual([told, recorder.calls], [[], []]);
    });
  });

  test('-2401 while the id talks, whichever way; another id is told that the recorder is taken', async () => {
    await withTalk(async ({ world, viewer, recorder, told, start }) => {
      viewer.start('b');
      const call = start();
      const second = start();
      await assert.rejects(viewer.module.startVoiceData('a'), { errcode: ErrCode.AlreadyStarted });
      const other = start({}, 'b');
      await world.until('the start', () => call.value === 0);
      assert.deepEqual([second.value, other.value], [ErrCode.AlreadyStarted, ErrCode.VoiceStartFailed]);
      await world.run(500);
      assert.deepEqual([told, recorder.calls], [['start'], ['start']]);
    });
  });

  test('-2000, -2002 and -2403 touch neither camera nor recorder', async () => {
    await withTalk(async ({ world, viewer, recorder, talks, callbacks }) => {
      const { module } = viewer;
      const code = (...args: unknown[]): Promise<number> =>
        world.result('v', module.startVoice(...(args as Parameters<typeof module.startVoice>)));
      const bad: unknown[][] = [
        ['', recorder, {}, callbacks],
        ['a', undefined, {}, callbacks],
        ['a', { start() {}, stop() {} }, {}, callbacks],
        ['a', recorder, undefined, callbacks],
        ['a', recorder, { format: 'mp3' }, callbacks],
        ['a', recorder, { sampleRate: 0 }, callbacks],
        ['a', recorder, { duration: 600_001 }, callbacks],
        ['a', recorder, { urlParams: 'a\nb' }, callbacks],
        ['a', recorder, {}, { onStop: 1 }],
        ['a', recorder, {}, null],
      ];
      for (const args of bad) assert.equal(await code(...args), ErrCode.BadArgument);
      assert.equal(await code('b', recorder, {}, callbacks), ErrCode.ServiceNotStarted);
      module.destroy();
      assert.equal(await code('a', recorder, {}, callbacks), ErrCode.NotInitialized);
      assert.deepEqual([recorder.calls, talks, recorder.listenerCount], [[], [], 0]);
    });
  });

  test('the limit of one recording is no end: the next begins at once, and the gap is less than a frame', async () => {
    await withTalk(
      async ({ world, recorder, talks, told, start }) => {
        start({ duration: 30_000 });
        await world.run(100_000);
        assert.deepEqual(told, ['start', 'stop true', 'start', 'stop true', 'start', 'stop true', 'start']);
        const frameMs = 64;
        recorder.endedMs.forEach((endedMs, i) => assert.ok(recorder.startedMs[i + 1]! - endedMs <= frameMs));
        await world.run(100);
        assert.deepEqual(
          [talks.length, isWhole(talks[0]!.bytes)],
          [1, true],
          'one request carries all of it',
        );
        assert.ok(talks[0]!.bytes.length >= recorder.madeBytes - 2048);
      },
      { delayMs: 20 },
    );
  });

  test('a stop that is not ours nor at the limit ends the talk', async () => {
    await withTalk(async ({ world, recorder, talks, told, start }) => {
      start();
      await world.run(1000);
      recorder.stop();
      await world.run(500);
      assert.deepEqual([told, talks[0]!.end], [['start', 'stop false'], 'ended']);
      const again = start();
      await world.until('another talk', () => again.value === 0);
    });
  });

  test('a phone call pauses and its end resumes; a pause by the app stays one', async () => {
    await withTalk(async ({ world, recorder, talks, told, start }) => {
      start();
      await world.run(1000);
      recorder.beginInterruption();
      await world.run(5000);
      recorder.endInterruption();
      await world.run(1000);
      assert.deepEqual(told, ['start', 'pause true', 'resume']);
      recorder.pause();
      await world.run(1000);
      recorder.beginInterruption();
      recorder.endInterruption();
      await world.run(1000);
      assert.equal(recorder.state, 'paused');
      assert.deepEqual(told.slice(3), ['pause false']);
      assert.equal(isWhole(talks[0]!.bytes), true);
    });
  });

  for (const keepsLastOnly of [false, true]) {
    const platform = keepsLastOnly ? 'keeps the last listener only' : 'keeps every listener';
    test(`five talks on a platform that ${platform}: no frame comes twice, and old listeners do nothing`, async () => {
      await withTalk(
        async ({ world, viewer, recorder, talks, told, start }) => {
          for (let i = 0; i < 5; i++) {
            const call = start();
            await world.until('the start', () => call.value === 0);
            const before = recorder.madeBytes;
            await world.run(1000);
            viewer.module.stopVoice('a');
            const made = recorder.madeBytes - before;
            await world.run(i % 2 === 0 ? 0 : 300);
            if (i % 2 === 1) assert.equal(talks[i]!.bytes.length, made);
          }
          assert.deepEqual(told, Array(5).fill('start'));
          await world.run(500);
          const bytes = talks[4]!.bytes.length;
          recorder.start({ frameSize: 1, duration: 1000 });
          await world.run(3000);
          assert.equal(talks[4]!.bytes.length, bytes, 'what others record is not sent');
          assert.deepEqual(told, Array(5).fill('start'));
          assert.equal(recorder.calls.filter((call) => call === 'stop').length, 5, 'and not stopped');
        },
        { keepsLastOnly },
      );
    });
  }

  test('listeners are taken away where the platform can', async () => {
    await withTalk(
      async ({ world, viewer, recorder, start }) => {
        const call = start();
        await world.until('the start', () => call.value === 0);
        viewer.module.stopVoice('a');
        await world.run(500);
        assert.equal(recorder.listenerCount, 2, 'interruptions have no off… here');
      },
      { hasOff: true },
    );
  });

  for (const hasOff of [false, true]) {
    test(`listeners of the app hear its recorder before, during and after a talk, ${hasOff ? 'with' : 'without'} off…`, async () => {
      await withTalk(
        async ({ world, viewer, recorder, start }) => {
          let starts = 0;
          recorder.onStart(() => starts++);
          const call = start();
          await world.until('the start', () => call.value === 0);
          viewer.module.stopVoice('a');
          await world.run(500);
          assert.equal(starts, 1);
          recorder.start({ duration: 1000 });
          await world.run(2000);
          assert.equal(starts, 2);
        },
        { hasOff },
      );
    });
  }

  test('-2601: somebody else records: it is left alone, before and while the camera is asked', async () => {
    await withTalk(async ({ world, recorder, told, logs, start }) => {
      recorder.start({ frameSize: 1, duration: 60_000 });
      await world.run(100);
      const first = start();
      await world.until('the start', () => first.isSettled);
      const second = start();
      recorder.stop();
      await world.run(22);
      recorder.start({ frameSize: 1, duration: 60_000 });
      await world.until('the start', () => second.isSettled);
      assert.deepEqual([first.value, second.value], [ErrCode.VoiceStartFailed, ErrCode.VoiceStartFailed]);
      await world.run(500);
      assert.deepEqual([recorder.state, told], ['recording', []]);
      assert.match(logs[0]!, /is recording/);
      recorder.stop();
      await world.run(100);
    });
  });

  test('a start of somebody else while we record fails, and the talk goes on', async () => {
    await withTalk(async ({ world, recorder, talks, told, start }) => {
      start();
      await world.run(1000);
      recorder.start({});
      await world.run(1000);
      assert.deepEqual([told, isWhole(talks[0]!.bytes)], [['start'], true]);
      assert.ok(talks[0]!.bytes.length > 20_000);
      recorder.fail('operateRecorder:fail:system error');
      await world.run(200);
      assert.deepEqual(told, ['start', 'stop false']);
      assert.equal(recorder.state, 'idle');
    });
  });

  test('the camera or the link ends the talk: onStop once, the microphone closes', async () => {
    await withTalk(async ({ world, recorder, talks, told, logs, start }) => {
      start();
      await world.run(1000);
      talks[0]!.hangUp();
      await world.run(200);
      assert.deepEqual([told, recorder.state], [['start', 'stop false'], 'idle']);
      assert.match(logs.join(), /the camera ended the talk/);
      const again = start();
      await world.until('another talk', () => again.value === 0);
      world.camera.stop();
      await world.run(200);
      assert.deepEqual(told.slice(2), ['start', 'stop false']);
      assert.equal(recorder.state, 'idle');
    });
  });

  test('a path that is too slow drops whole old frames and says how many; what waits is bounded', async () => {
    const link = { bitsPerSecond: 64_000, queueBytes: 20_000 };
    await withTalk(
      async ({ world, viewer, recorder, talks, told, logs, start }) => {
        start({ sampleRate: 16000 });
        await world.run(30_000);
        viewer.module.stopVoice('a');
        const [heard] = talks;
        await world.until('the end', () => heard!.end === 'ended', 8000);
        const { frameBytes } = recorder;
        const frameCount = heard!.bytes.length / frameBytes;
        assert.ok(Number.isInteger(frameCount), 'no frame is cut');
        for (let i = 0; i < frameCount; i++) {
          assert.ok(isWhole(heard!.bytes.subarray(i * frameBytes, (i + 1) * frameBytes)), `frame ${i}`);
        }
        assert.ok(recorder.framesMade > 400 && frameCount > 80 && frameCount < 200, `${frameCount} frames`);
        const said = Number(/(\d+) frames were dropped/.exec(logs[logs.length - 1]!)![1]);
        assert.ok(said > 128 && said <= recorder.framesMade - frameCount, `${said} said to be dropped`);
        assert.ok(logs.length < 12, `${logs.length} lines of log`);
        assert.deepEqual(told, ['start']);
      },
      {},
      { link },
    );
  });

  test('notify `voiceWaterMark` says when what waits is too much, and when it is not any more, in turns', async () => {
    const link = { bitsPerSecond: 64_000, queueBytes: 20_000 };
    await withTalk(
      async ({ world, viewer, start }) => {
        const marks = (): { isHigh: boolean; bufferedBytes: number }[] =>
          viewer.services[0]!.events.filter((event) => event.subtype === 'voiceWaterMark').map(
            (event) => event.detail as unknown as { isHigh: boolean; bufferedBytes: number },
          );
        start({ sampleRate: 8000 });
        await world.run(10_000);
        assert.ok(marks().length >= 1, 'the path is half as fast as the sound');
        marks().forEach((mark, i) => assert.equal(mark.isHigh, i % 2 === 0));
        assert.ok(marks()[0]!.bufferedBytes >= 12_000, 'half of what may wait: 1.5 s of 16 kB/s');
        const count = marks().length;
        viewer.module.stopVoice('a');
        await world.run(10_000);
        assert.equal(marks().length, count, 'a stopped talk says nothing');
      },
      {},
      { link },
    );
    await withTalk(async ({ world, viewer, start }) => {
      start({ sampleRate: 8000 });
      await world.run(10_000);
      assert.equal(viewer.services[0]!.count('voiceWaterMark'), 0, 'on a path that is fast enough');
    });
  });

  test('every frame arrives in its place through loss', async () => {
    await withTalk(
      async ({ world, viewer, recorder, talks, start }) => {
        start();
        await world.run(20_000);
        viewer.module.stopVoice('a');
        const made = recorder.madeBytes;
        await world.run(3000);
        assert.deepEqual(
          [talks[0]!.bytes.length, isWhole(talks[0]!.bytes), talks[0]!.end],
          [made, true, 'ended'],
        );
      },
      {},
      { link: { lossRate: 0.05 } },
    );
  });
});
