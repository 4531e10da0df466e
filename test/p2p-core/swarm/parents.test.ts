import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Parents } from '../../../p2p-core/swarm/parents';
import type { PeerOffer } from '../../../p2p-core/swarm/tracker-types';

function newParents() {
  const nothing = (): void => undefined;
  const asked = new Map<string, number>();
  const children = new Map<string, number>();
  let changes = 0;
  const parents = new Parents(
    {
      ...{ connect: nothing, disconnect: nothing, onChange: () => void changes++ },
      say: (peer, message) => {
        if (message.kind === 'sub') asked.set(peer, message.mask);
      },
      place: () => ({ gopNo: 5, segNo: 0 }),
      childMask: (peer) => children.get(peer) ?? 0,
    },
    'self',
  );
  parents.mayBorrow = true;
  const take = (nowMs: number, peer: string, mask: number): void => {
    const offer: PeerOffer = { peer, mask, ticket: '', pass: new Uint8Array(20) };
    parents.onOffer(nowMs, mask === 0 ? [] : [offer], mask === 0 ? [offer] : []);
    parents.onUp(nowMs, peer);
    parents.onWelcome(nowMs, parents.get(peer)!);
  };
  return { parents, asked, children, take, changes: () => changes };
}

describe('what a lost parent sent', () => {
  test('is not asked of a viewer that gets it from here', () => {
    const { parents, asked, children, take } = newParents();
    take(0, 'gone', 0b0011);
    take(0, 'child', 0);
    take(0, 'other', 0b1100);
    children.set('child', 0b0001);
    parents.lose(1000, 'gone', true);
    assert.equal(asked.get('child'), 0b0010, 'only what it has from somebody else');
    assert.equal(asked.get('other'), 0b1101);
  });

  test('is asked of the next one when who helps out says that it waits itself, and of nobody when all do', () => {
    const { parents, asked, take, changes } = newParents();
    take(0, 'gone', 0b1111);
    take(0, 'a', 0);
    take(0, 'b', 0);
    parents.lose(1000, 'gone', true);
    assert.equal(parents.fedMask, 0b1111);
    const before = changes();
    parents.onGap(1100, parents.get('a')!, 0b1111);
    assert.deepEqual([asked.get('a'), asked.get('b')], [0, 0b1111]);
    parents.onGap(1200, parents.get('b')!, 0b0011);
    assert.equal(parents.fedMask, 0b1100);
    assert.ok(changes() > before, 'and the origin is thought of at once');
  });

  test('is waited for at a parent that has a slot and announces a gap', () => {
    const { parents, asked, take } = newParents();
    take(0, 'slot', 0b1111);
    take(0, 'standby', 0);
    parents.onGap(1000, parents.get('slot')!, 0b0011);
    assert.deepEqual([asked.get('slot'), parents.fedMask], [0b1111, 0b1111]);
  });
});

describe('who is to take a sub-stream over', () => {
  test('is counted on for nothing once it was given up for another one', () => {
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

  test('is let go when another one is to do it', () => {
    const { parents, asked, take } = newParents();
    take(0, 'a', 0b1111);
    take(1000, 'b', 0b0001);
    take(1100, 'c', 0b0001);
    assert.deepEqual([asked.get('b'), parents.get('b')!.granted], [0, 0]);
    parents.onPiece('c', 0);
    assert.deepEqual([asked.get('a'), asked.get('c')], [0b1110, 0b0001]);
  });
});
