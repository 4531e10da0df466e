import assert from 'node:assert/strict';
import type { P2PModule } from '../../p2p-core/index';
import { VirtualClock } from '../sim/virtual-clock';
import { GuidePlugin } from './guide-plugin';
import { strictGuide } from './strict-guide';

export const appParams = { appid: '1', appOauthId: 'o', appKey: 'k', appSecretKey: 's', appPackage: 'p' };

/** A promise's code, whichever of the two ways it is told. */
export async function codeOf(promise: Promise<unknown>): Promise<number> {
  try {
    return (await promise) as number;
  } catch (cause) {
    return (cause as { errcode: number }).errcode;
  }
}

/** The guide's plugin, in which nothing can be used but what the guide has, in virtual time. */
export interface GuideRig {
  module: P2PModule;
  plugin: GuidePlugin;
  clock: VirtualClock;
  run(forMs: number): Promise<void>;
  code(promise: Promise<unknown>): Promise<number>;
}

export async function withGuideRig(
  failsBy: 'resolve' | 'reject',
  body: (rig: GuideRig) => Promise<void>,
): Promise<void> {
  const clock = new VirtualClock();
  const made: { plugin?: GuidePlugin } = {};
  const { module, violations } = strictGuide((violate) => {
    made.plugin = new GuidePlugin({ clock, failsBy, violate });
    return made.plugin;
  });
  /** Promises settle between events, as on every platform. */
  const run = async (forMs: number, isDone = (): boolean => false): Promise<void> => {
    const untilMs = clock.nowMs() + forMs;
    for (let isOver = false; !isOver;) {
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
      if (isDone()) return;
      let asked = 0;
      clock.run(untilMs, () => asked++ > 0);
      isOver = asked === 1;
    }
  };
  await body({
    module,
    plugin: made.plugin!,
    clock,
    run: (forMs) => run(forMs),
    code: async (promise) => {
      let code: number | null = null;
      void codeOf(promise).then((value) => (code = value));
      await run(20_000, () => code !== null);
      assert.notEqual(code, null, 'the promise has not settled');
      return code!;
    },
  });
  assert.deepEqual(violations, []);
  module.destroy();
}
