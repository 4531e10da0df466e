import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { MjpgPlayer } from '../../../store/mjpg/mjpg-player';
import type { MjpgScreen, PictureSize } from '../../../store/mjpg/mjpg-player';
import { VirtualEnvironment } from '../support/virtual-environment';

const SIZE: PictureSize = { widthPx: 320, heightPx: 180 };

/** A screen that takes as long as a test says: `drawMs` null waits for `finish`. */
class FakeScreen implements MjpgScreen {
  readonly shown: string[] = [];
  readonly atMs: number[] = [];
  drawMs: number | null = 0;
  isBroken = false;
  finish: () => void = () => {};

  constructor(private readonly environment: VirtualEnvironment) {}

  show(jpeg: Uint8Array, done: (size: PictureSize | null) => void): void {
    this.shown.push(Buffer.from(jpeg).toString());
    this.atMs.push(this.environment.nowMs());
    this.finish = () => done(this.isBroken ? null : SIZE);
    if (this.drawMs === 0) this.finish();
    else if (this.drawMs !== null) this.environment.setTimer(this.finish, this.drawMs);
  }
}

let environment: VirtualEnvironment;
let screen: FakeScreen;
let player: MjpgPlayer;
let events: string[];
let onEvent: (event: string) => void;
let saved: string[];

beforeEach(() => {
  environment = new VirtualEnvironment();
  screen = new FakeScreen(environment);
  events = [];
  saved = [];
  onEvent = () => {};
  player = new MjpgPlayer({
    environment,
    screen,
    save: (jpeg, done) => {
      saved.push(Buffer.from(jpeg).toString());
      done({ tempImagePath: 'wxfile://1.jpg', errMsg: '' });
    },
    emit: (name, detail) => {
      const { code } = detail as { code?: number };
      const event = code === undefined ? name : `${name} ${code}`;
      if (name !== 'netstatus') events.push(event);
      onEvent(name === 'netstatus' ? JSON.stringify(detail) : event);
    },
  });
});

const chunkOf = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text)).buffer;
const part = (body: string, type = 'image/jpeg'): string =>
  `--f\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;
const send = (...bodies: string[]): void =>
  player.addChunk(chunkOf(bodies.map((body) => part(body)).join('')));
const play = (): void => player.play();

describe('the player of picture streams', () => {
  test('asks for a stream when it plays, tells the first picture once, and closes when it stops', async () => {
    send('before play');
    play();
    play();
    send('one', 'two');
    await environment.advance(100);
    send('three');
    player.context.stop({ success: () => events.push('stopped') });
    send('after stop');
    assert.deepEqual(screen.shown, ['one', 'two', 'three']);
    assert.deepEqual(events, ['playerStartPull', 'statechange 2003', 'playerClose', 'stopped']);
    assert.equal(environment.pendingTimers, 0);
  });

  test('draws one picture at a time, and of those that wait only the newest', async () => {
    screen.drawMs = null;
    play();
    send('1', '2', '3', '4');
    assert.deepEqual(screen.shown, ['1']);
    screen.finish();
    assert.deepEqual(screen.shown, ['1', '4']);
    assert.deepEqual(player.counters, { drawn: 1, dropped: 2 });
  });

  test('on a slow phone the delay stays that of one picture, however long it plays', async () => {
    screen.drawMs = 150;
    play();
    for (let i = 0; i < 250; i++) {
      send(String(environment.nowMs()));
      await environment.advance(40);
    }
    const delays = screen.shown.map((sentMs, index) => screen.atMs[index]! - Number(sentMs));
    assert.ok(Math.max(...delays) <= 40, `${Math.max(...delays)} ms`);
    assert.ok(screen.shown.length >= 60, `${screen.shown.length} drawn in 10 s`);
  });

  test('keeps to the rate that was asked for, whatever comes', async () => {
    player.setMaxFps(10);
    play();
    for (let i = 0; i < 500; i++) {
      send(String(i));
      await environment.advance(i % 3 === 0 ? 31 : 17);
    }
    const seconds = environment.nowMs() / 1000;
    const fps = screen.shown.length / seconds;
    assert.ok(fps > 9.5 && fps < 10.3, `${fps} a second`);
    const gaps = screen.atMs.slice(1).map((atMs, index) => atMs - screen.atMs[index]!);
    assert.ok(
      Math.min(...gaps) >= 80 && Math.max(...gaps) <= 131,
      `${Math.min(...gaps)}-${Math.max(...gaps)}`,
    );
  });

  test('after a silence it closes, says so, and asks again; a picture starts the count of tries anew', async () => {
    play();
    send('one');
    await environment.advance(4000);
    send('two');
    await environment.advance(4999);
    assert.deepEqual(events.splice(0), ['playerStartPull', 'statechange 2003']);
    await environment.advance(1);
    assert.deepEqual(events.splice(0), ['playerClose', 'statechange 2103']);
    await environment.advance(3000);
    assert.deepEqual(events.splice(0), ['playerStartPull']);
    send('three');
    assert.deepEqual(events.splice(0), ['statechange 2003']);
    await environment.advance(60_000);
    const tries = ['playerClose', 'statechange 2103', 'playerStartPull'];
    assert.deepEqual(events, [...tries, ...tries, ...tries, 'playerClose', 'statechange -2301']);
    assert.equal(environment.pendingTimers, 0);
  });

  test('a stream that is no picture stream is asked for again', () => {
    play();
    player.addChunk(chunkOf('FLV\x01'.repeat(400)));
    assert.deepEqual(events, ['playerStartPull', 'playerClose', 'statechange 2103']);
  });

  test('passes over single bad pictures, and breaks after ten in a row', () => {
    play();
    screen.isBroken = true;
    for (let i = 0; i < 9; i++) send('bad');
    screen.isBroken = false;
    send('good');
    screen.isBroken = true;
    for (let i = 0; i < 9; i++) send('bad');
    assert.deepEqual(events, ['playerStartPull', 'statechange 2003']);
    send('bad');
    assert.deepEqual(events.slice(2), ['playerClose', 'statechange 2103']);
  });

  test('goes on after a picture that the platform never answers for, and ignores a late answer', async () => {
    screen.drawMs = null;
    play();
    send('lost');
    const late = screen.finish;
    await environment.advance(1000);
    send('next');
    await environment.advance(1000);
    assert.deepEqual(screen.shown, ['lost', 'next']);
    late();
    assert.equal(player.counters.drawn, 0);
    screen.finish();
    assert.equal(player.counters.drawn, 1);
  });

  test('shows parts that do not say what they are, and leaves other things than pictures alone', () => {
    play();
    player.addChunk(chunkOf(part('text', 'text/plain') + part('sound', 'audio/basic')));
    player.addChunk(chunkOf('--f\r\n\r\nunnamed\r\n--f\r\n'));
    assert.deepEqual(screen.shown, ['unnamed']);
  });

  test('saves the picture that is on the screen', () => {
    const snapshot = player.context.snapshot!;
    snapshot({ fail: ({ errMsg }) => assert.equal(errMsg, 'no picture') });
    play();
    send('one');
    screen.drawMs = null;
    send('two');
    snapshot({ success: ({ tempImagePath }) => assert.equal(tempImagePath, 'wxfile://1.jpg') });
    assert.deepEqual(saved, ['one']);
  });

  test('tells once a second what it shows', async () => {
    const infos: Record<string, number>[] = [];
    onEvent = (text) => {
      if (text.startsWith('{')) infos.push((JSON.parse(text) as { info: Record<string, number> }).info);
    };
    play();
    for (let i = 0; i < 30; i++) {
      send('x'.repeat(1000));
      await environment.advance(100);
    }
    assert.equal(infos.length, 3);
    const { videoFPS, videoWidth, videoHeight, netSpeed } = infos[1]!;
    assert.deepEqual([videoFPS, videoWidth, videoHeight], [10, 320, 180]);
    assert.ok(netSpeed! >= 80 && netSpeed! < 90, String(netSpeed));
  });

  for (const trigger of ['playerStartPull', 'statechange 2003', 'playerClose', 'statechange 2103']) {
    for (const act of ['stop', 'destroy'] as const) {
      test(`a ${act} out of "${trigger}" leaves nothing behind`, async () => {
        onEvent = (event) => {
          if (event !== trigger) return;
          onEvent = () => {};
          if (act === 'stop') player.stop();
          else player.destroy();
        };
        play();
        send('one', 'two');
        await environment.advance(20_000);
        assert.equal(environment.pendingTimers, 0);
        assert.ok(events.filter((event) => event === 'playerStartPull').length === 1);
      });
    }
  }
});
