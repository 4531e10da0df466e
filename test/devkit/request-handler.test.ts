import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createFileSource } from '../../devkit/camera/file-source';
import { readFlvLoop } from '../../devkit/camera/flv-loop';
import { createRequestHandler } from '../../devkit/camera/request-handler';
import type { RequestHandlerOptions } from '../../devkit/camera/request-handler';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import type { HttpServerRequest } from '../../p2p-core/http/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { FakeClock } from './fake-clock';
import { FakeResponse, fakeRequest } from './fake-http';

const high = readFlvLoop(fs.readFileSync(path.join(process.cwd(), 'devkit/fixtures/high.flv')));
const isMedia = (tag: FlvTag): boolean => tag.type !== FlvTagType.Script && !tag.isSequenceHeader;
const isPicture = (tag: FlvTag): boolean => tag.type === FlvTagType.Video && isMedia(tag);

interface Camera {
  clock: FakeClock;
  get(target: string, method?: string): { request: HttpServerRequest; response: FakeResponse };
}

function camera(options: Partial<RequestHandlerOptions> = {}): Camera {
  const clock = new FakeClock();
  const source = createFileSource(clock, { high });
  const handler = createRequestHandler({ source, viewerCount: () => 3, ...options });
  return {
    clock,
    get(target, method) {
      const request = fakeRequest(target, method);
      const response = new FakeResponse();
      handler(request, response);
      return { request, response };
    },
  };
}

describe('the requests of a camera', () => {
  test('are answered with the status that tells what was wrong', () => {
    const rows: [string, number, string?][] = [
      ['/ipc.flv?action=live&channel=0&quality=high', 200],
      ['/ipc.flv?action=live', 200],
      ['/ipc.flv?action=live&channel=0&quality=best', 400],
      ['/ipc.flv?action=live&channel=0&quality=super', 400], // this camera has it not
      ['/ipc.flv?action=live&channel=1&quality=high', 404],
      ['/ipc.flv?action=rewind', 404],
      ['/ipc.flv', 400],
      ['/other', 404],
      ['/command', 400],
      ['/command?action=other', 400],
      ['/ipc.flv?action=live', 501, 'POST'],
    ];
    for (const [target, status, method] of rows) {
      const { response } = camera().get(target, method);
      assert.equal(response.status, status, target);
      if (status === 200) continue;
      assert.equal(response.isEnded, true, target);
      assert.equal(response.headers['content-length'], String(response.body().length));
      assert.equal(typeof (response.json() as { error: unknown }).error, 'string');
    }
  });

  test('of commands are answered as Tencent’s cameras answer them', () => {
    const rows: [string, number, unknown][] = [
      ['inner_define&channel=0&cmd=get_device_st&type=live', 200, [{ status: '0', appConnectNum: '3' }]],
      [
        'inner_define&channel=0&cmd=get_device_st&type=live&quality=super',
        200,
        [{ status: '0', appConnectNum: '3' }],
      ],
      [
        'inner_define&channel=0&cmd=get_device_st&type=live&quality=x',
        200,
        [{ status: '404', appConnectNum: '3' }],
      ],
      ['inner_define&channel=5&cmd=get_device_st&type=live', 200, [{ status: '404', appConnectNum: '3' }]],
      ['inner_define&channel=0&cmd=get_device_st&type=voice', 200, [{ status: '406', appConnectNum: '3' }]],
      ['inner_define&channel=0&cmd=get_device_st', 200, [{ status: '404', appConnectNum: '3' }]],
      ['inner_define&channel=0&cmd=get_nothing', 200, { status: '406' }],
      ['inner_define', 200, { status: '406' }],
      [
        'user_define&channel=0&cmd={"topic":"light","message_id":7}',
        200,
        { topic: 'light', message_id: 7, status: '406' },
      ],
      ['user_define&channel=0&cmd=%7B%22topic%22%3A%22light%22%7D', 200, { topic: 'light', status: '406' }],
      ['user_define&channel=0&cmd={"topic"', 400, { error: 'cmd must be JSON' }],
      ['user_define&channel=0&cmd=[]', 400, { error: 'cmd must be a JSON object' }],
      ['user_define&channel=0&cmd={}', 400, { error: 'cmd must have a topic' }],
      ['user_define&channel=0', 400, { error: 'cmd must be JSON' }],
    ];
    for (const [query, status, body] of rows) {
      const { response } = camera().get(`/command?action=${query}`);
      assert.equal(response.status, status, query);
      assert.deepEqual(response.json(), body, query);
      assert.equal(response.priority, StreamPriority.Command);
    }
  });

  test('turn the camera until it reaches the end of its axis', () => {
    const { get } = camera();
    const ptz = (cmd: string): Record<string, unknown> => {
      const query = encodeURIComponent(JSON.stringify({ topic: 'ptz', message_id: 1, data: { cmd } }));
      return get(`/command?action=user_define&channel=0&cmd=${query}`).response.json() as Record<
        string,
        unknown
      >;
    };
    const first = ptz('ptz_right_press');
    assert.deepEqual(
      [first['result'], first['apex'], first['current_x'], first['message_id']],
      [0, 'no', 15, 1],
    );
    for (let i = 0; i < 9; i++) ptz('ptz_right_press');
    const last = ptz('ptz_release_pre');
    assert.deepEqual([last['apex'], last['current_x'], last['max_x']], ['yes', 90, 90]);
    assert.equal(ptz('ptz_left_press')['apex'], 'no');
    assert.equal(ptz('constructor')['result'], 1);
  });
});

describe('live video', () => {
  test('starts with a key frame at 0 for every viewer and keeps the step of the source', () => {
    const { clock, get } = camera();
    clock.advance(25_000);
    const { response } = get('/ipc.flv?action=live&channel=0&quality=high');
    assert.equal(response.headers['content-type'], 'video/x-flv');
    assert.equal(response.priority, StreamPriority.Live);
    for (let i = 0; i < 200; i++) {
      response.take();
      clock.advance(100);
    }
    const tags = response.tags();
    assert.equal(tags.filter((tag) => !isMedia(tag)).length, 3);
    const pictures = tags.filter(isPicture);
    assert.ok(pictures[0]!.isKeyframe);
    pictures.forEach((picture, index) => assert.equal(picture.timestampMs, index * 40));
    // 25 s into the stream the newest key frame is the 20th, at 24.32 s: 45 s - 24.32 s = 517 pictures.
    assert.equal(pictures.length, 518);
    const firstPicture = high.mediaTags.filter(isPicture)[608 % 256]!;
    assert.deepEqual(pictures[0]!.data, firstPicture.data);
  });

  test('drops whole ends of groups of pictures for a viewer that is too slow, and never grows', () => {
    const skips: number[] = [];
    const maxBufferedBytes = 64 * 1024;
    const { clock, get } = camera({ maxBufferedBytes, onSkip: (count) => skips.push(count) });
    const { response } = get('/ipc.flv?action=live&channel=0&quality=high');
    const largestTagBytes = Math.max(...high.mediaTags.map((tag) => tag.data.length + 15));
    for (let i = 0; i < 600; i++) {
      response.take(2_000); // 160 kbit/s, where 360 are offered
      clock.advance(100);
      assert.ok(response.bufferedBytes() <= maxBufferedBytes + largestTagBytes);
    }
    assert.ok(skips.length > 5);
    assert.deepEqual(
      skips,
      skips.map((_, index) => index + 1),
    );
    // What arrived is decodable: after each hole comes a key frame, and no other picture is missing.
    const pictures = response.tags().filter(isPicture);
    let holes = 0;
    for (let i = 1; i < pictures.length; i++) {
      const step = pictures[i]!.timestampMs - pictures[i - 1]!.timestampMs;
      if (step === 40) continue;
      holes++;
      assert.ok(pictures[i]!.isKeyframe, `hole of ${step} ms before an inter picture`);
    }
    assert.ok(holes > 5 && holes <= skips.length);
  });

  test('does not drop what a new viewer gets in one go, however large it is', () => {
    const { clock, get } = camera({ maxBufferedBytes: 10_000, onSkip: () => assert.fail('skipped') });
    clock.advance(1_270);
    const { response } = get('/ipc.flv?action=live&channel=0&quality=high');
    assert.ok(response.bufferedBytes() > 30_000);
    assert.equal(response.tags().filter(isPicture).length, 32);
  });

  test('ends for a viewer that goes away, and only for that one', () => {
    const { clock, get } = camera();
    const left = get('/ipc.flv?action=live');
    const stays = get('/ipc.flv?action=live');
    const bytes = left.response.body().length;
    left.request.onAbort!();
    clock.advance(1_000);
    assert.equal(left.response.body().length, bytes);
    assert.ok(stays.response.body().length > bytes);
    stays.request.onAbort!();
    assert.equal(clock.timerCount, 0);
  });
});
