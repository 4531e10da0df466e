import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../../p2p-core/bytes/hex';
import { ErrCode } from '../../../p2p-core/errors';
import { FlvTagType } from '../../../p2p-core/flv/tag-reader';
import { OriginSource } from '../../../p2p-core/origin/origin-source';
import type { HttpFetch, HttpFetchHandlers } from '../../../p2p-core/port/port';
import { VirtualClock } from '../../sim/virtual-clock';
import { LiveServer } from '../swarm/support/live-server';
import { publish } from '../swarm/support/publisher';
import type { PublishOptions, Published, ServerKind } from '../swarm/support/publisher';

const LIMIT_MS = 10_000;
const HEAD_TIMEOUT_MS = 3000;

interface Seen {
  type: number;
  ms: number;
  text: string;
}

/** One viewer at one server, in virtual time. */
class Watching {
  readonly clock = new VirtualClock();
  readonly published: Published;
  readonly server: LiveServer;
  readonly source: OriginSource;
  readonly seen: Seen[] = [];
  readonly heads: number[] = [];
  readonly ends: [number, string][] = [];

  constructor(options: Partial<PublishOptions> & { kind?: ServerKind } = {}) {
    const { kind = 'srs', ...rest } = options;
    this.published = publish({ seed: 11, seconds: 40, ...rest });
    this.server = new LiveServer(this.clock, this.published, kind);
    const openHttp = (url: string, handlers: HttpFetchHandlers): HttpFetch => {
      let isOver = false;
      const guard =
        <A extends unknown[]>(run: (...args: A) => void) =>
        (...args: A): void => {
          if (!isOver) run(...args);
        };
      const stop = this.server.serve(url, {
        onHead: guard((status, headers) => handlers.onHead(status, headers)),
        onChunk: guard((bytes) => handlers.onChunk(bytes)),
        onEnd: guard((errmsg) => handlers.onEnd(errmsg)),
      });
      return {
        abort() {
          isOver = true;
          stop();
        },
      };
    };
    this.source = new OriginSource(
      { openHttp },
      this.clock,
      { url: 'https://live.example/a.flv?token=t', headTimeoutMs: HEAD_TIMEOUT_MS, requestLimitMs: LIMIT_MS },
      {
        onHead: (status) => this.heads.push(status),
        onHeader: () => {},
        onTag: ({ type, timestampMs, data }) => this.seen.push({ type, ms: timestampMs, text: toHex(data) }),
        onEnd: (errcode, errmsg) => this.ends.push([errcode, errmsg]),
      },
    );
    assert.ok(this.source.start());
  }

  get media(): Seen[] {
    const headers = new Set(
      [this.published.audioHeader, this.published.videoHeader].map((data) => data && toHex(data)),
    );
    return this.seen.filter(({ type, text }) => type !== FlvTagType.Script && !headers.has(text));
  }

  run(ms: number): void {
    this.clock.run(this.clock.nowMs() + ms);
  }

  /** What was seen is what was published, from its first tag on: nothing missing, nothing twice, on one clock. */
  assertSeamless(): void {
    const { media } = this;
    const expected = this.published.tags.slice(0, media.length);
    assert.deepEqual(
      media.map(({ text }) => text),
      expected.map(({ data }) => toHex(data)),
    );
    const baseMs = media[0]!.ms - expected[0]!.ms;
    assert.ok(media.every(({ ms }, i) => ms - baseMs === expected[i]!.ms));
  }
}

describe('the origin of a shared stream', () => {
  for (const kind of ['nms', 'nginx', 'srs'] as const) {
    test(`is watched over the platform's limit of a request without a seam, at a server as ${kind}`, () => {
      const watching = new Watching({ kind });
      watching.server.cutAfterMs = LIMIT_MS;
      watching.run(35_000);
      assert.deepEqual(watching.ends, []);
      assert.ok(watching.server.requestedMs.length >= 4, `${watching.server.requestedMs}`);
      assert.equal(watching.server.openCount, 1);
      assert.ok(watching.media.length > 1300);
      watching.assertSeamless();
      assert.deepEqual(watching.heads, [200]);
      watching.source.stop();
      assert.equal(watching.server.openCount, 0);
    });
  }

  test('has no seam while the picture stands still and says which place it is by silence only', () => {
    const watching = new Watching({ isStill: true });
    watching.server.cutAfterMs = LIMIT_MS;
    watching.run(25_000);
    watching.assertSeamless();
    watching.source.stop();
  });

  test('has no seam in sound without pictures, or over the wrap of its clock', () => {
    for (const options of [{ video: 'none' as const }, { kind: 'nms' as const, startMs: 2 ** 32 - 9000 }]) {
      const watching = new Watching(options);
      watching.run(25_000);
      const { media } = watching;
      assert.ok(media.length > 300);
      assert.deepEqual(
        media.map(({ text }) => text),
        watching.published.tags.slice(0, media.length).map(({ data }) => toHex(data)),
      );
      watching.source.stop();
    }
  });

  test('goes on after its connection broke, from the key frame before', () => {
    const watching = new Watching();
    watching.run(4300);
    watching.server.breakAll();
    watching.run(3000);
    assert.deepEqual(watching.ends, []);
    watching.assertSeamless();
    watching.source.stop();
  });

  test('looks for another connection when the one it has says nothing, and at once when the network changed', () => {
    const watching = new Watching();
    watching.run(2300);
    watching.server.hangAll();
    watching.run(4900);
    assert.equal(watching.server.requestedMs.length, 1);
    watching.run(2000);
    assert.equal(watching.server.requestedMs.length, 2);
    assert.ok(watching.media.length > 150, 'it goes on');
    watching.server.hangAll();
    watching.source.renew();
    watching.run(2000);
    assert.equal(watching.server.requestedMs.length, 3);
    watching.source.stop();
  });

  test('ends as the stream does', () => {
    const watching = new Watching({ seconds: 5 });
    watching.run(7000);
    assert.deepEqual(watching.ends, [[ErrCode.Ok, '']]);
    watching.assertSeamless();
    assert.equal(watching.media.length, watching.published.tags.length);
  });

  test('says why it cannot begin', () => {
    const refused = new Watching();
    refused.server.status = 404;
    refused.run(100);
    assert.deepEqual(refused.ends, [[ErrCode.HttpStatus, 'the server answered with status 404']]);
    const silent = new Watching();
    silent.server.isSilent = true;
    silent.source.stop();
    const unreachable = new Watching();
    unreachable.server.breakAll('request:fail https://live.example/a.flv?token=t refused');
    assert.deepEqual(unreachable.ends, [
      [ErrCode.OriginLost, "the server's connection broke: request:fail (url) refused"],
    ]);
  });

  test('gives up when no other connection can be made', () => {
    const watching = new Watching();
    watching.run(2000);
    watching.server.isSilent = true;
    watching.server.breakAll();
    watching.run(HEAD_TIMEOUT_MS + 100);
    assert.equal(watching.ends.length, 1);
    assert.equal(watching.ends[0]![0], ErrCode.OriginLost);
    assert.equal(watching.server.openCount, 0);
    watching.run(60_000);
    assert.equal(watching.ends.length, 1);
  });
});
