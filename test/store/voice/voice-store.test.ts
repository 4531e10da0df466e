import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RecorderManagerLike, VoiceWriter } from '../../../p2p-core/index';
import type { RequestHandlerOptions } from '../../../devkit/camera/request-handler';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import type { PusherHandle } from '../../../store/voice/talk-source';
import { VoiceStore } from '../../../store/voice/voice-store';
import type { VoiceEmission, VoiceStoreOptions } from '../../../store/voice/voice-store';
import { FeatureModule, failed } from '../support/feature-module';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

const TARGET = {
  id: 'cam',
  streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: 'ticket' },
};

class World {
  readonly environment = new VirtualEnvironment();
  readonly module: FeatureModule;
  readonly owner;
  readonly emissions: VoiceEmission[] = [];
  readonly asked: string[] = [];
  isAllowed: boolean | Promise<boolean> = true;
  readonly frameListeners: ((res: { frameBuffer: ArrayBuffer }) => void)[] = [];
  readonly store: VoiceStore;

  constructor(
    options: Partial<VoiceStoreOptions> = {},
    camera: Partial<Omit<RequestHandlerOptions, 'channels'>> = {},
  ) {
    this.module = new FeatureModule(camera);
    this.owner = createModuleOwner({
      module: this.module,
      appParams: {},
      environment: this.environment,
    });
    const recorder = {
      onFrameRecorded: (listener: never) => this.frameListeners.push(listener),
    } as unknown as RecorderManagerLike;
    this.store = new VoiceStore({
      owner: this.owner,
      target: TARGET,
      getRecorder: () => recorder,
      permission: {
        request: async (scope) => {
          this.asked.push(`request ${scope}`);
          return this.isAllowed;
        },
        openSettings: async (scope) => {
          this.asked.push(`settings ${scope}`);
          return this.isAllowed;
        },
      },
      locale: createLocale('en'),
      emit: (emission) => this.emissions.push(emission),
      ...options,
    });
  }

  get phases(): string[] {
    return this.emissions.flatMap((each) =>
      each.name === 'voiceStateChange' ? [each.detail.voiceState] : [],
    );
  }

  get problems(): string[] {
    return this.emissions.flatMap((each) => (each.name === 'voiceError' ? [each.detail.kind] : []));
  }

  async talk(): Promise<this> {
    await settled();
    this.store.start();
    await settled();
    return this;
  }

  assertGone(): void {
    this.store.destroy();
    assert.equal(this.environment.pendingTimers, 0);
    assert.equal(this.owner.sessions.size, 0);
  }
}

class FakePusher implements PusherHandle {
  calls: string[] = [];
  done: (errMsg: string | null) => void = () => {};
  start(done: (errMsg: string | null) => void): void {
    this.calls.push('start');
    this.done = done;
  }
  stop(): void {
    this.calls.push('stop');
  }
}

class FakeWriter implements VoiceWriter {
  readonly chunks: number[] = [];
  isClosed = false;
  takes = true;
  bufferedBytes = 0;
  addChunk(chunk: ArrayBuffer): boolean {
    this.chunks.push(chunk.byteLength);
    return this.takes;
  }
  close(): void {
    this.isClosed = true;
  }
}

describe('talking with the recorder', () => {
  test('asks the user and the camera, starts, and stops', async () => {
    const world = await new World().talk();
    assert.deepEqual(world.asked, ['request scope.record']);
    assert.deepEqual(world.module.commands, ['get_device_st&type=voice']);
    assert.deepEqual(world.phases, ['asking', 'checking', 'starting', 'talking']);
    assert.deepEqual(world.module.voice!.options, {
      numberOfChannels: 1,
      sampleRate: 8000,
      encodeBitRate: 16000,
    });
    assert.equal(world.store.view.message, 'Let go to end');
    world.store.stop();
    assert.equal(world.module.calls.at(-1), 'stopVoice cam');
    assert.equal(world.module.services.size, 1, 'the link stays');
    world.assertGone();
  });

  test('talks to another channel, with other settings', async () => {
    const world = await new World({
      channel: 2,
      recorderOptions: { sampleRate: 16000 },
      checksDevice: false,
    }).talk();
    assert.deepEqual(world.module.commands, []);
    const { urlParams, sampleRate } = world.module.voice!.options;
    assert.deepEqual([urlParams, sampleRate], ['channel=2', 16000]);
  });

  test('tells a path that is too slow at once, and a good one after three seconds', async () => {
    const world = await new World().talk();
    const mark = (isHigh: boolean): void =>
      world.module.notify('cam', 'voiceWaterMark', { isHigh, bufferedBytes: 0 });
    mark(true);
    assert.equal(world.store.view.message, 'The network is slow; the sound may break up');
    mark(false);
    await world.environment.advance(2000);
    mark(true);
    mark(false);
    await world.environment.advance(2900);
    assert.equal(world.store.state.isSlow, true);
    await world.environment.advance(200);
    assert.equal(world.store.state.isSlow, false);
    const changes = world.emissions.filter(({ name }) => name === 'uplinkChange').map(({ detail }) => detail);
    assert.deepEqual(changes, [{ isSlow: true }, { isSlow: false }]);
    mark(true);
    mark(false);
    world.store.stop();
    mark(true);
    assert.equal(world.store.state.isSlow, false);
    world.assertGone();
  });

  test('sends fewer bytes over a slow path from the next recording on, to the end of the talk', async () => {
    const world = await new World({ recorderOptions: { sampleRate: 16000, encodeBitRate: 48000 } }).talk();
    const rates = (): (number | undefined)[] => [
      world.module.count('startVoice'),
      world.module.voice!.options.sampleRate,
    ];
    const mark = (isHigh: boolean): void => world.module.notify('cam', 'voiceWaterMark', { isHigh });
    const renew = async (): Promise<void> => {
      world.module.voice!.callbacks.onStop!({ willRestart: true });
      await settled();
    };
    mark(true);
    assert.deepEqual(rates(), [1, 16000], 'not in the middle of a recording');
    await renew();
    assert.deepEqual([...rates(), world.store.state.isSlow], [2, 8000, false]);
    mark(true);
    await renew();
    assert.deepEqual(rates(), [2, 8000], 'the module goes on by itself');
    assert.deepEqual(world.phases.at(-1), 'talking');
    world.assertGone();
  });

  test('a path that was slow for a moment only changes nothing; a talk that cannot begin anew ends', async () => {
    const world = await new World({ recorderOptions: { sampleRate: 16000 } }).talk();
    const mark = (isHigh: boolean): void => world.module.notify('cam', 'voiceWaterMark', { isHigh });
    const renew = (): void => world.module.voice!.callbacks.onStop!({ willRestart: true });
    mark(true);
    mark(false);
    await world.environment.advance(3100);
    renew();
    assert.equal(world.module.count('startVoice'), 1);
    mark(true);
    world.module.hold();
    renew();
    world.module.settle('startVoice', -2601);
    await settled();
    assert.deepEqual([world.phases.at(-1), world.problems], ['idle', ['failed']]);
    world.assertGone();
  });

  test('a refusal is explained, and the settings solve it', async () => {
    const world = new World();
    world.isAllowed = false;
    await world.talk();
    assert.deepEqual(world.problems, ['permission']);
    assert.equal(world.store.view.canOpenSettings, true);
    assert.match(world.store.view.message, /Allow it in the settings/);
    world.isAllowed = true;
    world.store.openSettings();
    await settled();
    assert.deepEqual(world.asked, ['request scope.record', 'settings scope.record']);
    assert.equal(world.store.view.canOpenSettings, false);
    world.store.start();
    await settled();
    assert.equal(world.store.state.phase, 'talking');
  });

  test('explains a camera that cannot talk, and one that is busy', async () => {
    const mute = await new World({}, { openTalkSink: null }).talk();
    assert.deepEqual(mute.problems, ['unsupported']);
    assert.equal(mute.store.view.message, 'This camera cannot talk');
    const busy = new World();
    busy.module.answerWith = () => ({
      ...failed(0),
      type: 'success',
      data: '[{"status":"1","appConnectNum":"2"}]',
    });
    await busy.talk();
    assert.equal(busy.store.view.message, 'The camera is talking with somebody else');
    assert.equal(busy.module.count('startVoice'), 0);
  });

  test('says when a talk does not start, and when there is no recorder', async () => {
    const world = new World();
    await settled();
    world.module.hold();
    world.store.start();
    await settled();
    world.module.settle('startVoice', -2601);
    await settled();
    assert.equal(world.store.view.message, 'The talk did not start. Try again.');
    assert.deepEqual(world.problems, ['failed']);
    const without = await new World({ getRecorder: () => null }).talk();
    assert.equal(without.store.view.message, 'This environment cannot play. Update WeChat.');
  });

  test('stopped at every await, it leaves nothing running and starts anew', async () => {
    for (let ticks = 0; ticks < 14; ticks++) {
      const world = new World();
      await settled();
      world.store.start();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      world.store.stop();
      assert.equal(world.store.state.phase, 'idle');
      await settled();
      assert.equal(world.store.state.phase, 'idle', `stopped after ${ticks} turns`);
      assert.equal(world.module.count('startVoice'), world.module.count('stopVoice'));
      await world.talk();
      assert.equal(world.store.state.phase, 'talking');
      assert.deepEqual(world.problems, []);
      world.assertGone();
    }
  });

  test('destroyed at every await, it emits nothing more and gives the link back', async () => {
    for (let ticks = 0; ticks < 14; ticks++) {
      const world = new World();
      await settled();
      world.store.start();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      world.assertGone();
      const { length } = world.emissions;
      await settled();
      assert.equal(world.emissions.length, length);
      assert.equal(world.module.services.size, 0);
    }
  });

  test('a slow answer of the user belongs to the start that asked', async () => {
    const world = new World();
    await settled();
    let allow = (_isAllowed: boolean): void => {};
    world.isAllowed = new Promise((resolve) => (allow = resolve));
    world.store.start();
    await settled();
    world.store.stop();
    allow(true);
    await settled();
    assert.deepEqual(world.phases, ['asking', 'idle']);
  });

  test('goes on through an interruption, and ends when somebody else pauses or stops the recorder', async () => {
    const world = await new World().talk();
    const { callbacks } = world.module.voice!;
    callbacks.onPause!({ inInterruption: true });
    assert.equal(world.store.view.message, 'Interrupted; it goes on by itself');
    callbacks.onResume!();
    callbacks.onStop!({ willRestart: true });
    assert.equal(world.store.state.phase, 'talking', 'the next recording begins');
    callbacks.onStop!({ willRestart: false });
    assert.equal(world.store.state.phase, 'idle');
    await world.talk();
    world.module.voice!.callbacks.onPause!({ inInterruption: false });
    assert.equal(world.store.state.phase, 'idle');
    assert.equal(world.module.calls.at(-1), 'stopVoice cam');
    assert.deepEqual(world.problems, []);
  });

  test('the loss of the link ends it, with the cause; the next start opens the link again', async () => {
    const world = await new World().talk();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(world.store.view.message, 'Nothing came from the camera for a while');
    assert.equal(world.store.state.phase, 'idle');
    await world.talk();
    assert.equal(world.store.state.phase, 'talking');
    assert.ok(world.phases.includes('linking'));
  });

  test('the meter shows how loud it is, five times a second at most', async () => {
    const world = await new World().talk();
    const heard: number[] = [];
    world.module.voice!.recorder.onFrameRecorded((res) =>
      heard.push((res as { frameBuffer: ArrayBuffer }).frameBuffer.byteLength),
    );
    const levels: number[] = [];
    const frame = (amplitude: number): void => {
      const samples = Int16Array.from({ length: 480 }, (_, i) => (i % 8 < 4 ? amplitude : -amplitude));
      for (const listener of world.frameListeners) listener({ frameBuffer: samples.buffer });
    };
    for (let i = 0; i < 50; i++) {
      frame(i < 25 ? 3000 : 0);
      if (levels.at(-1) !== world.store.level) levels.push(world.store.level);
      await world.environment.advance(60);
    }
    assert.equal(heard.length, 50, 'the module hears every frame');
    assert.ok(levels[0]! > 0.4 && levels[0]! < 0.9, `${levels}`);
    assert.equal(levels.at(-1), 0);
    assert.ok(levels.length <= 4, `${levels}`);
    world.store.stop();
    assert.equal(world.store.level, 0);
  });
});

describe('talking with a pusher', () => {
  async function calling(mode: 'pusher' | 'duplexAudio' | 'duplexVideo' = 'pusher'): Promise<{
    world: World;
    pusher: FakePusher;
    writer: FakeWriter;
  }> {
    const world = await new World({ mode }).talk();
    return { world, pusher: new FakePusher(), writer: new FakeWriter() };
  }

  test('mounts a pusher for the talk, starts it when the camera listens, and hands its FLV on', async () => {
    const { world, pusher, writer } = await calling();
    const [key] = world.store.pusherKeys;
    world.store.attachPusher(key!, pusher);
    assert.deepEqual(pusher.calls, []);
    world.module.voiceData[0]!.resolve(writer);
    await settled();
    assert.deepEqual(pusher.calls, ['start']);
    pusher.done(null);
    assert.equal(world.store.state.phase, 'talking');
    world.store.addPusherChunk(new ArrayBuffer(13));
    world.store.addPusherChunk(new ArrayBuffer(0));
    assert.deepEqual(writer.chunks, [13]);
    world.store.stop();
    assert.deepEqual([pusher.calls, writer.isClosed], [['start', 'stop'], true]);
    assert.deepEqual(world.store.pusherKeys, []);
    world.store.addPusherChunk(new ArrayBuffer(13));
    assert.equal(writer.chunks.length, 1);
    world.assertGone();
  });

  test('the pusher may be ready later than the camera', async () => {
    const { world, pusher, writer } = await calling();
    world.module.voiceData[0]!.resolve(writer);
    await settled();
    world.store.attachPusher(world.store.pusherKeys[0]!, pusher);
    assert.deepEqual(pusher.calls, ['start']);
  });

  test('calls say what they are, and ask for what they need', async () => {
    const audio = await calling('duplexAudio');
    assert.equal(audio.world.module.voiceData[0]!.options.urlParams, 'channel=0&calltype=audio');
    const video = await calling('duplexVideo');
    assert.equal(video.world.module.voiceData[0]!.options.urlParams, 'channel=0&calltype=video');
    assert.equal(video.world.module.voiceData[0]!.options.enableCamera, true);
    assert.deepEqual(video.world.asked, ['request scope.record', 'request scope.camera']);
    assert.deepEqual(video.world.module.commands, ['get_device_st&type=voice']);
  });

  test('a writer that comes after the stop is closed', async () => {
    const { world, writer } = await calling();
    world.store.stop();
    world.module.voiceData[0]!.resolve(writer);
    await settled();
    assert.equal(writer.isClosed, true);
    assert.equal(world.store.state.phase, 'idle');
  });

  test('a new talk gets a pusher of its own; one of the talk before is not taken', async () => {
    const { world, pusher } = await calling();
    const [first] = world.store.pusherKeys;
    world.store.stop();
    await world.talk();
    const [second] = world.store.pusherKeys;
    assert.notEqual(second, first);
    world.store.attachPusher(first!, pusher);
    world.module.voiceData[1]!.resolve(new FakeWriter());
    await settled();
    assert.deepEqual(pusher.calls, []);
  });

  test('ends when the pusher fails, does not come, or the camera ends it', async () => {
    const failing = await calling();
    failing.world.store.failPusher('WECHAT_SERVER_ERROR');
    assert.deepEqual(failing.world.problems, ['failed']);
    const late = await calling();
    await late.world.environment.advance(15_000);
    assert.deepEqual(late.world.problems, ['failed']);
    const ended = await calling();
    ended.world.module.voiceData[0]!.resolve(ended.writer);
    await settled();
    ended.world.store.attachPusher(ended.world.store.pusherKeys[0]!, ended.pusher);
    ended.pusher.done(null);
    ended.writer.takes = false;
    ended.world.store.addPusherChunk(new ArrayBuffer(1));
    assert.equal(ended.world.store.state.phase, 'idle');
    assert.deepEqual(ended.world.problems, []);
    for (const { world } of [failing, late, ended]) world.assertGone();
  });

  test('says when the path is too slow, and when it was good for three seconds', async () => {
    const { world, pusher, writer } = await calling('duplexVideo');
    world.module.voiceData[0]!.resolve(writer);
    await settled();
    world.store.attachPusher(world.store.pusherKeys[0]!, pusher);
    pusher.done(null);
    const push = (bufferedBytes: number): boolean => {
      writer.bufferedBytes = bufferedBytes;
      world.store.addPusherChunk(new ArrayBuffer(1));
      return world.store.state.isSlow;
    };
    assert.equal(push(100_000), false);
    assert.equal(push(300_000), true);
    await world.environment.advance(2900);
    assert.equal(push(0), true);
    await world.environment.advance(200);
    assert.equal(push(0), false);
    const changes = world.emissions.filter(({ name }) => name === 'uplinkChange').map(({ detail }) => detail);
    assert.deepEqual(changes, [{ isSlow: true }, { isSlow: false }]);
  });
});

test('a player that fails does not end the talk, and the end of the talk leaves the player alone', async () => {
  const world = await new World().talk();
  const player = world.owner.sessions.acquire(TARGET, () => {});
  await settled();
  const dataCallback = (): void => {};
  await player.startStream({
    flv: { filename: 'ipc.flv', params: 'action=live' },
    dataCallback,
    onNotice: () => {},
  });
  player.stopStream();
  world.module.notify('cam', 'fail', { errcode: -2811, errmsg: 'status 503' });
  assert.equal(world.store.state.phase, 'talking');
  player.release();
  assert.equal(world.store.state.phase, 'talking');
  const other = world.owner.sessions.acquire(TARGET, () => {});
  world.store.stop();
  world.store.destroy();
  assert.equal(world.module.services.size, 1);
  other.release();
});
