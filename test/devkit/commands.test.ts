import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { discardTalk } from '../../devkit/camera/talk-sink';
import { Recordings } from '../../devkit/camera/recordings';
import type { RequestHandlerOptions } from '../../devkit/camera/request-handler';
import { fakeCamera, highLoop, recordingsOf, userCommand } from './fake-camera';
import type { FakeCamera } from './fake-camera';

const START_S = 1_700_000_000;
/** Of one clip, as `recordingsOf` makes it. */
const END_S = START_S + 21;

type Options = Partial<Omit<RequestHandlerOptions, 'channels'>> & { recordings?: Recordings };
const camera = (options: Options = {}): FakeCamera =>
  fakeCamera({ recordings: recordingsOf(highLoop, START_S), openTalkSink: discardTalk, ...options });
const inner = (from: FakeCamera, cmd: string, viewerId = 1): unknown =>
  from.get(`/command?action=inner_define&channel=0&cmd=${cmd}`, { viewerId }).response.json();
const user = (from: FakeCamera, topic: string, data?: unknown): unknown =>
  from.get(userCommand({ topic, data })).response.json();
const statusOf = (from: FakeCamera, type: string): string =>
  (inner(from, `get_device_st&type=${type}`) as { status: string }[])[0]!.status;
const PLAYBACK = `/ipc.flv?action=playback&channel=0&start_time=${START_S}&end_time=${END_S}`;
const LIVE = '/ipc.flv?action=live&channel=0';

describe('get_device_st', () => {
  const talk = (one: FakeCamera): unknown => one.get('/voice?channel=0', { method: 'POST' });
  const unplayable = (): Recordings => {
    const [clip] = recordingsOf(highLoop, START_S).within(START_S, END_S);
    return new Recordings([{ ...clip!, fileName: 'a.mp4', flvIndex: null }]);
  };
  const rows: [
    type: string,
    status: string,
    cause: string,
    options: Options,
    (one: FakeCamera) => unknown,
  ][] = [
    ['live', '0', 'there is room', {}, () => null],
    ['live&quality=high', '0', 'the camera has this quality', {}, () => null],
    ['live', '1', 'the camera is in standby', {}, (one) => user(one, 'set_status', { status: 'standby' })],
    ['live&quality=super', '404', 'the camera has no such quality', {}, () => null],
    ['live', '405', 'it streams as much as it can', { maxStreams: 1 }, (one) => one.get(LIVE)],
    ['voice', '0', 'nobody talks', {}, () => null],
    ['voice', '1', 'somebody else talks', {}, talk],
    ['voice', '0', 'streams take no place of a talk', { maxStreams: 1 }, (one) => one.get(LIVE)],
    ['voice', '406', 'it has no loudspeaker', { openTalkSink: null }, () => null],
    ['playback', '0', 'there are recordings', {}, () => null],
    ['playback', '405', 'it streams as much as it can', { maxStreams: 1 }, (one) => one.get(PLAYBACK)],
    ['playback', '406', 'it has recorded nothing', { recordings: new Recordings() }, () => null],
    ['playback', '406', 'all it has can only be downloaded', { recordings: unplayable() }, () => null],
    ['playback', '406', 'the card was formatted', {}, (one) => user(one, 'sd_format')],
    ['', '404', 'no type is given', {}, () => null],
    ['cinema', '404', 'there is no such type', {}, () => null],
  ];
  for (const [type, status, cause, options, before] of rows) {
    test(`type=${type}: ${status} when ${cause}`, () => {
      const one = camera(options);
      before(one);
      assert.equal(statusOf(one, type), status);
    });
  }

  test('a request for what was told to be possible is granted, and else refused', () => {
    for (const [type, target, method] of [
      ['live', LIVE, 'GET'],
      ['playback', PLAYBACK, 'GET'],
      ['voice', '/voice?channel=0', 'POST'],
    ] as const) {
      for (const one of [camera(), camera({ maxStreams: 0, openTalkSink: null })]) {
        const isFree = statusOf(one, type) === '0';
        assert.equal(one.get(target, { method }).response.status === 200, isFree, type);
      }
    }
  });
});

describe('commands about recordings', () => {
  test('get_month_record: a bit for each day', () => {
    const day = new Date(START_S * 1000);
    const time = `${day.getFullYear()}${String(day.getMonth() + 1).padStart(2, '0')}`;
    assert.deepEqual(inner(camera(), `get_month_record&time=${time}`), {
      video_list: String(2 ** (day.getDate() - 1)),
    });
  });

  test('get_record_index: of 5 s and more, by type', () => {
    const index = (lengthS: number, more = ''): unknown =>
      inner(camera(), `get_record_index&start_time=${START_S}&end_time=${START_S + lengthS}${more}`);
    const listed = { video_list: [{ type: 0, start_time: String(START_S), end_time: String(END_S) }] };
    assert.deepEqual(index(5), listed);
    assert.deepEqual(index(4), { status: '404' });
    assert.deepEqual(index(5, '&type=0'), listed);
    assert.deepEqual(index(5, '&type=1'), { video_list: [] });
  });

  test('get_file_list: what can be downloaded, with its size', () => {
    const one = camera();
    const { file_list } = inner(one, `get_file_list&start_time=${START_S}&end_time=${END_S}&file_type=0`) as {
      file_list: { file_name: string; file_size: string }[];
    };
    assert.equal(file_list.length, 1);
    const { response } = one.get(`/ipc.flv?action=download&channel=0&file_name=${file_list[0]!.file_name}`);
    assert.equal(response.headers['content-length'], file_list[0]!.file_size);
  });

  test('get_nvr_list: the channels', () => {
    assert.deepEqual(inner(camera(), 'get_nvr_list'), [{ DeviceName: 'camera', Channel: '0', Online: '1' }]);
  });
});

describe('commands about a playback', () => {
  const playing = (): FakeCamera => {
    const one = camera();
    one.get(PLAYBACK);
    one.clock.advance(2_000);
    return one;
  };
  const progressMs = (one: FakeCamera): number => {
    const { status, progress } = inner(one, 'playback_progress') as { status: string; progress: string };
    assert.equal(status, '0');
    return Number(progress);
  };
  /** The stream tells its progress picture by picture. */
  const near = (ms: number, expectedMs: number): void =>
    assert.ok(Math.abs(ms - expectedMs) <= 80, `${ms} ms, not ${expectedMs}`);

  test('playback_progress: ms since its start', () => near(progressMs(playing()), 2_000));

  test('playback_pause stands still, playback_resume goes on', () => {
    const one = playing();
    assert.deepEqual(inner(one, 'playback_pause'), { status: '0' });
    one.clock.advance(5_000);
    near(progressMs(one), 2_000);
    assert.deepEqual(inner(one, 'playback_resume'), { status: '0' });
    one.clock.advance(1_000);
    near(progressMs(one), 3_000);
  });

  for (const [what, parameter] of [
    ['ms of progress', 'progress=12000'],
    ['unix seconds', `progress=${START_S + 12}`],
    ['unix seconds, as older cameras name them', `time=${START_S + 12}`],
  ]) {
    test(`playback_seek in ${what}`, () => {
      const one = playing();
      assert.deepEqual(inner(one, `playback_seek&${parameter}`), { status: '0' });
      near(progressMs(one), 12_000);
    });
  }

  test('404 for whoever plays nothing, and for a point that is not in it', () => {
    const one = playing();
    for (const cmd of ['progress', 'pause', 'resume', 'seek&progress=0']) {
      assert.deepEqual(inner(one, `playback_${cmd}`, 2), { status: '404' }, cmd);
    }
    assert.deepEqual(inner(one, 'playback_seek&progress=999999'), { status: '404' });
    assert.deepEqual(inner(one, `playback_seek&progress=${START_S - 1}`), { status: '404' });
    assert.deepEqual(inner(one, 'playback_seek'), { status: '404' });
  });
});

describe('topics of a panel', () => {
  const states = (one: FakeCamera): Record<string, string> =>
    (user(one, 'get_status') as { data: Record<string, string> }).data;

  test('ptz: where it stands, and whether that is the end', () => {
    const answer = user(camera(), 'ptz', { cmd: 'ptz_left_press' }) as Record<string, unknown>;
    const { topic, result, apex, current_x, current_y, min_x, max_x, min_y, max_y } = answer;
    assert.deepEqual([topic, result, apex, current_x, current_y], ['ptz', 0, 'no', -15, 0]);
    assert.deepEqual([min_x, max_x, min_y, max_y], [-90, 90, -45, 45]);
  });

  for (const [topic, field, value] of [
    ['set_status', 'status', 'standby'],
    ['Mirror_flip', 'Mirror_flip', 'flip'],
    ['intercom', 'intercom', 'using'],
  ] as const) {
    test(`${topic}: get_status tells it afterwards`, () => {
      const one = camera();
      assert.deepEqual(user(one, topic, { status: value }), { topic, result: 0, data: { status: value } });
      assert.equal(states(one)[field], value);
      assert.deepEqual(user(one, topic, { status: 'x' }), { topic, result: 1 });
      assert.equal(states(one)[field], value);
    });
  }

  test('upgrade: version tells it afterwards', () => {
    const one = camera();
    const version = (): unknown => (user(one, 'version') as { data: object }).data;
    assert.deepEqual(version(), { version: '1.0.0' });
    for (const data of [undefined, {}, { version: 2 }, { version: '2' }, { version: '1.0.1; reboot' }]) {
      assert.deepEqual(user(one, 'upgrade', data), { topic: 'upgrade', result: 1 });
    }
    assert.deepEqual(user(one, 'upgrade', { version: '1.10.2' }), {
      topic: 'upgrade',
      result: 0,
      data: { version: '1.10.2' },
    });
    assert.deepEqual(version(), { version: '1.10.2' });
  });

  test('sd_format: nothing is listed, played or downloaded any more; what plays goes on', () => {
    const one = camera();
    const list = `get_file_list&start_time=${START_S}&end_time=${END_S}`;
    const [file] = (inner(one, list) as { file_list: { file_name: string }[] }).file_list;
    const { response } = one.get(PLAYBACK);
    assert.deepEqual(user(one, 'sd_format'), { topic: 'sd_format', result: 0 });
    assert.deepEqual(inner(one, list), { file_list: [] });
    assert.equal(one.get(PLAYBACK).response.status, 404);
    assert.equal(one.get(`/ipc.flv?action=download&file_name=${file!.file_name}`).response.status, 404);
    const bytes = response.body().length;
    one.clock.advance(1_000);
    assert.ok(response.body().length > bytes);
  });

  test('bind_status: asked and told', () => {
    const one = camera();
    const answer = (status: string): object => ({ topic: 'bind_status', result: 0, data: { status } });
    assert.deepEqual(user(one, 'bind_status'), answer('bound'));
    assert.deepEqual(user(one, 'bind_status', { status: 'unbound' }), answer('unbound'));
    assert.deepEqual(user(one, 'bind_status', { status: 'x' }), { topic: 'bind_status', result: 1 });
    assert.deepEqual(user(one, 'bind_status'), answer('unbound'));
  });
});
