import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeviceCommands } from '../../../store/command/device-commands';
import { discardTalk } from '../../../devkit/camera/talk-sink';
import { highLoop, recordingsOf } from '../../devkit/fake-camera';
import { CommandWorld } from './camera-module';

const START_S = Date.UTC(2024, 2, 5, 12) / 1000;

function camera(): { world: CommandWorld; commands: DeviceCommands } {
  const world = new CommandWorld({
    recordings: recordingsOf(highLoop, START_S),
    openTalkSink: discardTalk,
  });
  return { world, commands: new DeviceCommands(world.client) };
}

describe('typed commands, answered by the simulated camera', () => {
  test('getStreamStatus tells whether a stream would be accepted', async () => {
    const { commands } = camera();
    assert.deepEqual(await commands.getStreamStatus('live', 'high'), { status: 0, viewerCount: 3 });
    assert.equal((await commands.getStreamStatus('live', 'ultra')).status, 404);
    assert.equal((await commands.getStreamStatus('voice')).status, 0);
    await commands.setStatus('standby');
    assert.equal((await commands.getStreamStatus('live')).status, 1);
  });

  test('getRecordedDays reads the bits of a month', async () => {
    const { world, commands } = camera();
    assert.deepEqual(await commands.getRecordedDays(2024, 3), [5]);
    assert.deepEqual(await commands.getRecordedDays(2024, 4), []);
    world.answerText(`{"video_list":"${2 ** 31 + 1}"}`);
    assert.deepEqual(await commands.getRecordedDays(2024, 1), [1]);
    world.answerText('{"video_list":-2147483648}');
    assert.deepEqual(await commands.getRecordedDays(2024, 1), []);
    world.answerText(`{"video_list":${2 ** 30}}`);
    assert.deepEqual(await commands.getRecordedDays(2024, 1), [31]);
  });

  test('getRecordedPeriods and getFiles give what was recorded', async () => {
    const { commands } = camera();
    const [period] = await commands.getRecordedPeriods(START_S, START_S + 60);
    assert.equal(period!.startS, START_S);
    assert.ok(period!.endS > START_S);
    const [file] = await commands.getFiles(START_S, START_S + 60);
    assert.equal(file!.fileName, `${START_S}.flv`);
    assert.ok(file!.fileBytes > 1000);
  });

  test('one broken entry does not block a list', async () => {
    const { world, commands } = camera();
    world.answerText(
      '{"video_list":[null,{"start_time":"x"},{"start_time":10,"end_time":"20","type":2},{}]}',
    );
    assert.deepEqual(await commands.getRecordedPeriods(1, 100), [{ startS: 10, endS: 20, type: 2 }]);
  });

  test('getChannels lists the channels of a recorder', async () => {
    const { commands } = camera();
    assert.deepEqual(await commands.getChannels(), [{ channel: 0, name: 'camera', isOnline: true }]);
  });

  test('the playback commands say that nothing is played', async () => {
    const { commands } = camera();
    for (const call of [
      () => commands.getPlaybackProgress(),
      () => commands.pausePlayback(),
      () => commands.resumePlayback(),
      () => commands.seekPlayback(1000),
    ]) {
      await assert.rejects(call, { errcode: -2812, status: 404 });
    }
  });

  test('ptz tells where the camera looks, and that an axis has ended', async () => {
    const { commands } = camera();
    assert.deepEqual(await commands.ptz('ptz_up_left_press'), {
      isDone: true,
      isAtEnd: false,
      position: { x: -15, y: 15, minX: -90, maxX: 90, minY: -45, maxY: 45 },
    });
    await commands.ptz('ptz_up_press');
    assert.equal((await commands.ptz('ptz_up_press')).isAtEnd, true);
    assert.equal((await commands.ptz('ptz_teleport')).isDone, false);
  });

  test('ptz keeps presets', async () => {
    const { commands } = camera();
    await commands.ptz('ptz_right_press');
    await commands.ptz('ptz_preset_set', { index: 2 });
    await commands.ptz('ptz_left_press');
    assert.equal((await commands.ptz('ptz_preset_goto', { index: 2 })).position!.x, 15);
    assert.equal((await commands.ptz('ptz_preset_goto', { index: 3 })).isDone, false);
  });

  test('the other topics of the reference panel', async () => {
    const { commands } = camera();
    await commands.setMirrorFlip('flip');
    await commands.setIntercom('using');
    const status = await commands.getStatus();
    assert.deepEqual(
      [status['Mirror_flip'], status['intercom'], status['status']],
      ['flip', 'using', 'working'],
    );
    assert.equal(await commands.getVersion(), '1.0.0');
    await assert.rejects(commands.setStatus('asleep' as 'standby'), { errcode: -2812 });
  });
});

describe('what makes no sense', () => {
  test('is not even asked', async () => {
    const { world, commands } = camera();
    for (const call of [
      () => commands.getRecordedDays(2024, 13),
      () => commands.getRecordedDays(NaN, 1),
      () => commands.getRecordedPeriods(100, 104),
      () => commands.getFiles(0, 100),
      () => commands.seekPlayback(-1),
      () => commands.seekPlayback(NaN),
    ]) {
      await assert.rejects(call, { errcode: -2000 });
    }
    assert.deepEqual(world.sent, []);
  });

  for (const data of [
    '[]',
    '5',
    '"text"',
    '{"status":"0"}',
    '{"video_list":{}}',
    '{"video_list":"many"}',
    '[1,2]',
  ]) {
    test(`is told of an answer like ${data}`, async () => {
      const { world, commands } = camera();
      world.answerText(data);
      const errors = await Promise.all(
        [
          commands.getRecordedPeriods(1, 100),
          commands.getRecordedDays(2024, 1),
          commands.getPlaybackProgress(),
          commands.getVersion(),
        ].map((call) =>
          call.then(
            () => assert.fail('accepted'),
            (error: { errcode: number }) => error.errcode,
          ),
        ),
      );
      assert.deepEqual(errors, [-2808, -2808, -2808, -2808]);
    });
  }
});
