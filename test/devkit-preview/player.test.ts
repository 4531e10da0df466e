import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type FlvDecoderOptions, setFlvEngine } from '../../devkit/preview/player/engine';
import { LocalServer, localServer } from '../../devkit/preview/player/local-server';
import { playerPlugin } from '../../devkit/preview/player/p2p-player';
import { createPlayback, type Playback } from '../../devkit/preview/player/playback';
import { createTestHost, tick, type TestHost } from '../support/component-host';
import { installDom } from '../support/dom';

/** Nothing times out, however busy the machine is. */
const PATIENT = { dataTimeoutMs: 60_000, retryDelayMs: 1, maxRetries: 2 };
/** Everything times out soon. */
const HASTY = { dataTimeoutMs: 10, retryDelayMs: 1, maxRetries: 2 };

describe('the local server of the player plugin', () => {
  test('answers one request at a time and tells its owner about each', () => {
    const server = new LocalServer();
    const seen: string[] = [];
    const endpoint = server.serve({
      onRequest: () => seen.push('request'),
      onClose: () => seen.push('close'),
    });
    const connect = (name: string) =>
      server.connect(endpoint.url, {
        onData: (chunk) => seen.push(`${name} ${chunk.length}`),
        onEnd: () => seen.push(`${name} end`),
      });

    endpoint.send(new Uint8Array(1));
    connect('first');
    endpoint.send(new Uint8Array(2));
    const close = connect('second');
    endpoint.send(new Uint8Array(3));
    close?.();
    close?.();
    endpoint.send(new Uint8Array(4));

    assert.deepEqual(seen, ['request', 'first 2', 'close', 'first end', 'request', 'second 3', 'close']);
  });

  test('ends a request when its owner finishes, is removed, or the server restarts', () => {
    const server = new LocalServer();
    const seen: string[] = [];
    const endpoint = server.serve({ onRequest: () => {}, onClose: () => seen.push('close') });
    const connection = { onData: () => {}, onEnd: () => seen.push('end') };

    server.connect(endpoint.url, connection);
    endpoint.finish();
    server.connect(endpoint.url, connection);
    server.reset();
    server.connect(endpoint.url, connection);
    endpoint.remove();

    assert.deepEqual(seen, ['close', 'end', 'close', 'end', 'close', 'end']);
    assert.equal(server.connect(endpoint.url, connection), null);
  });
});

describe('a playback', () => {
  let seen: (string | number)[];
  let playback: Playback | undefined;
  let decoder: FlvDecoderOptions | undefined;

  beforeEach(() => {
    installDom();
    seen = [];
    setFlvEngine((options) => {
      decoder = options;
      return {
        push: (chunk) => seen.push(`decode ${chunk.length}`),
        destroy: () => seen.push('decoder gone'),
      };
    });
  });
  afterEach(() => {
    playback?.destroy();
    setFlvEngine(null);
  });

  function play(src: string, timing = PATIENT, video = document.createElement('video')): HTMLVideoElement {
    playback = createPlayback({
      video,
      src,
      minCacheMs: 200,
      maxCacheMs: 500,
      timing,
      emit: (name, detail) => {
        if (name === 'statechange') seen.push((detail as { code: number }).code);
      },
      onEnd: () => seen.push('ended'),
      onSoundBlocked: () => seen.push('sound blocked'),
    });
    return video;
  }

  function serve() {
    return localServer.serve({ onRequest: () => seen.push('startPull'), onClose: () => seen.push('close') });
  }

  async function until(done: () => boolean): Promise<void> {
    for (let attempt = 0; !done(); attempt++) {
      assert.ok(attempt < 400, `waited in vain; seen: ${seen.join(' ')}`);
      await tick(5);
    }
  }

  test('starts in the order of the native player', async () => {
    const endpoint = serve();
    const video = play(endpoint.url);
    assert.deepEqual(seen, [], 'nothing happens inside the call');
    await until(() => seen.includes(2001));

    endpoint.send(new Uint8Array(5));
    video.dispatchEvent(new Event('playing'));

    assert.deepEqual(seen, [2008, 'startPull', 2001, 'decode 5', 2004, 2009, 2003]);
    endpoint.remove();
  });

  test('retries with 2103 while nothing comes, then gives up with -2301', async () => {
    const endpoint = serve();
    play(endpoint.url, HASTY);

    await until(() => seen.includes('ended'));

    const round = ['startPull', 2001, 'close', 'decoder gone'];
    assert.deepEqual(seen, [2008, ...round, 2103, ...round, 2103, ...round, -2301, 'ended']);
    endpoint.remove();
  });

  test('retries when the bytes are no FLV', async () => {
    const endpoint = serve();
    play(endpoint.url);
    await until(() => seen.includes(2001));

    decoder?.onError('FormatUnsupported');

    await until(() => seen.includes(2103));
    assert.ok(seen.indexOf('close') < seen.indexOf(2103));
    endpoint.remove();
  });

  test('says errCode:-1004 when nothing is served at the address', async () => {
    const messages: string[] = [];
    playback = createPlayback({
      video: document.createElement('video'),
      src: 'http://127.0.0.1:38080/p2p-player/999.flv',
      minCacheMs: 200,
      maxCacheMs: 500,
      timing: PATIENT,
      emit: (_name, detail) => messages.push((detail as { message: string }).message),
      onEnd: () => {},
      onSoundBlocked: () => {},
    });

    await until(() => messages.length > 1);

    assert.match(messages[1] ?? '', /errCode:-1004\b/);
  });

  test('goes on muted when the browser refuses sound', async () => {
    const endpoint = serve();
    const video = document.createElement('video');
    let plays = 0;
    video.play = () => {
      plays += 1;
      return video.muted
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
    };

    play(endpoint.url, PATIENT, video);

    await until(() => seen.includes('sound blocked'));
    assert.equal(video.muted, true);
    assert.equal(plays, 2);
    endpoint.remove();
  });

  test('says nothing more once it is destroyed, at whatever moment', async () => {
    const endpoint = serve();
    for (const waitMs of [0, 1, 5, 12, 20]) {
      const video = play(endpoint.url, HASTY);
      await tick(waitMs);
      playback?.destroy();
      const count = seen.length;

      endpoint.send(new Uint8Array(1));
      video.dispatchEvent(new Event('playing'));
      await tick(25);

      assert.equal(seen.length, count, `destroyed after ${waitMs} ms: ${seen.slice(count).join(' ')}`);
    }
    endpoint.remove();
  });
});

describe('the p2p-player component', () => {
  let testHost: TestHost;
  const plugins = { 'wechat-p2p-player': playerPlugin };
  const root = 'test/e2e/fixtures/feeder';

  afterEach(() => testHost.dispose());

  async function openPage() {
    testHost = createTestHost({ root, components: [], plugins });
    const page = testHost.host.router.open('/pages/feed/feed').instance;
    await tick();
    const player = page._$.getShadowRoot()?.querySelector('.player') as unknown as {
      getShadowRoot(): { querySelector(selector: string): { data: Record<string, unknown> } };
    };
    return { page, livePlayer: player.getShadowRoot().querySelector('#live') };
  }

  test('hands out its export and passes its settings to live-player', async () => {
    const { page, livePlayer } = await openPage();

    const detail = page['player'] as { playerExport: object; livePlayerContext: object };
    assert.deepEqual(Object.keys(detail.playerExport), ['addChunk', 'finishMedia']);
    assert.deepEqual(Object.keys(detail.livePlayerContext), [
      'play',
      'stop',
      'pause',
      'resume',
      'mute',
      'snapshot',
    ]);
    assert.match(String(livePlayer.data['src']), /^http:\/\/127\.0\.0\.1/);
    assert.equal(livePlayer.data['minCache'], 0.2);
    assert.equal(livePlayer.data['autoplay'], false);
  });

  test('answers its context by callback or promise, with a reason on failure', async () => {
    const { page } = await openPage();
    type Command = (options?: object) => Promise<{ errMsg: string }>;
    const { livePlayerContext } = page['player'] as {
      livePlayerContext: Record<'stop' | 'snapshot', Command>;
    };

    assert.equal((await livePlayerContext.stop()).errMsg, 'stop:ok');
    await assert.rejects(livePlayerContext.snapshot(), { errMsg: 'snapshot:fail no picture yet' });
    const failure = await new Promise<{ errMsg: string }>(
      (fail) => void livePlayerContext.snapshot({ fail }),
    );
    assert.match(failure.errMsg, /no picture/);
  });
});
