import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BLOCK_BYTES } from '../../../store/snapshot/block-file';
import { RecordStore } from '../../../store/snapshot/record-store';
import type { RecordEmission, RecordEmissionMap } from '../../../store/snapshot/record-store';
import { readMp4 } from '../../support/mp4-file';
import type { Mp4TrackInfo } from '../../support/mp4-file';
import { VirtualEnvironment, settled } from '../support/virtual-environment';
import { MemoryFiles } from './memory-files';
import {
  HIGH,
  VIDEO,
  AUDIO,
  AVC_HEADER,
  AAC_HEADER,
  tagsOf,
  picture,
  flv,
  tagChunk,
  mp4Of,
} from './mp4-source';

type RecordSaved = RecordEmissionMap['recordSaved'];

describe('recording MP4', () => {
  function world(maxBytes = Infinity) {
    const files = new MemoryFiles();
    const emissions: RecordEmission[] = [];
    const environment = new VirtualEnvironment();
    const store = new RecordStore({
      environment,
      files,
      newPath: (format) => `film.${format}`,
      format: () => 'mp4',
      maxBytes,
      emit: (emission) => emissions.push(emission),
    });
    store.tap.onStart();
    return { files, emissions, store, environment };
  }
  const feed = (store: RecordStore, bytes: Uint8Array): void =>
    store.tap.onChunk(new Uint8Array(bytes).buffer);

  test('writes the film straight into an MP4, over a new pull', async () => {
    const { files, emissions, store, environment } = world();
    store.start();
    feed(store, HIGH);
    store.tap.onStart();
    feed(store, HIGH);
    store.stop();
    await settled();
    const saved = emissions.find(({ name }) => name === 'recordSaved')!.detail;
    const file = files.files.get('film.mp4')!;
    const { durationMs } = saved as { durationMs: number };
    assert.deepEqual(saved, {
      filePath: 'film.mp4',
      fileBytes: file.length,
      durationMs,
      end: 'stopped',
      format: 'mp4',
      isSoundLeftOut: false,
    });
    const [video, audio] = readMp4(file) as [Mp4TrackInfo, Mp4TrackInfo];
    const pictures = tagsOf(HIGH).filter(({ type, isHeader }) => type === VIDEO && !isHeader);
    assert.equal(video.samples.length, 2 * pictures.length);
    for (const { samples } of [video, audio]) {
      assert.ok(Math.abs(samples.at(-1)!.dtsMs - durationMs) < 100, `${samples.at(-1)!.dtsMs} ${durationMs}`);
    }
    assert.deepEqual([files.openCount, environment.pendingTimers], [0, 0]);
  });

  test('ends before the file with its index is too large', async () => {
    const { files, emissions, store } = world(150_000);
    store.start();
    feed(store, HIGH);
    await settled();
    const saved = emissions.find(({ name }) => name === 'recordSaved')!.detail;
    assert.equal((saved as { end: string }).end, 'limit');
    const file = files.files.get('film.mp4')!;
    assert.ok(file.length <= 150_000 && file.length > 80_000, `${file.length}`);
    readMp4(file);
  });

  test('a very long one ends when its index is full, which a slow disk gets whole', async () => {
    const { files, emissions, store } = world();
    files.isSlow = true;
    store.start();
    feed(store, flv([VIDEO, 0, AVC_HEADER], [AUDIO, 0, AAC_HEADER]));
    let timeMs = 0;
    // Pictures of nothing whose times are never even: what an index holds most of.
    for (let i = 0; i < 100_000 && store.state.phase !== 'closing'; i++) {
      timeMs += 39 + (i % 3);
      store.tap.onChunk(tagChunk(VIDEO, timeMs, picture(i, i % 50 === 0)));
      if (i % 50 === 0) files.writeNext();
    }
    assert.equal(store.state.phase, 'closing');
    assert.ok(timeMs > 30 * 60_000, `${timeMs / 60_000} minutes`);
    for (let i = 0; i < 20 && store.state.phase === 'closing'; i++) {
      files.writeNext();
      await settled();
    }
    const saved = emissions.find(({ name }) => name === 'recordSaved')!.detail;
    assert.equal((saved as { end: string }).end, 'limit');
    const [video] = readMp4(files.files.get('film.mp4')!);
    assert.ok(video!.samples.length > 50_000, `${video!.samples.length} pictures`);
    assert.equal(video!.samples.at(-1)!.bytes.length, 5);
  });

  test('keeps what was written when the disk fails, as a film that ends earlier', async () => {
    const whole = await mp4Of(HIGH);
    for (const failsAt of [2, 3, 4, 5, 6]) {
      const { files, emissions, store } = world();
      files.writesUntilFailure = failsAt;
      store.start();
      for (let round = 0; round < 3; round++) {
        store.tap.onStart();
        feed(store, HIGH);
        await settled();
      }
      store.stop();
      await settled();
      assert.deepEqual(emissions.at(-1), { name: 'recordError', detail: { errMsg: 'write:fail no space' } });
      const saved = emissions.find(({ name }) => name === 'recordSaved')?.detail as RecordSaved | undefined;
      assert.equal(saved?.end, 'error', `failure of write ${failsAt}`);
      const file = files.files.get('film.mp4')!;
      assert.equal(file.length, (failsAt - 1) * BLOCK_BYTES, 'nothing was added to a full disk');
      assert.equal(saved.fileBytes, file.length);
      const [video, audio] = readMp4(file, ['ftyp', 'mdat', 'moov', 'free']);
      const lengthMs = saved.durationMs;
      const heldMs = (whole.video.samples.at(-1)!.dtsMs * (file.length - 40_000)) / HIGH.length;
      assert.ok(lengthMs > heldMs - 2500, `${lengthMs} ms of about ${heldMs} ms`);
      for (const [track, of] of [
        [video!, whole.video],
        [audio!, whole.audio],
      ] as const) {
        // The sound of the last second may be missing: it lies behind its pictures.
        const shortMs = lengthMs - track.samples.at(-1)!.dtsMs;
        assert.ok(shortMs > 0 && shortMs < 1100, `${track.kind} ends ${shortMs} ms before the film`);
        const count = Math.min(track.samples.length, of.samples.length - 60);
        for (let i = 0; i < count; i++) {
          assert.ok(track.samples[i]!.bytes.equals(of.samples[i]!.bytes), `sample ${i}`);
          assert.deepEqual(
            [track.samples[i]!.dtsMs, track.samples[i]!.isKey],
            [of.samples[i]!.dtsMs, of.samples[i]!.isKey],
          );
        }
      }
      assert.deepEqual([files.openCount, files.files.size], [0, 1]);
    }
  });

  test('keeps no file when nothing of it can be saved, or the disk fails for good', async () => {
    for (const failure of ['first', 'always'] as const) {
      const { files, emissions, store } = world();
      if (failure === 'first') files.writesUntilFailure = 1;
      store.start();
      feed(store, HIGH);
      await settled();
      if (failure === 'always') files.writeError = 'write:fail no space';
      store.stop();
      await settled();
      assert.deepEqual(emissions.at(-1), { name: 'recordError', detail: { errMsg: 'write:fail no space' } });
      assert.ok(emissions.every(({ name }) => name !== 'recordSaved'));
      assert.deepEqual([files.files.size, files.openCount], [0, 0]);
    }
  });
});
