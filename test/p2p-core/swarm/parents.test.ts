import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Parents } from '../../../p2p-core/swarm/parents';
import type { PeerOffer } from '../../../p2p-core/swarm/tracker-types';

function newParents() {
  const nothing = (): void => undefined;
  const asked = new Map<string, number>();
  const parents = new Parents(
    {
      ...{ connect: nothing, disconnect: nothing, onChange: nothing },
      say: (peer, message) => {
        if (message.kind === 'sub') asked.set(peer, message.mask);
      },
      place: () => ({ gopNo: 5, segNo: 0 }),
    },
    'self',
  );
  parents.mayBorrow = true;
  const take = (nowMs: number, peer: string, mask: number): void => {
    const slot: PeerOffer = { peer, mask, ticket: '', pass: new Uint8Array(20) };
    parents.onOffer(nowMs, [slot], []);
    parents.onUp(nowMs, peer);
    parents.onWelcome(nowMs, parents.get(peer)!);
  };
  return { parents, asked, take };
}

test('a parent that is given up is counted on for nothing, also not for what it was to take over', () => {
  const { parents, take } = newParents();
  take(0, 'a', 0b0011);
  take(0, 'b', 0b1100);
  // To take over from a; and late with what it sends.
  take(1000, 'b', 0b0001);
  parents.giveUp(2000, parents.get('b')!);
  assert.equal(parents.wantedMask, 0b1100);
  parents.lose(2100, 'a', true);
  assert.equal(parents.wantedMask, 0b1111, 'the tracker is asked for all of it');
});

test('of two parents that are to take over, the first one is let go', () => {
  const { parents, asked, take } = newParents();
  take(0, 'a', 0b1111);
  take(1000, 'b', 0b0001);
  take(1100, 'c', 0b0001);
  assert.equal(asked.get('b'), 0);
  assert.equal(parents.get('b')!.granted, 0);
  parents.onPiece('c', 0);
  assert.deepEqual([asked.get('a'), asked.get('c')], [0b1110, 0b0001]);
});
