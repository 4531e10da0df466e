import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlvTagType } from '../../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../../p2p-core/flv/tag-reader';
import { Splice } from '../../../p2p-core/origin/splice';

/** GOPs of a still picture: they differ by their last tag only. */
function gop(startMs: number, text: string): FlvTag[] {
  const tag = (index: number, isKeyframe: boolean, content: string): FlvTag => ({
    type: FlvTagType.Video,
    timestampMs: startMs + 40 * index,
    data: new Uint8Array(Buffer.from(content)),
    isKeyframe,
    isSequenceHeader: false,
    codec: 7,
  });
  const still = Array.from({ length: 19 }, (_, index) => tag(index + 1, false, 'still'));
  return [tag(0, true, 'key'), ...still, tag(20, false, text)];
}

const header = (): FlvTag => ({ ...gop(0, '')[0]!, isSequenceHeader: true });

describe('two connections to one live stream', () => {
  test('of which the new one may begin at two places are not joined before it says which', () => {
    const splice = new Splice();
    splice.addOld(header());
    for (const tag of [...gop(0, 'first'), ...gop(840, 'second').slice(0, 20)]) splice.addOld(tag);
    const fresh = gop(5000, 'second');
    for (const tag of fresh.slice(0, 20)) splice.addFresh(tag);
    assert.equal(splice.take(false), null, 'twenty tags are the same at both places');
    splice.addFresh(fresh[20]!);
    const { tags, offsetMs } = splice.take(false)!;
    assert.equal(offsetMs | 0, 840 - 5000);
    assert.deepEqual(
      tags.map(({ timestampMs, data }) => [timestampMs, Buffer.from(data).toString()]),
      [[840 + 800, 'second']],
    );
  });
});
