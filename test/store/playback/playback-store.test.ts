import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Recordings } from '../../../devkit/camera/recordings';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { PlaybackStore } from '../../../store/playback/playback-store';
import type { PlaybackEmission, PlaybackStoreOptions } from '../../../store/playback/playback-store';
import { FeatureModule, failed } from '../support/feature-module';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

const TARGET = {
  id: 'cam',
  streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: 'ticket' },
};
/** The day before yesterday of the virtual environment, and yesterday. */
const OLD_S = new Date(2026, 2, 8, 10).getTime() / 1000;
const START_S = new Date(2026, 2, 9, 10).getTime() / 1000;

function clipAt(startS: number) {
  const file = { byteCount: 1, etag: '"x"', open: () => assert.fail('the list reads no file') };
  const flvIndex = () => assert.fail('the list reads no index');
  return { fileName: `${startS}.flv`, startS, endS: startS + 60, type: 0, file, flvIndex };
}

class World {
  readonly environment = new VirtualEnvironment();
  readonly module = new FeatureModule({
    recordings: new Recordings([clipAt(OLD_S), clipAt(START_S + 120), clipAt(START_S)]),
  });
  readonly owner = createModuleOwner({ module: this.module, appParams: {}, environment: this.environment });
  readonly emissions: PlaybackEmission[] = [];
  readonly player: string[] = [];
  readonly store: PlaybackStore;

  constructor(options: Partial<PlaybackStoreOptions> = {}) {
    this.store = new PlaybackStore({
      owner: this.owner,
      target: TARGET,
      locale: createLocale('en'),
      day: { year: 2026, month: 3, day: 9 },
      emit: (emission) => this.emissions.push(emission),
      player: {
        open: (params) => this.player.push(`open ${params}`),
        aim: (params) => this.player.push(`aim ${params}`),
        stop: () => this.player.push('stop'),
      },
      ...options,
    });
  }

  names(): string[] {
    return this.emissions.map(({ name }) => name);
  }
}

describe('the recordings of a camera', () => {
  test('a day is listed when the link is up, oldest first, and told', async () => {
    const world = new World();
    assert.equal(world.store.view.message, 'Reading the recordings…');
    await settled();
    assert.deepEqual(
      world.store.state.periods.map(({ startS }) => startS),
      [START_S, START_S + 120],
    );
    assert.deepEqual(world.names(), ['playbackProgress', 'dayChange']);
    assert.equal(world.store.view.message, 'Choose a time on the timeline');
    world.store.destroy();
  });

  test('plays with the parameters of the camera, follows its progress, and leaves nothing behind', async () => {
    const world = new World({ channel: 0 });
    await settled();
    world.player.length = 0;
    world.store.playAt(START_S * 1000 + 5_000);
    assert.deepEqual(world.player, [
      `open action=playback&channel=0&start_time=${START_S + 5}&end_time=${START_S + 60}`,
    ]);
    world.store.onStreamState('StreamReceivePull');
    world.store.onStreamState('StreamDataReceived');
    assert.equal(world.store.view.phase, 'playing');
    world.module.answerWith = () => ({
      ...failed(0),
      type: 'success',
      data: '{"status":"0","progress":"3100"}',
    });
    await world.environment.advance(1000);
    assert.equal(world.store.view.positionMs, START_S * 1000 + 8_000);
    assert.equal(world.store.view.timeText, '10:00:08');
    world.store.toggle();
    await settled();
    assert.deepEqual(world.module.commands.slice(-2), ['playback_progress', 'playback_pause']);
    assert.equal(world.store.view.phase, 'paused');
    world.store.toggle();
    await settled();
    assert.equal(world.module.commands.at(-1), 'playback_resume');
    world.store.playAt(START_S * 1000 + 30_000);
    assert.equal(world.module.commands.at(-1), 'playback_seek&progress=25000');
    world.store.destroy();
    await settled();
    assert.equal(world.environment.pendingTimers, 0);
    assert.equal(world.module.services.size, 0);
  });

  test('another day replaces the list; the late answer about the day before changes nothing', async () => {
    const world = new World();
    await settled();
    world.module.isSlow = true;
    world.store.days.turnDay(-1);
    world.store.days.turnDay(-1);
    assert.equal(world.store.dayView.dayText, '2026-03-07');
    assert.equal(world.store.listing, 'loading');
    world.module.answerNext();
    await settled();
    assert.equal(world.store.listing, 'loading');
    world.module.answerNext();
    await settled();
    assert.equal(world.store.view.message, 'Nothing was recorded on this day');
    assert.equal(world.store.view.canToggle, false);
    world.store.destroy();
  });

  test('the calendar asks for a month when it is opened or turned, and for an old month once', async () => {
    const world = new World();
    await settled();
    assert.equal(world.store.dayView.calendar, null);
    world.store.days.setOpen(true);
    await settled();
    const days = world.store.dayView
      .calendar!.cells.filter((cell) => cell.hasRecording)
      .map((cell) => cell.day);
    assert.deepEqual(days, [8, 9]);
    const asked = (): number => world.module.commands.filter((each) => each.startsWith('get_month')).length;
    world.store.days.turnMonth(-1);
    await settled();
    world.store.days.turnMonth(1);
    world.store.days.turnMonth(-1);
    await settled();
    assert.equal(asked(), 3);
    world.store.selectDay({ year: 2026, month: 3, day: 8 });
    assert.equal(world.store.dayView.calendar, null);
    await settled();
    assert.equal(world.store.state.periods.length, 1);
    world.store.destroy();
  });

  test('a list that fails is told and asked again by a tap', async () => {
    const world = new World();
    world.module.answerWith = () => failed(-2806);
    await settled();
    assert.deepEqual(world.emissions.at(-1), {
      name: 'playbackError',
      detail: { errcode: -2806, errmsg: 'get_record_index: error' },
    });
    assert.ok(world.store.view.canRetry);
    world.module.answerWith = null;
    world.store.reload();
    await settled();
    assert.equal(world.store.listing, 'ready');
    world.store.destroy();
  });

  test('a recording that breaks is left out and named, and a lost link only waits', async () => {
    const world = new World();
    await settled();
    world.store.play();
    const error = (errType: 'StreamError' | 'ServiceError', errcode: number): void =>
      world.store.onPlayError({ errType, errDetail: { errcode, errmsg: '' } } as never);
    error('StreamError', -2811);
    assert.deepEqual(world.emissions.find(({ name }) => name === 'playbackBroken')?.detail, {
      startS: START_S,
      endS: START_S + 60,
    });
    assert.match(world.player.at(-1)!, new RegExp(`open .*start_time=${START_S + 120}`));
    error('ServiceError', -2807);
    assert.equal(world.store.view.phase, 'failed');
    assert.match(world.player.at(-1)!, new RegExp(`aim .*start_time=${START_S + 120}`));
    world.store.destroy();
  });

  test('without a camera it does nothing, and can be destroyed', async () => {
    const world = new World({ target: null });
    world.store.play();
    world.store.reload();
    world.store.days.setOpen(true);
    await settled();
    assert.deepEqual(world.module.calls, []);
    world.store.destroy();
  });
});
