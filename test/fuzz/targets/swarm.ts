import assert from 'node:assert/strict';
import {
  decodeLinkMessage,
  encodeHead,
  encodeLinkMessage,
  encodePiece,
  frameLinkMessage,
  LinkMessageReader,
  MAX_LINK_MESSAGE_BYTES,
} from '../../../p2p-core/swarm/link-messages';
import {
  decodeSegmentHead,
  encodeSegmentHead,
  MAX_SEGMENT_BYTES,
  readSegmentTags,
  Segmenter,
} from '../../../p2p-core/swarm/segment';
import type { Segment } from '../../../p2p-core/swarm/segment';
import { LINK_SAMPLES } from '../../p2p-core/swarm/link-samples';
import { join, randomBytes } from '../mutate';
import type { FuzzTarget } from '../target';

const segments: Segment[] = [];
const segmenter = new Segmenter((segment) => segments.push(segment));
segmenter.gopStart(new Uint8Array(16).fill(1));
for (let i = 0; i < 40; i++) segmenter.tag({ type: 9, dtMs: 20 * i, data: new Uint8Array(70 * i).fill(i) });
segmenter.gopEnd(800);

const messages = [
  ...LINK_SAMPLES.map(encodeLinkMessage),
  ...segments.map(({ headBytes }) => encodeHead(7, headBytes)),
  encodePiece(7, 1, 2, new Uint8Array(60).fill(4)),
];

export const linkMessage: FuzzTarget = {
  name: 'link-message',
  inputsPerRound: 400,
  corpus: messages,
  grammar: (random) => join(Uint8Array.of(random.int(0, 11)), randomBytes(random, random.int(0, 40))),
  run(input) {
    const message = decodeLinkMessage(input);
    if (message === null) return false;
    // One form for each meaning, so that nothing can hide in another one.
    if (message.kind === 'head')
      assert.deepEqual(encodeHead(message.gop16, message.headBytes), new Uint8Array(input));
    else if (message.kind === 'piece') {
      const { gop16, segNo, index, data } = message;
      assert.deepEqual(encodePiece(gop16, segNo, index, data), new Uint8Array(input));
    } else assert.deepEqual(encodeLinkMessage(message), new Uint8Array(input));
    return true;
  },
};

export const linkStream: FuzzTarget = {
  name: 'link-stream',
  inputsPerRound: 200,
  corpus: [join(...messages.map(frameLinkMessage)), ...messages.map(frameLinkMessage)],
  grammar: (random) =>
    join(
      ...Array.from({ length: random.int(1, 5) }, () =>
        frameLinkMessage(randomBytes(random, random.int(1, 90))),
      ),
    ),
  run(input, random) {
    let bytes = 0;
    const reader = new LinkMessageReader((message) => {
      assert.ok(message.length > 0 && message.length <= MAX_LINK_MESSAGE_BYTES);
      bytes += message.length;
    });
    for (let at = 0; at < input.length;) {
      const end = at + random.int(1, 50);
      if (!reader.feed(input.subarray(at, end))) return false;
      at = end;
    }
    assert.ok(bytes <= input.length);
    return true;
  },
};

export const segmentHead: FuzzTarget = {
  name: 'segment-head',
  inputsPerRound: 300,
  corpus: segments.map(({ headBytes }) => headBytes),
  grammar: (random) =>
    join(
      Uint8Array.of(0, random.int(0, 2), random.int(0, 8), 0, random.int(0, 20), 0),
      randomBytes(random, 8 * 5),
    ),
  run(input) {
    const head = decodeSegmentHead(input);
    if (head === null) return false;
    assert.ok(head.byteCount <= MAX_SEGMENT_BYTES);
    assert.deepEqual(encodeSegmentHead(head), new Uint8Array(input));
    return true;
  },
};

export const segmentTags: FuzzTarget = {
  name: 'segment-tags',
  inputsPerRound: 200,
  corpus: segments.map(({ bytes }) => bytes.slice(0, 900)),
  grammar: (random) =>
    join(
      ...Array.from({ length: random.int(1, 4) }, () => {
        const size = random.int(0, 20);
        return join(Uint8Array.of(9, 0, 0, size, 0, 0, 0, 1), randomBytes(random, size));
      }),
    ),
  run(input) {
    let bytes = 0;
    const isSound = readSegmentTags(input, ({ data }) => (bytes += 8 + data.length));
    assert.ok(bytes <= input.length && (!isSound || bytes === input.length));
    return isSound;
  },
};
