import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecorderOptions } from '../../../p2p-core/index';
import type { Environment } from '../../../store/environment';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { VoiceStore } from '../../../store/voice/voice-store';
import { isWhole, withTalk } from '../../p2p-core/api/support/talk-world';
import type { Talk } from '../../p2p-core/api/support/talk-world';

test('what enters the recorder is what the camera hears, byte for byte, also over the ten minutes of one recording', async () => {
  await withTalk(async ({ world, viewer, recorder, talks }) => {
    const { store, owner } = talkOver(viewer, world, recorder, { duration: 60_000 });
    store.start();
    await world.until('the talk', () => store.state.phase === 'talking');
    await world.run(200_000);
    assert.equal(store.state.phase, 'talking');
    assert.ok(store.level > 0, 'the meter moves');
    store.stop();
    const made = recorder.madeBytes;
    await world.run(500);
    assert.ok(recorder.startedMs.length >= 4, `${recorder.startedMs.length} recordings`);
    assert.deepEqual(
      [talks[0]!.bytes.length, isWhole(talks[0]!.bytes), talks[0]!.end],
      [made, true, 'ended'],
    );
    assert.equal(recorder.state, 'idle');
    store.destroy();
    assert.equal(owner.sessions.size, 0);
  });
});

test('over a path that is too slow the user is told, and from the next recording on the camera hears 8 kHz', async () => {
  await withTalk(
    async ({ world, viewer, recorder, talks }) => {
      const { store } = talkOver(viewer, world, recorder, { duration: 30_000, sampleRate: 16_000 });
      store.start();
      await world.until('the talk', () => store.state.phase === 'talking');
      await world.until('the mark', () => store.state.isSlow, 20_000);
      assert.match(store.view.message, /slow/);
      await world.run(60_000);
      assert.equal(store.state.phase, 'talking');
      assert.deepEqual(
        talks.map(({ request }) => /sample_rate=(\d+)/.exec(request)?.[1]),
        ['16000', '8000'],
      );
      assert.equal(store.state.isSlow, false, '128 kbit/s fit');
      assert.ok(isWhole(talks[1]!.bytes), 'nothing is left out any more');
      store.destroy();
      await world.run(1000);
    },
    {},
    { link: { bitsPerSecond: 200_000, queueBytes: 30_000 } },
  );
});

function talkOver(
  viewer: Talk['viewer'],
  world: Talk['world'],
  recorder: Talk['recorder'],
  recorderOptions: RecorderOptions,
): { store: VoiceStore; owner: ReturnType<typeof createModuleOwner> } {
  const environment: Environment = {
    nowMs: world.clock.nowMs,
    wallMs: world.clock.wallMs,
    setTimer: world.clock.setTimer,
    clearTimer: world.clock.clearTimer,
    random: () => 0.5,
    onNetworkChange: () => () => {},
  };
  const owner = createModuleOwner({ module: viewer.module, appParams: {}, environment });
  const store = new VoiceStore({
    owner,
    target: {
      id: 'talk',
      streamInfo: {
        url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live',
        xp2pInfo: world.camera.xp2pInfo,
      },
    },
    checksDevice: false,
    recorderOptions,
    getRecorder: () => recorder,
    permission: { request: async () => true, openSettings: async () => true },
    locale: createLocale('en'),
    emit: () => {},
  });
  return { store, owner };
}
