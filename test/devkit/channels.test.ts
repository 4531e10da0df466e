import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QUALITIES } from '../../devkit/camera/live-source';
import { Recordings } from '../../devkit/camera/recordings';
import { createRequestHandler } from '../../devkit/camera/request-handler';
import { openChannels } from '../../devkit/camera/sources';
import { FakeClock } from './fake-clock';
import { FakeResponse, fakeRequest } from './fake-http';

describe('a camera of several channels', () => {
  const clock = new FakeClock();
  const channels = openChannels(clock, { sourceName: 'test:', channelCount: 3 });
  const handler = createRequestHandler({ clock, channels, viewerCount: () => 1 });
  const get = (target: string): FakeResponse => {
    const request = fakeRequest(target);
    const response = new FakeResponse();
    handler(request, response, 1);
    request.onAbort?.();
    return response;
  };

  test('shows another picture on each, and refuses those it has not', () => {
    const firstPictures = [0, 1, 2].flatMap((channel) =>
      QUALITIES.map((quality) => {
        const response = get(`/ipc.flv?action=live&channel=${channel}&quality=${quality}`);
        assert.equal(response.status, 200);
        const picture = response.tags().find((tag) => tag.isKeyframe)!;
        return Buffer.from(picture.data).toString('base64');
      }),
    );
    for (let i = 0; i < QUALITIES.length; i++) {
      const acrossChannels = [0, 1, 2].map((channel) => firstPictures[channel * QUALITIES.length + i]);
      assert.equal(new Set(acrossChannels).size, 3, `quality ${QUALITIES[i]}`);
    }
    assert.equal(get('/ipc.flv?action=live&channel=3').status, 404);
  });

  test('lists them as a recorder does', () => {
    assert.deepEqual(get('/command?action=inner_define&cmd=get_nvr_list').json(), [
      { DeviceName: 'camera', Channel: '0', Online: '1' },
      { DeviceName: 'camera 2', Channel: '1', Online: '1' },
      { DeviceName: 'camera 3', Channel: '2', Online: '1' },
    ]);
  });

  test('turns each by itself', () => {
    const ptz = (channel: number): unknown =>
      (
        get(`/command?action=user_define&channel=${channel}&cmd=ptz_right`).json() as {
          current_x: number;
        }
      ).current_x;
    assert.deepEqual([ptz(0), ptz(0), ptz(2)], [15, 30, 15]);
  });

  test('has recordings of its own on each, under names of their own', () => {
    const names = channels.flatMap(({ recordings }) =>
      recordings.within(-Infinity, Infinity).map(({ fileName }) => fileName),
    );
    assert.equal(names.length, 36);
    assert.equal(new Set(names).size, 36);
    const given = openChannels(clock, {
      sourceName: 'test:',
      channelCount: 2,
      recordings: new Map([[1, channels[1]!.recordings]]),
    });
    assert.deepEqual(
      given.map(({ recordings }) => recordings.hasPlayable),
      [false, true],
    );
    assert.equal(new Recordings().hasPlayable, false);
  });
});
