import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { settled } from '../support/virtual-environment';
import { MB, World } from './download-world';

describe('a downloaded film', () => {
  const flv = new Uint8Array(fs.readFileSync('devkit/fixtures/standard.flv'));
  async function downloaded(fileName: string): Promise<World> {
    const world = new World({ [fileName]: { bytes: flv, etag: '"1"' } });
    await settled();
    world.store.start(fileName);
    await world.pumpAll();
    world.media.files.set(world.store.pathOf(fileName), flv);
    world.emissions.length = 0;
    return world;
  }

  test('goes into the album as MP4, and the MP4 is not kept beside', async () => {
    const world = await downloaded('a.flv');
    world.store.saveToAlbum('a.flv');
    assert.equal(world.row('a.flv').note, 'Preparing for the album…');
    assert.equal(world.row('a.flv').action, '');
    await settled();
    await settled();
    assert.deepEqual(world.album, ['video usr/p2p-cam-0-a.flv.mp4 true']);
    assert.deepEqual([...world.media.files.keys()], ['usr/p2p-cam-0-a.flv']);
    assert.deepEqual(world.emissions, [
      { name: 'albumSaved', detail: { fileName: 'a.flv', isSoundLeftOut: false } },
    ]);
    assert.equal(world.row('a.flv').note, 'Saved to the album');
    world.assertGone();
  });

  test('that is an MP4 goes there as it is', async () => {
    const world = await downloaded('a.mp4');
    world.store.saveToAlbum('a.mp4');
    await settled();
    assert.deepEqual(world.album, ['video usr/p2p-cam-0-a.mp4 true']);
    world.assertGone();
  });

  test('is refused, or cannot be made into an MP4: it says so, and nothing is left', async () => {
    const refused = await downloaded('a.flv');
    refused.isAllowed = false;
    refused.store.saveToAlbum('a.flv');
    await settled();
    await settled();
    assert.equal(refused.row('a.flv').note, 'The album is not allowed');
    const broken = await downloaded('a.flv');
    broken.media.readError = 'read:fail';
    broken.store.saveToAlbum('a.flv');
    await settled();
    const full = await downloaded('a.flv');
    full.disk.foreignBytes = 199.9 * MB;
    full.store.saveToAlbum('a.flv');
    assert.deepEqual(
      [refused, broken, full].map(({ emissions }) => emissions.map(({ detail }) => detail)),
      [
        [{ fileName: 'a.flv', isRefused: true, errMsg: 'the user does not allow it' }],
        [{ fileName: 'a.flv', isRefused: false, errMsg: 'read:fail' }],
        [{ fileName: 'a.flv', isRefused: false, errMsg: 'there is no space for the MP4 file' }],
      ],
    );
    for (const world of [refused, broken, full]) {
      assert.deepEqual([...world.media.files.keys()], ['usr/p2p-cam-0-a.flv']);
      world.assertGone();
    }
  });

  test('is deleted, or the page left, on the way to the album: nobody hears of it, and nothing is left', async () => {
    for (const isLeft of [false, true]) {
      const world = await downloaded('a.flv');
      world.store.saveToAlbum('a.flv');
      if (isLeft) world.store.destroy();
      else world.store.cancel('a.flv');
      await settled();
      await settled();
      assert.deepEqual([world.album, world.emissions, world.media.openCount], [[], [], 0]);
      assert.equal(world.media.files.has('usr/p2p-cam-0-a.flv.mp4'), false);
      world.assertGone();
    }
  });
});
