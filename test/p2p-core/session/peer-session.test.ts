import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import { PeerSession } from '../../../p2p-core/session/peer-session';
import { createTransport } from '../../../p2p-core/transport/transport';
import { Prng } from '../../sim/prng';
import { VirtualClock } from '../../sim/virtual-clock';

const REMOTE = {
  version: 1,
  ice: { ufrag: 'abcd', password: 'abcdefghijklmnopqrstuv' },
  connectionId: 1,
  candidates: [],
};

function openSession() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const session: PeerSession = new PeerSession(
    {
      clock,
      log: () => undefined,
      fillRandom: new Prng(1).fill,
      createTransport,
      send: () => undefined,
      bindRelay: () => undefined,
      gather: () => undefined,
      releaseRelays: () => undefined,
      release: (released) => told.push(released === session ? 'released' : 'another one released'),
    },
    { role: 'client', connectionId: 7, localCandidates: [] },
    {
      onConnected: () => told.push('connected'),
      onStream: () => null,
      onClosed: (errcode) => told.push(`closed ${errcode}`),
    },
  );
  return { clock, session, told };
}

describe('a session', () => {
  const ends: [string, (session: PeerSession, clock: VirtualClock) => void, string[]][] = [
    ['closed by its owner before there are keys', (session) => session.close(0, ''), ['released']],
    [
      'closed by its owner',
      (session) => {
        session.start(new Uint8Array(32), new Uint8Array(32), REMOTE);
        session.close(0, '');
      },
      ['released'],
    ],
    [
      'failed by its owner',
      (session) => session.fail(ErrCode.Aborted, ''),
      ['released', `closed ${ErrCode.Aborted}`],
    ],
    [
      'without a path to the peer',
      (session, clock) => {
        session.start(new Uint8Array(32), new Uint8Array(32), REMOTE);
        clock.run(20_000);
      },
      ['released', `closed ${ErrCode.NoPath}`],
    ],
  ];
  for (const [how, end, expected] of ends) {
    test(`${how} is released once, resets its streams and leaves no timer`, () => {
      const { clock, session, told } = openSession();
      const resets: number[] = [];
      const stream = session.openStream(0, {
        onData: () => undefined,
        onEnd: () => undefined,
        onReset: (errcode) => resets.push(errcode),
        onWritable: () => undefined,
      });
      stream.write(new Uint8Array(100));
      end(session, clock);
      session.close(0, '');
      session.fail(ErrCode.LinkLost, '');
      assert.deepEqual(told, expected);
      assert.equal(resets.length, 1);
      assert.equal(clock.pendingCount, 0);
      assert.equal(stream.write(new Uint8Array(1)), 0, 'nothing is taken any more');
      clock.run(60_000);
      assert.deepEqual(told, expected);
    });
  }

  test('calls a writer back that had more to say than it kept before it had keys', () => {
    const { session } = openSession();
    const told: string[] = [];
    const stream = session.openStream(0, {
      onData: () => {},
      onEnd: () => {},
      onReset: () => {},
      onWritable: () => told.push(`room, ${stream.write(new Uint8Array(100))} taken`),
    });
    assert.equal(stream.write(new Uint8Array(40_000)), 32 * 1024);
    const silent = { onData: () => {}, onEnd: () => {}, onReset: () => {} };
    session.openStream(0, { ...silent, onWritable: () => told.push('no') });
    session.start(new Uint8Array(32), new Uint8Array(32), REMOTE);
    assert.deepEqual(told, ['room, 100 taken']);
    session.close(0, '');
  });

  test('keeps what is written before it has keys up to 32 KiB for each stream', () => {
    const { session } = openSession();
    const silent = { onData: () => {}, onEnd: () => {}, onReset: () => {}, onWritable: () => {} };
    const streams = [session.openStream(0, silent), session.openStream(0, silent)];
    for (const stream of streams) {
      assert.equal(stream.write(new Uint8Array(30_000)), 30_000);
      assert.equal(stream.write(new Uint8Array(30_000)), 32 * 1024 - 30_000);
      assert.equal(stream.write(new Uint8Array(1)), 0);
      assert.equal(stream.bufferedBytes(), 32 * 1024);
    }
    session.close(0, '');
  });
});
