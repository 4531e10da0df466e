import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFlvReader, FlvTagType } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { ErrCode } from '../../../p2p-core/index';
import type { VoiceDataOptions, VoiceWriter } from '../../../p2p-core/index';
import type { SimViewer } from '../../sim/session-world-viewer';
import { withTalk } from './support/talk-world';
import type { Talk } from './support/talk-world';

const buffer = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer;
const header = buffer(flvHeader(false, false));
const audio = (atMs: number, byteCount = 100): ArrayBuffer => {
  const data = new Uint8Array(byteCount).fill(0x55);
  data.set([0xaf, 1]);
  return buffer(flvTag(FlvTagType.Audio, atMs, data));
};
const video = (atMs: number, isKey: boolean, byteCount: number): ArrayBuffer => {
  const data = new Uint8Array(byteCount);
  data.set([isKey ? 0x17 : 0x27, 1]);
  return buffer(flvTag(FlvTagType.Video, atMs, data));
};

interface Seen {
  flags: string;
  tags: { type: number; timestampMs: number; isKeyframe: boolean }[];
}

function read(bytes: Uint8Array): Seen {
  const seen: Seen = { flags: '', tags: [] };
  const reader = createFlvReader({
    onHeader: (hasVideo, hasAudio) => (seen.flags = `video ${hasVideo}, audio ${hasAudio}`),
    onTag: ({ type, timestampMs, isKeyframe }) => seen.tags.push({ type, timestampMs, isKeyframe }),
  });
  assert.ok(reader.feed(bytes), reader.error);
  return seen;
}

const startData = (talk: Talk, options: VoiceDataOptions = {}): Promise<VoiceWriter> =>
  talk.world.result('startVoiceData', talk.viewer.module.startVoiceData('a', options, talk.callbacks));

async function failureOf(talk: Talk, promise: Promise<VoiceWriter>): Promise<number> {
  const caught = promise.then(
    () => 0,
    (error: { errcode: number }) => error.errcode,
  );
  return talk.world.result('startVoiceData', caught);
}

describe('startVoiceData', () => {
  test('its writer takes the FLV of live-pusher to the camera, repaired', async () => {
    await withTalk(async (talk) => {
      const { world, talks, told } = talk;
      const writer = await startData(talk, { urlParams: 'channel=0&calltype=video', enableCamera: true });
      assert.equal(talks[0]!.request, 'POST /voice?channel=0&calltype=video&format=flv');
      for (const chunk of [header, audio(777_000), video(777_010, true, 90_000), audio(777_023)]) {
        assert.equal(writer.addChunk(chunk), true);
      }
      assert.ok(writer.bufferedBytes > 90_000);
      await world.run(2000);
      assert.equal(writer.bufferedBytes, 0);
      writer.close();
      await world.run(500);
      const { flags, tags } = read(talks[0]!.bytes);
      assert.equal(flags, 'video true, audio true');
      assert.deepEqual(
        tags.map((tag) => tag.timestampMs),
        [0, 10, 23],
      );
      assert.deepEqual([talks[0]!.end, told], ['ended', []]);
      assert.equal(writer.addChunk(audio(1)), false);
      assert.equal(writer.bufferedBytes, 0);
    });
  });

  test('close sends what was added first, and frees the id', async () => {
    await withTalk(async (talk) => {
      const writer = await startData(talk);
      writer.addChunk(header);
      for (let i = 0; i < 200; i++) writer.addChunk(audio(i * 20));
      writer.close();
      const second = await startData(talk);
      second.close();
      writer.close();
      await talk.world.run(500);
      assert.equal(talk.talks.length, 2);
    });
    await withTalk(async (talk) => {
      const writer = await startData(talk);
      writer.addChunk(header);
      for (let i = 0; i < 200; i++) writer.addChunk(audio(i * 20));
      writer.close();
      await talk.world.run(2000);
      assert.equal(read(talk.talks[0]!.bytes).tags.length, 200);
    });
  });

  test('-2601 with its cause: refused, silent, lost', async () => {
    await withTalk(async (talk) => {
      const { viewer, world } = talk;
      const start = (urlParams: string): Promise<VoiceWriter> =>
        viewer.module.startVoiceData('a', { urlParams });
      for (const mode of ['busy', 'silent']) {
        assert.equal(await failureOf(talk, start(`mode=${mode}`)), ErrCode.VoiceStartFailed);
      }
      await assert.rejects(Promise.all([start('mode=busy'), world.run(1000)]), (error: { errmsg: string }) =>
        error.errmsg.includes('status 409'),
      );
      world.camera.stop();
      await world.run(500);
      assert.equal(await failureOf(talk, start('a=1')), ErrCode.VoiceStartFailed);
    });
  });

  test('-2000, -2002, -2401 and -2403', async () => {
    await withTalk(async (talk) => {
      const { module } = talk.viewer;
      await startData(talk);
      const cases: [Promise<VoiceWriter>, number][] = [
        [module.startVoiceData(''), ErrCode.BadArgument],
        [module.startVoiceData('a', { urlParams: 1 as never }), ErrCode.BadArgument],
        [module.startVoiceData('a', {}, { onStop: 1 as never }), ErrCode.BadArgument],
        [module.startVoiceData('a'), ErrCode.AlreadyStarted],
        [module.startVoiceData('b'), ErrCode.ServiceNotStarted],
      ];
      for (const [promise, errcode] of cases) assert.equal(await failureOf(talk, promise), errcode);
      module.destroy();
      assert.equal(await failureOf(talk, module.startVoiceData('a')), ErrCode.NotInitialized);
    });
  });

  test('bytes that are no FLV end the talk: onStop once, and the id is free', async () => {
    await withTalk(async (talk) => {
      const writer = await startData(talk);
      assert.equal(writer.addChunk(new ArrayBuffer(20)), false);
      assert.deepEqual(talk.told, ['stop false']);
      assert.match(talk.logs.join(), /no FLV/);
      await startData(talk);
    });
  });

  test('the camera ends the talk: onStop once, and the writer takes nothing', async () => {
    await withTalk(async (talk) => {
      const writer = await startData(talk);
      talk.talks[0]!.hangUp();
      await talk.world.run(200);
      assert.deepEqual(talk.told, ['stop false']);
      assert.equal(writer.addChunk(header), false);
    });
  });

  test('on a path that is too slow whole tags are left out, pictures up to the next key frame; memory is bounded', async () => {
    await withTalk(
      async (talk) => {
        const { world, talks } = talk;
        const writer = await startData(talk, { enableCamera: true });
        writer.addChunk(header);
        let most = 0;
        for (let i = 0; i < 500; i++) {
          writer.addChunk(video(i * 40, i % 25 === 0, 5000));
          writer.addChunk(audio(i * 40 + 5));
          most = Math.max(most, writer.bufferedBytes);
          await world.run(40);
        }
        writer.close();
        await world.until('the end', () => talks[0]!.end === 'ended', 20_000);
        assert.ok(most < 400 * 1024, `${most} bytes`);
        const { tags } = read(talks[0]!.bytes);
        assert.ok(tags.length > 100 && tags.length < 900, `${tags.length} tags`);
        let lastMs = -40;
        for (const tag of tags.filter((each) => each.type === FlvTagType.Video)) {
          assert.ok(tag.isKeyframe || tag.timestampMs - lastMs === 40, `${tag.timestampMs} after ${lastMs}`);
          lastMs = tag.timestampMs;
        }
        assert.match(talk.logs.join(), /tags were left out/);
      },
      {},
      { link: { bitsPerSecond: 500_000, queueBytes: 30_000 } },
    );
  });

  for (const [name, stop] of [
    ['stopVoice', (viewer: SimViewer) => viewer.module.stopVoice('a')],
    ['stopP2PService', (viewer: SimViewer) => viewer.stop('a')],
    ['destroy', (viewer: SimViewer) => viewer.destroy()],
  ] as const) {
    test(`${name} at any moment: a writer that still comes is closed, else -2601`, async () => {
      for (let atMs = 0; atMs < 120; atMs += 4) {
        await withTalk(async (talk) => {
          const { world, viewer, told } = talk;
          const outcome = viewer.module.startVoiceData('a', {}, talk.callbacks).then(
            (writer) => writer,
            (error: { errcode: number }) => error.errcode,
          );
          const call = world.call('startVoiceData', outcome);
          await world.run(atMs);
          stop(viewer);
          await world.run(200);
          if (typeof call.value === 'number') assert.equal(call.value, ErrCode.VoiceStartFailed);
          else assert.equal(call.value!.addChunk(header), false);
          assert.deepEqual(told, []);
        });
      }
    });
  }
});
