import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../../store/environment';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { VoiceStore } from '../../../store/voice/voice-store';
import { isWhole, withTalk } from '../../p2p-core/api/support/talk-world';

test('what enters the recorder is what the camera hears, byte for byte, also over the ten minutes of one recording', async () => {
  await withTalk(async ({ world, viewer, recorder, talks }) => {
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
      recorderOptions: { duration: 60_000 },
      getRecorder: () => recorder,
      permission: { request: async () => true, openSettings: async () => true },
      locale: createLocale('en'),
      emit: () => {},
    });
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
