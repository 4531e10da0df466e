import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CloseCode } from '../../../p2p-core/transport/close-codes';
import {
  FrameType,
  writePing,
  writeResetStream,
  writeStopSending,
} from '../../../p2p-core/transport/packet-codec';
import { writeStreamHeader } from '../../../p2p-core/transport/packet-codec';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { TransportHandler } from '../../../p2p-core/transport/types';
import { World } from '../../sim/world';
import type { Pair, SimEnd } from '../../sim/world';
import { Lonely, Recorder, frame, pattern } from './support';

const KIB = 1024;

function streamFrame(id: number, offset: number, bytes: Uint8Array, isFin = false): Uint8Array {
  return frame((b) => {
    const at = writeStreamHeader(b, 0, id, offset, bytes.length, isFin);
    b.set(bytes, at);
    return at + bytes.length;
  });
}

/** A pair on a good link whose ends only record; nothing is consumed unless a test does it. */
function recordedPair(
  lossRate = 0,
  seed = 1,
): { world: World; pair: Pair; client: Recorder; server: Recorder } {
  const world = new World(seed);
  const client = new Recorder();
  const server = new Recorder();
  const all = (recorder: Recorder): TransportHandler => ({
    onStreamOpened: (id) => recorder.onStreamOpened(id),
    onStreamData: (id, bytes) => recorder.onStreamData(id, bytes),
    onStreamEnd: (id) => recorder.onStreamEnd(id),
    onStreamReset: (id, code) => recorder.onStreamReset(id, code),
    onStreamStopped: (id, code) => recorder.onStreamStopped(id, code),
    onWritable: (id) => recorder.onWritable(id),
    onClosed: (reason) => recorder.onClosed(reason),
  });
  const pair = world.connect({
    forward: { delayMs: 20, lossRate },
    client: () => all(client),
    server: () => all(server),
    // No PING, so that an idle link has nothing in flight.
    clientOptions: { keepAliveMs: 1e9, idleTimeoutMs: 1e9 },
    serverOptions: { keepAliveMs: 1e9, idleTimeoutMs: 1e9 },
  });
  return { world, pair, client, server };
}

describe('flow control', () => {
  test('a reader that does not consume stops the writer at the window; consuming opens it again', () => {
    const world = new World(1);
    let held = 0;
    const pair = world.connect({
      forward: { delayMs: 10 },
      server: () => ({ onStreamData: (_id, bytes) => void (held += bytes.length) }),
      serverOptions: { streamWindowBytes: 300 * KIB },
      clientOptions: { sendBufferBytes: 4096 * KIB },
    });
    const id = pair.client.transport.openStream(StreamPriority.Download);
    assert.equal(pair.client.write(id, pattern(1000 * KIB, 0)), 1000 * KIB);
    world.run(20000);
    assert.equal(held, 300 * KIB);
    assert.equal(pair.client.transport.bufferedBytes(id), 700 * KIB);
    pair.server.transport.consume(id, 100 * KIB);
    pair.server.drive();
    world.run(40000);
    assert.equal(held, 400 * KIB);
  });

  test('the connection window holds all streams together', () => {
    const world = new World(1);
    const held = new Map<number, number>();
    const total = (): number => [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
    const pair = world.connect({
      forward: { delayMs: 10 },
      server: () => ({ onStreamData: (id, bytes) => void held.set(id, (held.get(id) ?? 0) + bytes.length) }),
      serverOptions: { connectionWindowBytes: 500 * KIB },
    });
    const ids = [1, 2, 3].map(() => pair.client.transport.openStream(StreamPriority.Live));
    for (const id of ids) pair.client.write(id, pattern(400 * KIB, id));
    world.run(20000);
    assert.equal(total(), 500 * KIB);
    const consumed = held.get(ids[0]!)!;
    pair.server.transport.consume(ids[0]!, 10 * consumed); // more than arrived does not count
    pair.server.drive();
    world.run(40000);
    assert.equal(total(), 500 * KIB + consumed);
  });

  test('streams that were stopped, reset or never read do not use up the connection window', () => {
    const { world, pair, server } = recordedPair(0.05, 3);
    const { transport } = pair.client;
    for (let i = 0; i < 60; i++) {
      const id = transport.openStream(StreamPriority.Live);
      pair.client.write(id, pattern(100 * KIB, i));
      if (i % 3 === 0) transport.reset(id, 1);
      else transport.finish(id);
      world.run(world.clock.nowMs() + 30);
      if (i % 3 === 1) pair.server.transport.stop(id, 2);
      pair.server.transport.finish(id);
      pair.client.transport.finish(id);
      pair.server.drive();
      pair.client.drive();
      world.run(world.clock.nowMs() + 2000);
    }
    const last = transport.openStream(StreamPriority.Live);
    pair.client.write(last, pattern(200 * KIB, 7));
    world.run(world.clock.nowMs() + 5000);
    assert.equal(server.bytesOf(last).length, 200 * KIB);
    assert.deepEqual(server.closedWith, []);
  });

  test('write takes what fits, and onWritable comes once there is room again', () => {
    const world = new World(1);
    const events: string[] = [];
    const pair = world.connect({
      forward: { delayMs: 10 },
      clientOptions: { sendBufferBytes: 10000 },
      client: (end) => ({
        onWritable: (id) => {
          events.push(`writable with ${end.transport.bufferedBytes(id)} buffered`);
          assert.equal(end.transport.write(id, new Uint8Array(100)), 100);
        },
      }),
    });
    const id = pair.client.transport.openStream(StreamPriority.Live);
    assert.equal(pair.client.write(id, new Uint8Array(9000)), 9000);
    world.run(100);
    assert.equal(events.length, 0); // nothing was refused yet
    assert.equal(pair.client.write(id, new Uint8Array(20000)), 10000);
    assert.equal(pair.client.write(id, new Uint8Array(1)), 0);
    world.run(1000);
    assert.equal(events.length, 1);
  });

  const violations: [string, CloseCode, (peer: Lonely) => void][] = [
    [
      'beyond the stream window',
      CloseCode.FlowControl,
      (peer) => peer.feed(streamFrame(0, 128 * KIB, pattern(1, 0))),
    ],
    [
      'beyond the connection window',
      CloseCode.FlowControl,
      (peer) => {
        for (const id of [0, 4, 8]) peer.feed(streamFrame(id, 128 * KIB - 1, pattern(1, 0)));
      },
    ],
    [
      'on more streams than allowed',
      CloseCode.StreamLimit,
      (peer) => peer.feed(streamFrame(64 * 4, 0, pattern(1, 0))),
    ],
    [
      'on a stream of ours that we never opened',
      CloseCode.StreamState,
      (peer) => peer.feed(streamFrame(1, 0, pattern(1, 0))),
    ],
    [
      'on a unidirectional stream',
      CloseCode.StreamState,
      (peer) => peer.feed(streamFrame(2, 0, pattern(1, 0))),
    ],
    [
      'after the end of a stream',
      CloseCode.FinalSize,
      (peer) => peer.feed(streamFrame(0, 0, pattern(5, 0), true), streamFrame(0, 5, pattern(1, 0))),
    ],
    [
      'and ends a stream before what was sent',
      CloseCode.FinalSize,
      (peer) => peer.feed(streamFrame(0, 10, pattern(5, 0)), streamFrame(0, 0, pattern(2, 0), true)),
    ],
    [
      'and resets a stream at another size than it ended',
      CloseCode.FinalSize,
      (peer) =>
        peer.feed(
          streamFrame(0, 1, pattern(5, 0), true),
          frame((b) => writeResetStream(b, 0, 0, 0, 7)),
        ),
    ],
    ['an unknown frame', CloseCode.FrameEncoding, (peer) => peer.feed(Uint8Array.of(0x3f))],
    [
      'an acknowledgement of what was never sent',
      CloseCode.ProtocolViolation,
      (peer) => peer.feed(Uint8Array.of(FrameType.Ack, 0, 0, 0, 9, 0, 0, 0, 0, 0)),
    ],
  ];
  for (const [what, code, act] of violations) {
    test(`a peer that sends ${what} is closed with code ${code}, once`, () => {
      const peer = new Lonely();
      act(peer);
      peer.feed(streamFrame(0, 0, pattern(1, 0)));
      assert.deepEqual(
        peer.recorder.closedWith.map(({ kind, code: got, isTransportCode }) => [kind, got, isTransportCode]),
        [['violation', code, true]],
      );
      assert.equal(peer.recorder.calls.at(-1), `closed violation ${code}`);
      const [close] = peer.drain();
      assert.deepEqual([...close!.subarray(0, 5)], [FrameType.CloseTransport, 0, 0, 0, code]);
    });
  }

  test('a peer that leaves more holes than a correct one can is closed', () => {
    const peer = new Lonely();
    for (let i = 0; i < 5000 && !peer.transport.isClosed; i++)
      peer.feed(streamFrame(0, 1 + 2 * i, pattern(1, 0)));
    assert.deepEqual(
      peer.recorder.closedWith.map((reason) => reason.code),
      [CloseCode.ProtocolViolation],
    );
  });
});

describe('streams', () => {
  test('more than 64 at a time wait for the peer, and all arrive as others end', () => {
    const { world, pair, server } = recordedPair(0.02);
    const ids = Array.from({ length: 300 }, () => pair.client.transport.openStream(StreamPriority.Command));
    for (const id of ids) {
      pair.client.transport.write(id, pattern(50, id));
      pair.client.transport.finish(id);
    }
    pair.client.drive();
    world.run(1000);
    assert.equal(server.opened.length, 64);
    let answered = 0;
    for (let rounds = 0; rounds < 200 && answered < ids.length; rounds++) {
      while (answered < server.opened.length) pair.server.transport.finish(server.opened[answered++]!);
      pair.server.drive();
      world.run(world.clock.nowMs() + 200);
    }
    assert.deepEqual(server.opened, ids);
    for (const id of ids) assert.deepEqual(server.bytesOf(id), Buffer.from(pattern(50, id)));
  });

  test('a stream opens those of its opener with lower ids, in order', () => {
    const peer = new Lonely();
    peer.feed(streamFrame(8, 0, pattern(1, 0)));
    peer.feed(streamFrame(0, 0, pattern(1, 0)));
    assert.deepEqual(peer.recorder.calls, ['opened 0', 'opened 4', 'opened 8', 'data 8', 'data 0']);
  });

  test('an urgent stream overtakes what others have queued, and equals take turns', () => {
    const { world, pair, client } = recordedPair();
    const { transport } = pair.server;
    pair.server.out.options.bitsPerSecond = 2e6;
    const [download, liveA, liveB] = [4, 2, 2].map((priority) =>
      transport.openStream(priority as StreamPriority),
    );
    pair.server.write(download!, new Uint8Array(120000));
    world.run(100);
    for (const id of [liveA!, liveB!]) pair.server.transport.write(id, new Uint8Array(40000));
    const command = transport.openStream(StreamPriority.Command);
    pair.server.transport.write(command, new Uint8Array(500));
    pair.server.transport.finish(command);
    pair.server.drive();
    const before = client.calls.length;
    world.run(10000);
    const calls = client.calls.slice(before).filter((call) => call.startsWith('data'));
    const lastOf = (id: number): number => calls.lastIndexOf(`data ${id}`);
    const firstOf = (id: number): number => calls.indexOf(`data ${id}`);
    assert.ok(lastOf(command) < firstOf(liveA!), 'the command before anything of the live streams');
    assert.ok(
      lastOf(liveA!) < lastOf(download!) && lastOf(liveB!) < lastOf(download!),
      'live before the download ends',
    );
    assert.ok(Math.abs(lastOf(liveA!) - lastOf(liveB!)) <= 2, 'the live streams in turn');
  });

  test('a changed priority counts for what is queued already', () => {
    const { world, pair, client } = recordedPair();
    pair.server.out.options.bitsPerSecond = 2e6;
    const { transport } = pair.server;
    const first = transport.openStream(StreamPriority.Live);
    const second = transport.openStream(StreamPriority.Live);
    for (const id of [first, second]) transport.write(id, new Uint8Array(60000));
    transport.setPriority(first, StreamPriority.Download);
    pair.server.drive();
    world.run(5000);
    const calls = client.calls.filter((call) => call.startsWith('data'));
    assert.ok(calls.lastIndexOf(`data ${second}`) < calls.indexOf(`data ${first}`));
  });

  test('stop makes the peer reset its direction and tells it why; nothing of it is delivered any more', () => {
    const { world, pair, client, server } = recordedPair();
    const id = pair.server.transport.openStream(StreamPriority.Live);
    pair.server.write(id, new Uint8Array(50000));
    world.run(25);
    pair.client.transport.stop(id, 77);
    pair.client.drive();
    const before = client.calls.length;
    world.run(1000);
    assert.deepEqual(server.events, [`stopped ${id} 77`]);
    assert.equal(client.calls.length, before);
    assert.equal(pair.server.transport.write(id, new Uint8Array(1)), 0);
    assert.equal(pair.server.transport.bufferedBytes(id), 0);
  });

  test('a handler may stop, reset, write, finish and close from inside its calls', () => {
    for (const act of ['stop', 'reset', 'finish', 'close'] as const) {
      const peer: Lonely = new Lonely(
        {},
        {
          onStreamData: (id) => {
            peer.transport.write(id, pattern(10, 1));
            if (act === 'close') peer.transport.close(5, 'enough');
            else if (act === 'finish') peer.transport.finish(id);
            else peer.transport[act](id, 9);
          },
        },
      );
      // The second frame fills the gap before the third: both would be delivered after the first.
      peer.feed(streamFrame(0, 6, pattern(3, 0)));
      peer.feed(
        streamFrame(0, 0, pattern(3, 0)),
        streamFrame(0, 3, pattern(3, 0)),
        streamFrame(4, 0, pattern(3, 0), true),
      );
      const expected = {
        stop: ['opened 0', 'data 0', 'opened 4', 'data 4'],
        reset: ['opened 0', 'data 0', 'data 0', 'data 0', 'opened 4', 'data 4', 'end 4'],
        finish: ['opened 0', 'data 0', 'data 0', 'data 0', 'opened 4', 'data 4', 'end 4'],
        close: ['opened 0', 'data 0'],
      };
      assert.deepEqual(peer.recorder.calls, expected[act], act);
    }
  });

  test('frames for a stream that is over are ignored', () => {
    const peer = new Lonely();
    peer.feed(streamFrame(0, 0, pattern(3, 0), true));
    peer.transport.reset(0, 1);
    peer.drain();
    // Acknowledges everything: both directions are over now and the stream is forgotten.
    peer.feed(Uint8Array.of(FrameType.Ack, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    const before = peer.recorder.calls.length;
    peer.feed(streamFrame(0, 0, pattern(3, 0), true));
    peer.feed(frame((b) => writeStopSending(b, 0, 0, 3)));
    peer.feed(frame((b) => writeResetStream(b, 0, 0, 3, 3)));
    peer.feed(frame((b) => writePing(b, 0)));
    assert.equal(peer.recorder.calls.length, before);
    assert.equal(peer.transport.isClosed, false);
  });
});

type Act = 'write' | 'finish' | 'reset' | 'stop';
const ACTS: readonly Act[] = ['write', 'finish', 'reset', 'stop'];

describe('three acts of write, finish, reset and stop in every order, against the same and the reverse', () => {
  const orders = ACTS.flatMap((a) => ACTS.flatMap((b) => ACTS.map((c) => [a, b, c] as const)));
  for (const lossRate of [0, 0.2]) {
    for (const pauseMs of [0, 15, 300]) {
      test(`end each stream once and leave nothing behind (loss ${lossRate}, pause ${pauseMs} ms)`, () => {
        const { world, pair, client, server } = recordedPair(lossRate, 11);
        const pause = (ms: number): void => world.run(world.clock.nowMs() + ms);
        const ids: number[] = [];
        for (const order of orders) {
          for (const other of [order, [...order].reverse()]) {
            const id = pair.client.transport.openStream(StreamPriority.Live);
            ids.push(id);
            pair.client.write(id, pattern(3000, 1));
            pause(pauseMs);
            for (let i = 0; i < 3; i++) {
              run(pair.client, id, order[i]!);
              pause(pauseMs);
              run(pair.server, id, other[i]!);
              pause(pauseMs);
            }
            // Whatever was left open is given up at last.
            for (const end of [pair.client, pair.server])
              for (const act of ['reset', 'stop'] as const) run(end, id, act);
            pause(5000);
            // The client's acts may all have come before the server knew the stream.
            for (const act of ['reset', 'stop'] as const) run(pair.server, id, act);
            pause(5000);
            const label = `${order.join()} against ${other.join()}`;
            for (const [end, recorder] of [[pair.client, client] as const, [pair.server, server] as const]) {
              assert.equal(end.transport.bufferedBytes(id), 0, label);
              assert.equal(end.transport.stats().bytesInFlight, 0, label);
              assert.deepEqual(recorder.closedWith, [], label);
              const events = recorder.events.filter((call) => call.split(' ')[1] === String(id));
              assert.ok(
                events.filter((call) => /^(end|reset)/.test(call)).length <= 1,
                `${label}: ${events.join()}`,
              );
              assert.ok(
                events.filter((call) => call.startsWith('stopped')).length <= 1,
                `${label}: ${events.join()}`,
              );
            }
          }
        }
        // Twice as many as may be open at a time: had any been left behind, not all of them could have been opened.
        assert.deepEqual(server.opened, ids);
      });
    }
  }

  function run(end: SimEnd, id: number, act: Act): void {
    if (act === 'write') end.transport.write(id, pattern(2000, 2));
    else if (act === 'finish') end.transport.finish(id);
    else end.transport[act](id, 6);
    end.drive();
  }
});
