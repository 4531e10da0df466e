import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { authorization } from '../../devkit/camera/http-auth';
import { createHttpPtz } from '../../devkit/camera/http-ptz';
import { MAX_TURN_MS, PtzDesk } from '../../devkit/camera/ptz-desk';
import type { PtzDevice } from '../../devkit/camera/ptz-device';
import { fakeCamera, userCommand } from './fake-camera';
import { FakeClock } from './fake-clock';

interface Rig {
  clock: FakeClock;
  desk: PtzDesk;
  /** What the camera was asked. */
  asked: string[];
  /** Answers what it was asked last, if it `holds`. */
  answer(error?: Error): Promise<void>;
}

function rigOf({ holds = false, failingStops = 0 } = {}): Rig {
  const clock = new FakeClock();
  const asked: string[] = [];
  let pending: { resolve: () => void; reject: (error: Error) => void } | null = null;
  let stopsToFail = failingStops;
  const ask = (text: string): Promise<void> => {
    asked.push(text);
    if (text.startsWith('stop') && stopsToFail-- > 0) return Promise.reject(new Error('no answer'));
    return holds ? new Promise((resolve, reject) => (pending = { resolve, reject })) : Promise.resolve();
  };
  const device: PtzDevice = {
    move: (move) => ask(move),
    stop: (last) => ask(`stop ${last}`),
    goToPreset: (index) => ask(`go ${index}`),
    setPreset: (index) => ask(`set ${index}`),
  };
  return {
    ...{ clock, asked, desk: new PtzDesk({ clock, device }) },
    async answer(error) {
      const { resolve, reject } = pending!;
      if (error === undefined) resolve();
      else reject(error);
      await settle();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const DONE = { result: 0, apex: 'no' };
const FAILED = { result: 1, apex: 'no' };

describe('a real camera that is turned', () => {
  test('turns at a press and stops at the release, and knows the ten directions and the presets', async () => {
    const { desk, asked, clock } = rigOf();
    assert.deepEqual(await desk.command('ptz_left_press', undefined, 1), DONE);
    assert.deepEqual(await desk.command('ptz_release_pre', undefined, 1), DONE);
    assert.deepEqual(await desk.command('ptz_up_right_press', undefined, 1), DONE);
    assert.deepEqual(await desk.command('ptz_preset_goto', 3, 1), DONE);
    assert.deepEqual(await desk.command('ptz_preset_set', 16, 1), DONE);
    assert.deepEqual(await desk.command('ptz_release_pre', undefined, 1), DONE);
    assert.deepEqual(asked, ['left', 'stop left', 'up_right', 'go 3', 'set 16', 'stop up_right']);
    for (const [name, index] of [
      ['ptz_fly_press'],
      [7],
      ['ptz_constructor'],
      ['ptz_preset_goto', 17],
      ['ptz_preset_set', '1'],
    ]) {
      assert.deepEqual(await desk.command(name, index, 1), FAILED, String(name));
    }
    assert.equal(clock.timerCount, 0);
  });

  test('stops when its viewer has left, but not when another has', async () => {
    const { desk, asked, clock } = rigOf();
    await desk.command('ptz_left_press', undefined, 1);
    desk.viewerLeft(2);
    await settle();
    assert.deepEqual(asked, ['left']);
    desk.viewerLeft(1);
    await settle();
    assert.deepEqual(asked, ['left', 'stop left']);
    desk.viewerLeft(1);
    await settle();
    assert.equal(asked.length, 2);
    assert.equal(clock.timerCount, 0);
  });

  test('stops although its viewer leaves before the camera has taken the press, or it refuses it', async () => {
    for (const error of [undefined, new Error('busy')]) {
      const { desk, asked, answer } = rigOf({ holds: true });
      void desk.command('ptz_left_press', undefined, 1);
      desk.viewerLeft(1);
      await settle();
      await answer(error);
      assert.deepEqual(asked, ['left', 'stop left']);
    }
  });

  test('stops by itself after 15 s, and after half a second of the form that has no release', async () => {
    const { desk, asked, clock } = rigOf();
    await desk.command('ptz_left_press', undefined, 1);
    clock.advance(MAX_TURN_MS - 1);
    await settle();
    assert.deepEqual(asked, ['left']);
    clock.advance(1);
    await settle();
    assert.deepEqual(asked, ['left', 'stop left']);
    await desk.command('ptz_up', undefined, 1);
    clock.advance(500);
    await settle();
    assert.deepEqual(asked.slice(2), ['up', 'stop up']);
    assert.equal(clock.timerCount, 0);
  });

  test('goes on with a new press while the stop of the one before is under way', async () => {
    const { desk, asked, clock, answer } = rigOf({ holds: true });
    void desk.command('ptz_left_press', undefined, 1);
    void desk.command('ptz_release_pre', undefined, 1);
    void desk.command('ptz_right_press', undefined, 1);
    for (let i = 0; i < 3; i++) {
      await settle();
      await answer();
    }
    assert.deepEqual(asked, ['left', 'stop left', 'right']);
    assert.equal(clock.timerCount, 1, 'the limit of the second press still runs');
    void desk.close();
    await settle();
    await answer();
    assert.equal(asked[3], 'stop right');
    await settle();
    assert.equal(clock.timerCount, 0);
  });

  test('is told again when it does not take a stop, not for ever, and not over a new press', async () => {
    const { desk, asked, clock } = rigOf({ failingStops: 2 });
    await desk.command('ptz_left_press', undefined, 1);
    assert.deepEqual(await desk.command('ptz_release_pre', undefined, 1), FAILED);
    for (let i = 0; i < 5; i++) {
      clock.advance(1_000);
      await settle();
    }
    assert.deepEqual(asked, ['left', 'stop left', 'stop left', 'stop left']);
    const deaf = rigOf({ failingStops: 99 });
    await deaf.desk.command('ptz_left_press', undefined, 1);
    await deaf.desk.command('ptz_release_pre', undefined, 1);
    for (let i = 0; i < 50; i++) {
      deaf.clock.advance(1_000);
      await settle();
    }
    assert.equal(
      deaf.asked.length,
      1 + 5 + 5,
      'five times at the release, and five at the limit of the press',
    );
    assert.equal(deaf.clock.timerCount, 0);
  });

  test('does not queue more than a few commands', async () => {
    const { desk, asked } = rigOf({ holds: true });
    const answers = Array.from({ length: 6 }, () => desk.command('ptz_left_press', undefined, 1));
    assert.deepEqual(await answers[5], FAILED);
    assert.deepEqual(asked, ['left']);
  });

  test('answers the app as its reference panel expects it, and a camera without a motor says 406', async () => {
    const { desk, asked } = rigOf();
    const press = userCommand({ topic: 'ptz', message_id: 7, data: { cmd: 'ptz_down_press' } });
    const camera = fakeCamera({ ptz: desk });
    const { response } = camera.get(press);
    await settle();
    assert.deepEqual(response.json(), { topic: 'ptz', message_id: 7, ...DONE });
    assert.deepEqual(asked, ['down']);
    camera.leave(1);
    await settle();
    assert.deepEqual(asked, ['down', 'stop down']);
    const fixed = fakeCamera({ ptz: null });
    assert.deepEqual(fixed.get(press).response.json(), { topic: 'ptz', message_id: 7, status: '406' });
    for (const topic of ['Mirror_flip', 'upgrade', 'sd_format', 'bind_status']) {
      const { response: told } = fixed.get(
        userCommand({ topic, data: { status: 'mirror', version: '9.9' } }),
      );
      assert.deepEqual(told.json(), { topic, status: '406' }, 'a real camera does not pretend');
    }
  });
});

describe('a camera that turns by URL', () => {
  test('gets its own words, and the login as it asks for it', async () => {
    const seen: string[] = [];
    const server = http.createServer((request, response) => {
      const isKnown = /^Digest .*uri="\/cgi\?[^"]*"/.test(request.headers.authorization ?? '');
      if (!isKnown)
        return response.writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n"' }).end();
      seen.push(request.url!);
      response.writeHead(request.url!.includes('zoom_in') ? 500 : 200).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://user:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/cgi`;
    const one = createHttpPtz(`${base}?c={command}&l={last}&x={pan}&y={tilt}&z={zoom}&p={preset}&q={other}`);
    await one.move('down_left');
    await one.stop('down_left');
    await one.goToPreset(4);
    await assert.rejects(one.move('zoom_in'), { message: 'it answers 500' });
    assert.deepEqual(seen.slice(0, 3), [
      '/cgi?c=down_left&l=down_left&x=-1&y=-1&z=0&p=0&q={other}',
      '/cgi?c=stop&l=down_left&x=0&y=0&z=0&p=0&q={other}',
      '/cgi?c=preset_goto&l=preset_goto&x=0&y=0&z=0&p=4&q={other}',
    ]);
    const each = createHttpPtz({ left: `${base}?start=L`, stop: `${base}?stop={last}` });
    await each.move('left');
    await each.stop('left');
    await assert.rejects(each.move('up'), { message: 'there is no URL for up' });
    assert.deepEqual(seen.slice(-2), ['/cgi?start=L', '/cgi?stop=left']);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await assert.rejects(one.stop('left'), { message: 'ECONNREFUSED' });
  });

  test('proves who we are as RFC 7616 and RFC 2069 have it, or as Basic', () => {
    // The example of RFC 7616 §3.9.1.
    const login = { user: 'Mufasa', password: 'Circle of Life' };
    const challenge = (algorithm: string): string =>
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
    const what = {
      ...{ method: 'GET', uri: '/dir/index.html' },
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    };
    assert.match(
      authorization([challenge('MD5')], login, what)!,
      /response="8ca523f5e9506fed4657c9700eebdbec"/,
    );
    const both = authorization([challenge('MD5'), challenge('SHA-256')], login, what)!;
    assert.match(both, /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/);
    assert.match(both, /nc=00000001, cnonce="f2\/wE4q74E6z/);
    // The example of RFC 2617 §3.5 without qop is what RFC 2069 computes.
    const old = authorization(
      ['Basic realm="x"', 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'],
      { user: 'Mufasa', password: 'Circle Of Life' },
      what,
    )!;
    assert.match(old, /response="670fd8c2df070c60b045671b8b24ff02"/);
    assert.ok(!old.includes('qop'));
    assert.equal(authorization(['Basic realm="x"'], { user: 'u', password: 'ä:b' }, what), 'Basic dTrDpDpi');
    assert.equal(authorization(['Digest realm="x", algorithm=SHA-512', 'Negotiate'], login, what), null);
    assert.equal(authorization([], login, what), null);
  });
});
