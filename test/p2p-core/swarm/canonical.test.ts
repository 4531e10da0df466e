import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../../p2p-core/bytes/hex';
import { sha256 } from '../../../p2p-core/crypto/sha256';
import { FlvTagType, createFlvReader } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { findAnchor } from '../../../p2p-core/swarm/anchor';
import { Canonicalizer } from '../../../p2p-core/swarm/canonicalizer';
import { Restamper } from '../../../p2p-core/swarm/restamper';
import { canonical } from './support/gops';
import { publish, serve } from './support/publisher';
import type { ServerKind } from './support/publisher';

const SERVERS: ServerKind[] = ['nms', 'nginx', 'srs'];
const SEED = 7;

/** What is common to both: the second reading from its first whole GOP on, and the first one from there. */
function common(first: ReturnType<typeof canonical>, second: ReturnType<typeof canonical>) {
  const anchor = findAnchor(first.ids, second.ids, (a, b) => a === b);
  assert.equal(anchor.kind, 'match', `seed ${SEED}: the anchor is ${JSON.stringify(anchor)}`);
  const place = anchor.kind === 'match' ? anchor.place : 0;
  return { early: first.texts.slice(place), late: second.texts };
}

describe('the canonical stream', () => {
  for (const kind of SERVERS) {
    test(`is the same for two viewers of one stream at a server as ${kind}`, () => {
      const published = publish({ seed: SEED, seconds: 8 });
      const first = canonical(serve(kind, published, 0));
      const second = canonical(serve(kind, published, 3500));
      const { early, late } = common(first, second);
      assert.equal(late.length, 5);
      assert.deepEqual(late, early);
      const last = (reading: typeof first): string => toHex(reading.inits.at(-1)!.variantId);
      assert.equal(last(second), last(first));
    });
  }

  test('is the same from servers of different kinds', () => {
    const published = publish({ seed: SEED, seconds: 4, startMs: 123_456 });
    const [nms, nginx, srs] = SERVERS.map((kind) => canonical(serve(kind, published, 0)));
    assert.deepEqual(nginx!.texts, nms!.texts);
    assert.deepEqual(srs!.texts, nms!.texts);
    assert.deepEqual(
      nginx!.gops.map(({ head }) => head.gapMs),
      [0, 1000, 1000, 1000],
    );
  });

  test('names a GOP by its key frame', () => {
    const { tags } = publish({ seed: SEED, seconds: 3 });
    const { ids, gops } = canonical(serve('srs', publish({ seed: SEED, seconds: 3 }), 0));
    const keys = tags.filter(({ isKeyframe }) => isKeyframe);
    assert.deepEqual(
      ids,
      keys.map(({ data }) => toHex(sha256(data).slice(0, 16))),
    );
    assert.ok(gops.every(({ tags: [key], isWhole }) => key!.dtMs === 0 && isWhole));
    assert.ok(
      gops.some(({ tags: all }) => all.some(({ dtMs }) => dtMs < 0)),
      'sound from before its key frame',
    );
  });

  test('goes over the wrap of a clock', () => {
    const before = canonical(serve('nms', publish({ seed: SEED, seconds: 4 }), 0));
    const across = canonical(serve('nms', publish({ seed: SEED, seconds: 4, startMs: 2 ** 32 - 1500 }), 0));
    assert.deepEqual(across.texts, before.texts);
    assert.deepEqual(
      across.gops.map(({ head }) => head.gapMs),
      before.gops.map(({ head }) => head.gapMs),
    );
  });

  for (const video of ['hevc12', 'hvc1'] as const) {
    test(`knows the key frames of ${video}`, () => {
      const published = publish({ seed: SEED, seconds: 5, video });
      const first = canonical(serve('nms', published, 0));
      const second = canonical(serve('srs', published, 2200));
      const { early, late } = common(first, second);
      assert.equal(late.length, 3);
      assert.deepEqual(late, early);
    });
  }

  test('is cut at the same places by all who listen to sound alone', () => {
    const published = publish({ seed: SEED, seconds: 60, video: 'none' });
    const first = canonical(serve('nms', published, 0));
    const second = canonical(serve('srs', published, 20_000));
    assert.equal(first.inits[0]!.videoHeader, null);
    const shared = second.ids.slice(1);
    assert.ok(shared.length > 10, `${shared.length} cuts`);
    const place = first.ids.indexOf(shared[3]!);
    assert.deepEqual(second.texts.slice(4), first.texts.slice(place));
    assert.ok(first.gops.slice(1).every(({ head }) => head.gapMs >= 250 && head.gapMs <= 5100));
  });

  test('has no name for what comes before the first key frame or behind new headers', () => {
    const key = (fill: number): Uint8Array => Uint8Array.of(0x17, 1, 0, 0, 0, fill);
    const inter = Uint8Array.of(0x27, 1, 0, 0, 0, 9);
    const video = (ms: number, data: Uint8Array): Uint8Array => flvTag(FlvTagType.Video, ms, data);
    const reading = canonical([
      flvHeader(true, false),
      video(0, Uint8Array.of(0x17, 0, 1)),
      video(10, inter),
      video(50, key(1)),
      video(90, inter),
      video(90, Uint8Array.of(0x17, 0, 2)),
      video(130, inter),
      video(170, key(2)),
    ]);
    assert.deepEqual(
      reading.gops.map(({ head, tags }) => [head.gopId !== null, head.gapMs, tags.length]),
      [
        [false, 0, 1],
        [true, 40, 2],
        [false, 80, 1],
        [true, 40, 1],
      ],
    );
    assert.equal(new Set(reading.inits.map(({ variantId }) => toHex(variantId))).size, 2);
  });

  test('tells of a repeated header once, and of a late one of the sound within the GOP', () => {
    const published = publish({ seed: SEED, seconds: 3 });
    const { inits, gops } = canonical(serve('nginx', published, 0));
    assert.equal(gops.length, 3);
    assert.deepEqual(
      inits.map(({ audioHeader }) => audioHeader !== null),
      [false, true],
    );
    const again = serve('srs', published, 0);
    again.push(flvTag(FlvTagType.Video, 3000, published.videoHeader!));
    assert.equal(canonical(again).inits.length, 1);
  });
});

describe('an anchor', () => {
  const same = (a: string, b: string): boolean => a === b;

  test('is found with one id where ids differ', () => {
    assert.deepEqual(findAnchor([...'abcdef'], [...'d'], same), { kind: 'match', place: 3 });
    assert.deepEqual(findAnchor([...'abc'], [...'cde'], same), { kind: 'match', place: 2 });
    assert.deepEqual(findAnchor([...'abc'], [...'xyz'], same), { kind: 'none' });
    assert.deepEqual(findAnchor([], [...'x'], same), { kind: 'none' });
  });

  test('is not guessed while a still picture fits at many places, and found when something moves', () => {
    const known = [...'aaaaab'];
    const first = findAnchor(known, [...'aa'], same);
    assert.deepEqual(first, { kind: 'undecided', places: [0, 1, 2, 3] });
    const places = first.kind === 'undecided' ? first.places : [];
    assert.deepEqual(findAnchor(known, [...'aaab'], same, places), { kind: 'match', place: 2 });
  });

  test('of a still stream needs its tags, not only its key frames', () => {
    const published = publish({ seed: SEED, seconds: 20, isStill: true });
    const first = canonical(serve('srs', published, 0));
    const second = canonical(serve('srs', published, 9000));
    assert.equal(findAnchor(first.ids, second.ids.slice(0, 2), same).kind, 'undecided');
  });
});

describe('a restamped stream', () => {
  const read = (parts: readonly Uint8Array[]): { type: number; ms: number; text: string }[] => {
    const tags: { type: number; ms: number; text: string }[] = [];
    const reader = createFlvReader({
      onTag: ({ type, timestampMs, data }) => tags.push({ type, ms: timestampMs, text: toHex(data) }),
    });
    for (const part of parts) reader.feed(part);
    assert.equal(reader.error, '');
    return tags;
  };
  const restamp = (restamper: Restamper, parts: readonly Uint8Array[]): Uint8Array[] => {
    const out: Uint8Array[] = [];
    const canonicalizer = new Canonicalizer({
      onInit: (init) => out.push(restamper.init(init)),
      onGop: (head) => restamper.gop(head),
      onTag: (tag) => out.push(restamper.tag(tag)),
      onGopEnd: () => {},
    });
    const reader = createFlvReader(canonicalizer);
    for (const part of parts) reader.feed(part);
    canonicalizer.end();
    return out;
  };
  const isMonotonic = (tags: readonly { type: number; ms: number }[]): boolean =>
    [FlvTagType.Audio, FlvTagType.Video].every((type) =>
      tags.filter((tag) => tag.type === type).every(({ ms }, i, all) => i === 0 || ms >= all[i - 1]!.ms),
    );

  test('has the tags of its source, counted from 0', () => {
    const published = publish({ seed: SEED, seconds: 6, startMs: 5_000_000 });
    const out = read(restamp(new Restamper(), serve('nms', published, 0)));
    const media = out.slice(3); // the script and two headers
    assert.deepEqual(
      media.map(({ text }) => text),
      published.tags.map(({ data }) => toHex(data)),
    );
    assert.ok(media.every(({ ms }, i) => ms === published.tags[i]!.ms - 5_000_000));
  });

  test('goes on where it was when the source is another one', () => {
    const restamper = new Restamper();
    const early = restamp(restamper, serve('srs', publish({ seed: SEED, seconds: 4 }), 0));
    const late = restamp(
      restamper,
      serve('nms', publish({ seed: SEED + 1, seconds: 4, startMs: 900_000 }), 0),
    );
    const out = read([...early, ...late]);
    assert.ok(isMonotonic(out));
    assert.ok(out.at(-1)!.ms < 8200, `the last tag is at ${out.at(-1)!.ms} ms`);
    assert.equal(out.filter(({ type }) => type === FlvTagType.Script).length, 1);
  });
});
