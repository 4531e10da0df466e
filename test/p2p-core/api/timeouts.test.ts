import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCountingPort } from '../../../devkit/port/counting-port';
import { DEFAULT_TIMEOUTS } from '../../../p2p-core/api/timeouts';
import type { Timeouts } from '../../../p2p-core/api/timeouts';
import { ErrCode, createP2PModule } from '../../../p2p-core/index';
import type { LocalDownloadResult } from '../../../p2p-core/index';
import type { Port } from '../../../p2p-core/port/port';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import { SIGNALING_URL } from '../../sim/session-world-app';
import { FakeRecorder } from './support/fake-recorder';

/** What the wait came to, and how long it took. */
interface Outcome {
  code: number;
  tookMs: number;
}

interface Wait {
  name: keyof Timeouts;
  code: number;
  world?: Partial<SessionWorldOptions>;
  /** Starts what waits, in a world whose camera gives no cause to stop waiting. */
  wait(world: SessionWorld, timeouts: Timeouts): Promise<Outcome>;
}

const GRACE_MS = 5;

async function settled(
  world: SessionWorld,
  promise: Promise<unknown>,
): Promise<{ value: unknown; tookMs: number }> {
  const call = world.call('wait', promise);
  await world.until('the wait ends', () => call.isSettled, 4_000_000);
  return { value: call.value ?? call.error, tookMs: call.settledMs - call.calledMs };
}

/** A service that is connected. */
async function connected(world: SessionWorld, timeouts: Timeouts) {
  const viewer = world.addViewer();
  const servers = { signalingUrl: SIGNALING_URL };
  assert.equal(await world.result('init', viewer.module.init({ appParams: {}, servers, timeouts })), 0);
  const { heard } = viewer.start('a');
  await world.until('connected', () => heard.count('connected') === 1);
  return viewer;
}

const silent = { onRequest: () => () => undefined };
const listening: Partial<SessionWorldOptions> = {
  onRequest: () => (_request, response) => response.start(200, {}),
};

const WAITS: Wait[] = [
  {
    name: 'initMs',
    code: ErrCode.ProbeFailed,
    async wait(world, timeouts) {
      const sim = world.newPort('stuck', world.network.addHost('7.7.7.7'));
      // A platform that never tells its addresses.
      const port = createCountingPort(sim);
      const stuck: Port = { ...port, localAddresses: () => undefined };
      const module = createP2PModule(stuck);
      const { value, tookMs } = await settled(world, module.init({ appParams: {}, timeouts }));
      assert.deepEqual(port.use(), {
        timers: 0,
        udpSockets: 0,
        webSockets: 0,
        networkListeners: 0,
        httpRequests: 0,
      });
      return { code: value as number, tookMs };
    },
  },
  {
    name: 'connectMs',
    code: ErrCode.ConnectTimeout,
    async wait(world, timeouts) {
      const viewer = world.addViewer();
      const servers = { signalingUrl: SIGNALING_URL };
      await world.until('the camera is online', () => world.camera.isOnline);
      world.camera.crash();
      await world.result('init', viewer.module.init({ appParams: {}, servers, timeouts }));
      const startMs = world.nowMs;
      const { heard } = viewer.start('a');
      await world.until('disconnect', () => heard.count('disconnect') === 1, 4_000_000);
      return { code: heard.events[0]!.detail.errcode, tookMs: world.nowMs - startMs };
    },
  },
  {
    name: 'streamMs',
    code: ErrCode.StreamStartFailed,
    world: silent,
    async wait(world, timeouts) {
      const viewer = await connected(world, timeouts);
      const { value, tookMs } = await settled(
        world,
        viewer.module.startStream('a', { dataCallback: () => undefined }),
      );
      const told = viewer.services[0]!.events.find((event) => event.subtype === 'fail');
      assert.equal(told!.detail.errcode, ErrCode.Timeout);
      return { code: value as number, tookMs };
    },
  },
  {
    name: 'commandMs',
    code: ErrCode.Timeout,
    world: silent,
    async wait(world, timeouts) {
      const viewer = await connected(world, timeouts);
      const { value, tookMs } = await settled(world, viewer.module.sendCommand('a', 'action=inner_define'));
      const { type, errcode } = value as { type: string; errcode: number };
      assert.equal(type, 'timeout');
      return { code: errcode, tookMs };
    },
  },
  {
    name: 'voiceMs',
    code: ErrCode.VoiceStartFailed,
    world: silent,
    async wait(world, timeouts) {
      const viewer = await connected(world, timeouts);
      const recorder = new FakeRecorder(world.clock);
      const { value, tookMs } = await settled(world, viewer.module.startVoice('a', recorder, {}));
      assert.deepEqual(recorder.calls, []);
      return { code: value as number, tookMs };
    },
  },
  {
    name: 'recorderMs',
    code: ErrCode.VoiceStartFailed,
    world: listening,
    async wait(world, timeouts) {
      const viewer = await connected(world, timeouts);
      const recorder = new FakeRecorder(world.clock);
      recorder.start = () => undefined; // the user is asked, and does not answer
      const { value, tookMs } = await settled(world, viewer.module.startVoice('a', recorder, {}));
      return { code: value as number, tookMs: tookMs - 50 }; // the camera's answer takes a round trip
    },
  },
  ...(['downloadMs', 'downloadStallMs'] as const).map((name): Wait => ({
    name,
    code: ErrCode.DownloadFailed,
    world: name === 'downloadMs' ? silent : listening,
    async wait(world, timeouts) {
      const viewer = await connected(world, timeouts);
      const errors: LocalDownloadResult[] = [];
      const { value, tookMs } = await settled(
        world,
        viewer.module.startLocalDownload(
          'a',
          { urlParams: 'channel=0&file_name=a&offset=0' },
          {
            onChunkReceived: () => undefined,
            onComplete: () => undefined,
            onError: (result) => errors.push(result),
          },
        ),
      );
      assert.deepEqual(
        errors.map((each) => each.errcode),
        [ErrCode.Timeout],
      );
      return { code: value as number, tookMs: name === 'downloadMs' ? tookMs : tookMs - 50 };
    },
  })),
];

describe('what waits ends within its time', () => {
  test('every timeout that there is has a row here', () => {
    // How long the platform lets a request live is no wait of ours: shared.test.ts shows what is done before it ends.
    const waits = Object.keys(DEFAULT_TIMEOUTS).filter((name) => name !== 'requestLimitMs');
    assert.deepEqual(WAITS.map((each) => each.name).sort(), waits.sort());
  });

  for (const { name, code, wait, world: options } of WAITS) {
    for (const [when, timeouts, expectedMs] of [
      ['by default', {}, DEFAULT_TIMEOUTS[name]],
      ['as init says', { [name]: 1234 }, 1234],
    ] as const) {
      test(`${name}, ${when}: ${code} after ${expectedMs} ms`, async () => {
        await inWorld({ seed: 1, rttMs: 50, ...options }, async (world) => {
          const outcome = await wait(world, timeouts);
          assert.equal(outcome.code, code);
          const offMs = outcome.tookMs - expectedMs;
          assert.ok(offMs >= 0 && offMs <= GRACE_MS, `${outcome.tookMs} ms instead of ${expectedMs}`);
        });
      });
    }
  }

  test('-2000: a timeout that is no number of ms, or that there is not', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { module } = world.addViewer();
      for (const timeouts of [
        { initMs: 0 },
        { initMs: '5000' },
        { streamMs: NaN },
        { connectMs: 1e9 },
        { init: 5 },
        5,
      ]) {
        const promise = module.init({ appParams: {}, timeouts } as never);
        assert.equal(await world.result('init', promise), ErrCode.BadArgument, JSON.stringify(timeouts));
      }
    });
  });
});
