import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { tick } from '../support/component-host';
import type { TestComponent } from '../support/component-host';
import { COMMON, IPC, PlayerHost, found, nativePlayer } from './support/player-host';

const PLAYER_FILES = [COMMON, IPC, 'components/p2p-player-plugin/p2p-player-plugin'];

/** A page whose player is in a sub-package that is still being loaded, as an app writes it. */
const PAGE: Record<string, string> = {
  'late/late.json': JSON.stringify({
    component: true,
    usingComponents: { player: `/${IPC}`, hole: '/late/hole' },
    componentPlaceholder: { player: 'hole' },
  }),
  'late/late.wxml':
    '<player wx:if="{{isShown}}" class="tag" target-id="cam" xp2p-info="{{xp2pInfo}}" language="en" bind:playStart="onPlayStart" />',
  'late/late.js': `Component({
    properties: { xp2pInfo: String, isShown: { type: Boolean, value: true } },
    methods: { onPlayStart() { this.triggerEvent('started'); } },
  });`,
  'late/hole.json': JSON.stringify({ component: true }),
  'late/hole.wxml': '<view class="hole">loading</view>',
  'late/hole.js': 'Component({});',
};

describe('a player under componentPlaceholder', () => {
  let root = '';
  let world: PlayerHost;
  before(() => {
    // Inside the repository, so that the package finds its own dependencies.
    fs.mkdirSync('.build', { recursive: true });
    root = fs.mkdtempSync(path.resolve('.build', 'late-'));
    fs.cpSync('miniprogram_dist', root, { recursive: true });
    fs.mkdirSync(path.join(root, 'late'));
    for (const [file, text] of Object.entries(PAGE)) fs.writeFileSync(path.join(root, file), text);
  });
  after(() => fs.rmSync(root, { recursive: true, force: true }));
  afterEach(() => world.dispose());

  async function page(): Promise<TestComponent> {
    world = new PlayerHost(['late/late'], { root, late: PLAYER_FILES });
    const rendered = world.render('late/late', { xp2pInfo: 'ticket' });
    await tick();
    assert.match(rendered.text(), /loading/);
    assert.deepEqual(world.module.calls, []);
    return rendered;
  }

  test('takes the place of the placeholder with the properties that were set before it was there, and plays', async () => {
    const rendered = await page();
    const started = rendered.record('started');
    world.host.loadLate();
    await tick(5);
    assert.doesNotMatch(rendered.text(), /loading/);
    const common = found(found(rendered, '.tag'), '.picture');
    assert.equal(common.data['xp2pInfo'], 'ticket');
    await world.picture(common);
    assert.equal(world.module.streams.size, 1);
    assert.equal(world.module.count('startP2PService'), 1);
    assert.equal(started.length, 1);
    assert.equal(nativePlayer(common).data['autoplay'], true);
  });

  test('takes the properties as they are by then, and only those', async () => {
    const rendered = await page();
    await rendered.setProperties({ xp2pInfo: 'newer' });
    world.host.loadLate();
    await tick(5);
    assert.equal(found(rendered, '.tag').data['xp2pInfo'], 'newer');
    assert.equal(world.module.count('startP2PService'), 1);
    rendered.detach();
    await tick(5);
    assert.equal(world.module.services.size, 0);
  });

  test('that is gone before it could be created starts nothing', async () => {
    const rendered = await page();
    await rendered.setProperties({ isShown: false });
    world.host.loadLate();
    await tick(5);
    assert.deepEqual(world.module.calls, []);
    assert.equal(rendered.find('.tag'), null);
  });
});
