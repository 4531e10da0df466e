import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createNewReno } from '../../../p2p-core/transport/congestion/new-reno';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { LinkOptions } from '../../sim/link';
import { lossy, lte, wifi } from '../../sim/presets';
import { Prng } from '../../sim/prng';
import { World } from '../../sim/world';
import type { SimEnd } from '../../sim/world';
import { Recorder, pattern } from './support';

/** A link that does everything a network may do, more or less of it by seed. */
function hostileLink(random: Prng): LinkOptions {
  return {
    delayMs: random.int(1, 120),
    jitterMs: random.int(0, 40),
    lossRate: random.next() * 0.3,
    ...(random.chance(0.4) && { burst: { enterRate: 0.02, leaveRate: 0.25, lossRate: 0.9 } }),
    ...(random.chance(0.5) && {
      bitsPerSecond: random.int(1, 20) * 1e6,
      queueBytes: random.int(20, 300) * 1000,
    }),
    reorderRate: random.next() * 0.2,
    reorderMs: random.int(1, 80),
    duplicateRate: random.next() * 0.1,
  };
}

/** Writes all of `bytes` in pieces of the given size, as the send buffer lets it, and then finishes. */
class Upload {
  private written = 0;

  constructor(
    private readonly end: SimEnd,
    readonly streamId: number,
    readonly bytes: Uint8Array,
    private readonly pieceBytes: number,
  ) {}

  pump(): void {
    while (this.written < this.bytes.length) {
      const piece = this.bytes.subarray(this.written, this.written + this.pieceBytes);
      const taken = this.end.transport.write(this.streamId, piece);
      this.written += taken;
      if (taken < piece.length) return;
    }
    this.end.transport.finish(this.streamId);
  }
}

/** Three streams from each side at once; both directions of each carry different bytes. Returns what went wrong. */
function exchange(seed: number, link: LinkOptions, backward: LinkOptions, random: Prng): void {
  const world = new World(seed);
  const recorders = { client: new Recorder(), server: new Recorder() };
  const uploads = { client: new Map<number, Upload>(), server: new Map<number, Upload>() };
  const start = (side: 'client' | 'server', end: SimEnd, streamId: number): void => {
    const bytes = pattern(random.int(0, 60000), streamId * 2 + (side === 'client' ? 0 : 1));
    const upload = new Upload(end, streamId, bytes, random.int(50, 9000));
    uploads[side].set(streamId, upload);
    upload.pump();
  };
  const handler = (side: 'client' | 'server') => (end: SimEnd) => {
    const recorder = recorders[side];
    return {
      onStreamOpened: (id: number) => {
        recorder.onStreamOpened(id);
        start(side, end, id); // answers from inside the call
      },
      onStreamData: (id: number, bytes: Uint8Array) => {
        recorder.onStreamData(id, bytes);
        end.transport.consume(id, bytes.length);
      },
      onStreamEnd: (id: number) => recorder.onStreamEnd(id),
      onStreamReset: (id: number, code: number) => recorder.onStreamReset(id, code),
      onWritable: (id: number) => uploads[side].get(id)?.pump(),
      onClosed: recorder.onClosed.bind(recorder),
    };
  };
  const options = {
    sendBufferBytes: random.int(2000, 50000),
    idleTimeoutMs: 600000,
    keepAliveMs: 600000, // so that in the end nothing at all is in flight
    ...(random.chance(0.3) && { congestion: createNewReno }),
  };
  const pair = world.connect({
    forward: link,
    backward,
    client: handler('client'),
    server: handler('server'),
    clientOptions: options,
    serverOptions: options,
  });
  for (let i = 0; i < 3; i++) {
    for (const side of ['client', 'server'] as const) {
      const end = pair[side];
      start(side, end, end.transport.openStream(random.int(0, 4) as StreamPriority));
      end.drive();
    }
  }
  const ids = [0, 4, 8, 1, 5, 9];
  const isDone = (): boolean =>
    ids.every(
      (id) => recorders.client.calls.includes(`end ${id}`) && recorders.server.calls.includes(`end ${id}`),
    );
  world.run(900000, isDone);
  assert.ok(isDone(), 'every direction of every stream ends');
  for (const id of ids) {
    assert.deepEqual(
      recorders.server.bytesOf(id),
      Buffer.from(uploads.client.get(id)!.bytes),
      `stream ${id} up`,
    );
    assert.deepEqual(
      recorders.client.bytesOf(id),
      Buffer.from(uploads.server.get(id)!.bytes),
      `stream ${id} down`,
    );
  }
  // The last acknowledgements are still under way.
  world.run(world.clock.nowMs() + 60000);
  for (const side of ['client', 'server'] as const) {
    const { transport } = pair[side];
    for (const id of ids) assert.equal(transport.bufferedBytes(id), 0, `${side} ${id}`);
    assert.equal(transport.stats().bytesInFlight, 0, `${side} in flight`);
    assert.deepEqual(recorders[side].closedWith, []);
  }
}

describe('delivery', () => {
  for (let seed = 1; seed <= 120; seed++) {
    test(`six streams arrive byte for byte in both directions over a hostile link (seed ${seed})`, () => {
      const random = new Prng(seed);
      exchange(seed, hostileLink(random), hostileLink(random), random);
    });
  }

  for (const [name, link] of Object.entries({ wifi, lte, lossy })) {
    test(`six streams arrive byte for byte over the ${name} preset`, () => {
      exchange(99, link, link, new Prng(99));
    });
  }

  test('a world repeats itself exactly for the same seed', () => {
    const run = (): unknown => {
      const world = new World(5);
      const pair = world.connect({ forward: lossy });
      const id = pair.client.transport.openStream(StreamPriority.Live);
      pair.client.write(id, pattern(200000, 1));
      world.run(5000);
      return [pair.client.transport.stats(), pair.server.transport.stats()];
    };
    assert.deepEqual(run(), run());
  });
});
