import assert from 'node:assert/strict';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { click, tick } from '../support/component-host';
import type { TestComponent, TestNode } from '../support/component-host';
import { CAMERA, COMMON, IPC, PlayerHost, found, nativePlayer } from './support/player-host';

let world: PlayerHost;
afterEach(() => world.dispose());

const classesOf = (node: TestNode | TestComponent, selector: string): string[] =>
  found(node, selector)
    .element.className.split(/\s+/)
    .map((name) => name.slice(name.indexOf('--') + 2));

describe('the look of iot-p2p-common-player', () => {
  beforeEach(() => {
    world = new PlayerHost([COMMON]);
  });

  test('styles of the built package import the theme in words that every reader of WXSS knows', () => {
    for (const path of [COMMON, IPC]) {
      const wxss = fs.readFileSync(`miniprogram_dist/${path}.wxss`, 'utf8');
      assert.match(
        wxss,
        /^@import ["']\.\.\/common\/theme\.wxss["'];\s*@import ["']\.\.\/common\/icons\.wxss["'];/,
        path,
      );
    }
  });

  test('shows the poster until there is a picture, and again when it stopped', async () => {
    const player = world.render(COMMON, { ...CAMERA, poster: 'https://example.com/door.jpg' });
    await tick();
    assert.equal(found(player, '.poster').data['src'], 'https://example.com/door.jpg');

    await world.picture(player);
    assert.equal(player.find('.poster'), null);

    world.module.notify('cam', 'eof');
    await tick();
    assert.notEqual(player.find('.poster'), null);
  });

  test('offers a large button where playing is the user’s move, with a name, and it plays', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    world.module.notify('cam', 'eof');
    await tick();
    assert.equal(found(player, '.big-play').data['ariaLabel'], 'Play');

    click(found(player, '.big-play'));
    await tick();
    assert.equal(player.find('.big-play'), null);
    assert.notEqual(player.find('.spinner'), null);
  });

  test('has one button on the error card, and none where it would not help', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: '' });
    await tick();
    assert.equal(found(player, '.card').data['ariaRole'], 'alert');
    assert.match(player.text(), /Nothing came from the camera for a while/);
    assert.equal(player.findAll('.button').length, 1);

    world.module.hold();
    click(found(player, '.button'));
    await tick();
    world.module.settle('startP2PService', -2001);
    await tick();
    assert.match(player.text(), /-2001/);
    assert.equal(player.findAll('.button').length, 0);
  });

  test('takes the theme that it is told', async () => {
    const player = world.render(COMMON);
    assert.ok(!classesOf(player, '.surface').includes('p2p-dark'));

    await player.setProperties({ theme: 'dark' });
    assert.ok(classesOf(player, '.surface').includes('p2p-dark'));
  });

  test('leaves the screen to the host that wants it', async () => {
    const player = world.render(COMMON, { ...CAMERA, hideMessage: true });
    await tick();
    assert.equal(player.find('.veil'), null);
  });
});

describe('the look of iot-p2p-player-ipc', () => {
  beforeEach(() => {
    world = new PlayerHost([IPC]);
  });

  test('turns the picture by the native player where the full view lies, and the controls by style', async () => {
    const player = world.render(IPC);
    const common = found(player, '.picture');
    await world.picture(common);
    await tick();
    assert.equal(player.find('.landscape'), null);

    click(found(player, '.full'));
    await tick();
    click(found(player, '.landscape'));
    await tick();
    assert.notEqual(player.find('.frame-lying'), null);
    assert.equal(nativePlayer(common).data['orientation'], 'horizontal');

    // Rotated by hand as well, it is upright again.
    click(found(player, '.rotate'));
    await tick();
    assert.equal(nativePlayer(common).data['orientation'], 'vertical');

    click(found(player, '.full'));
    await tick();
    assert.equal(player.find('.frame-lying'), null);
  });

  test('leaves the room of a small picture to the error card, and keeps the way back from full view', async () => {
    const player = world.render(IPC);
    const common = found(player, '.picture');
    await world.picture(common);
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: '' });
    await tick();
    assert.ok(classesOf(player, '.bar').includes('gone'));

    click(found(player, '.full'));
    await tick();
    assert.ok(!classesOf(player, '.bar').includes('gone'));
  });
});
