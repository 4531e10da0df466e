import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeModule } from '../support/fake-module';
import { PlayerWorld, makeTarget } from '../support/player-world';
import { settled } from '../support/virtual-environment';

/** A small generator, so that a failure can be run again from its seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Action = (world: PlayerWorld, pick: (below: number) => number) => void;

const SUBTYPES = ['request', 'parsed', 'close', 'eof', 'fail', 'disconnect', 'connected'];
const CODES = [2003, 2103, -2301, 2004];

const ACTIONS: Action[] = [
  (world, pick) =>
    world.store.dispatch({ type: 'start', target: makeTarget({ id: pick(2) ? 'cam' : 'garden' }) }),
  (world) => world.store.dispatch({ type: 'play' }),
  (world) => world.store.dispatch({ type: 'stop' }),
  (world) => world.store.dispatch({ type: 'stopAll' }),
  (world, pick) =>
    world.store.dispatch({ type: 'changeFlv', filename: 'ipc.flv', params: `quality=${pick(3)}` }),
  (world, pick) =>
    world.store.changeFlv({ filename: pick(4) ? 'ipc.flv' : '', params: `channel=${pick(4)}` }),
  (world, pick) =>
    world.player.snapshots
      .splice(0)
      .forEach((done) => done({ tempImagePath: pick(2) ? 'a.jpg' : '', errMsg: '' })),
  (world, pick) => world.store.dispatch({ type: pick(2) ? 'pageShow' : 'pageHide' }),
  (world, pick) => world.store.dispatch({ type: 'setAutoRetry', isOn: pick(3) > 0 }),
  (world) => void world.ready(),
  (world) => void world.ready(),
  (world) => void world.pull(),
  (world) => void world.pull(),
  (world) => world.closePull(),
  (world, pick) => world.code(CODES[pick(CODES.length)]!, pick(4) ? '' : 'Failed to connect to'),
  (world, pick) => world.module.notify(pick(2) ? 'cam' : 'garden', SUBTYPES[pick(SUBTYPES.length)]!),
  (world) => world.environment.changeNetwork(),
  (world) => world.data(),
  (world, pick) => world.store.setStatsOpen(pick(2) > 0),
  (world, pick) => {
    world.store.setCacheThreshold(pick(2) * 1000);
    world.store.onNetStatus({ videoCache: pick(3) * 800 });
  },
  (world) => world.store.repairSound(),
  (world, pick) => void world.owner.sessions.prestart(makeTarget({ id: pick(2) ? 'cam' : 'garden' }), 9000),
  (world, pick) => {
    if (pick(2)) world.owner.markLocalServerDead();
    else world.owner.checkReset(() => {});
  },
  (world, pick) => {
    const answers = world.module.pending;
    const [answer] = answers.splice(pick(Math.max(1, answers.length)), 1);
    if (pick(5)) answer?.resolve(pick(4) ? 0 : -2402);
    else answer?.reject({ errcode: -2806, errmsg: '' });
  },
  (world, pick) => {
    const { player } = world;
    player.isObliging = pick(2) > 0;
    for (const done of player.stopAnswers.splice(0)) done(null);
  },
];

describe('a player that is destroyed at any moment', () => {
  test('leaves no timer, no listener, no service and no stream, and says nothing afterwards', async () => {
    const seeds = process.env['SEED']
      ? [Number(process.env['SEED'])]
      : Array.from({ length: 150 }, (_, i) => i + 1);
    for (const seed of seeds) {
      const pick = generator(seed);
      const module = new FakeModule();
      module.isObliging = pick(2) > 0;
      const world = new PlayerWorld({ module });
      try {
        for (let i = pick(60); i >= 0; i--) {
          ACTIONS[pick(ACTIONS.length)]!(world, pick);
          if (pick(3) === 0) await settled();
          if (pick(8) === 0) await world.environment.advance(pick(30_000));
        }
        world.store.destroy();
        const said = world.emissions.length;
        for (const answer of module.pending.splice(0)) answer.resolve(0);
        await settled();
        module.isObliging = true;
        for (const answer of module.pending.splice(0)) answer.resolve(0);
        await settled();
        world.data();
        // A link that was opened ahead lives for its time.
        await world.environment.advance(9000);
        for (const answer of module.pending.splice(0)) answer.resolve(0);
        await settled();
        assert.equal(world.owner.sessions.size, 0, 'sessions');
        assert.equal(world.emissions.length, said, 'emissions after destroy');
        assert.equal(world.environment.pendingTimers, 0, 'timers');
        assert.deepEqual([...module.services.keys()], [], 'services');
        assert.deepEqual([...module.streams.keys()], [], 'streams');
        world.owner.destroy();
        assert.equal(world.environment.pendingListeners, 0, 'listeners');
      } catch (error) {
        console.error(`failed with SEED=${seed}`);
        throw error;
      }
    }
  });
});
