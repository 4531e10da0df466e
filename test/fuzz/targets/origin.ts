import assert from 'node:assert/strict';
import { createFlvReader, FlvTagType } from '../../../p2p-core/flv/tag-reader';
import { Splice } from '../../../p2p-core/origin/splice';
import { Canonicalizer } from '../../../p2p-core/swarm/canonicalizer';
import { Restamper } from '../../../p2p-core/swarm/restamper';
import { GopRecorder } from '../../p2p-core/swarm/support/gops';
import { flv } from './streams';
import type { FuzzTarget } from '../target';

/**
 * What a server sends, on its way through the canonical form and a viewer's own clock, and as the second connection of a
 * splice with itself.
 */
export const origin: FuzzTarget = {
  name: 'origin',
  inputsPerRound: 300,
  corpus: flv.corpus,
  grammar: (random) => flv.grammar(random),
  run(input) {
    const recorder = new GopRecorder();
    const restamper = new Restamper();
    const lastMs = new Map<number, number>();
    const out = createFlvReader({
      onTag: ({ type, timestampMs }) => {
        if (type === FlvTagType.Script) return;
        // Forward, on a clock that wraps; hostile distances within a GOP have 31 bits.
        const stepMs = (timestampMs - (lastMs.get(type) ?? 0)) >>> 0;
        assert.ok(stepMs < 2 ** 31 + 60_000, 'time goes back');
        lastMs.set(type, timestampMs);
      },
    });
    const canonicalizer = new Canonicalizer({
      onInit: (init) => {
        recorder.onInit(init);
        assert.ok(out.feed(restamper.init(init)));
      },
      onGop: (head) => {
        recorder.onGop(head);
        restamper.gop(head);
      },
      onTag: (tag) => {
        recorder.onTag(tag);
        assert.ok(out.feed(restamper.tag(tag)));
      },
      onGopEnd: () => recorder.onGopEnd(),
    });
    const splice = new Splice();
    const reader = createFlvReader({
      onHeader: (hasVideo, hasAudio) => canonicalizer.onHeader(hasVideo, hasAudio),
      onTag: (tag) => {
        canonicalizer.onTag(tag);
        splice.addOld(tag);
      },
    });
    const isSound = reader.feed(input);
    canonicalizer.end();
    createFlvReader({ onTag: (tag) => splice.addFresh(tag) }).feed(input);
    const taken = splice.take(true);
    if (taken) for (const { timestampMs } of taken.tags) assert.ok(timestampMs >= 0 && timestampMs < 2 ** 32);
    return isSound && recorder.gops.length > 0;
  },
};
