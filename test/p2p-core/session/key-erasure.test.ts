import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { hkdfSha256 } from '../../../p2p-core/crypto/hkdf';
import { generateKeyPair } from '../../../p2p-core/crypto/noise';
import type { KeyPair } from '../../../p2p-core/crypto/noise';
import type { Port } from '../../../p2p-core/port/port';
import { Endpoint } from '../../../p2p-core/session/endpoint';
import { createCallHandshake } from '../../../p2p-core/session/handshake';
import type { CallHandshakeOptions } from '../../../p2p-core/session/handshake';
import { OutgoingCall } from '../../../p2p-core/session/outgoing-call';
import type { PeerSession } from '../../../p2p-core/session/peer-session';
import type { SessionHandler } from '../../../p2p-core/session/types';
import { newTicket } from '../../../p2p-core/signaling/ticket';
import { signalingKeys } from '../../../p2p-core/signaling/envelope';
import type { Rendezvous } from '../../../p2p-core/signaling/types';
import { Prng } from '../../sim/prng';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import { countHolding, reachableBytes } from './reachable-bytes';

const random = new Prng(20);
const bytes = (count: number): Uint8Array => {
  const filled = new Uint8Array(count);
  random.fill(filled);
  return filled;
};
const silent: SessionHandler = { onConnected() {}, onStream: () => null, onClosed() {} };
const silentRendezvous: Rendezvous = {
  state: 'online',
  onlineSinceMs: 0,
  onStateChange: null,
  subscribe: () => () => {},
  publish() {},
  checkNow() {},
  reconnect() {},
  close() {},
};

/** An open endpoint with its spare key pair, alone in a world; closed afterwards. */
async function withEndpoint(
  body: (endpoint: Endpoint, port: Port, world: SessionWorld) => void | Promise<void>,
): Promise<void> {
  await inWorld({ seed: 1 }, async (world) => {
    const port = world.newPort('a port', world.network.addHost('9.9.9.9'));
    const endpoint = new Endpoint(port);
    let isOpen = false;
    endpoint.open(() => (isOpen = true));
    await world.until('open', () => isOpen);
    await world.run(100);
    await body(endpoint, port, world);
    endpoint.close();
  });
}

const cameraStatic = generateKeyPair(random.fill);
const secret = bytes(32);
const psk = hkdfSha256(new Uint8Array(0), secret, utf8Encode('iot-p2p/1 psk'), 32);
const callId = bytes(8);

function side(role: 'initiator' | 'responder', ephemeral: KeyPair): ReturnType<typeof createCallHandshake> {
  const options: CallHandshakeOptions = {
    role,
    secret,
    callId,
    remoteStatic: role === 'initiator' ? cameraStatic.publicKey : null,
    localStatic: role === 'responder' ? cameraStatic : null,
    ephemeral,
    fillRandom: random.fill,
  };
  return createCallHandshake(options);
}

describe('a handshake overwrites its copies of psk and ephemeral key, and what was derived', () => {
  for (const role of ['initiator', 'responder'] as const) {
    test(`of the ${role}, when it is split`, () => {
      const ephemerals = { initiator: generateKeyPair(random.fill), responder: generateKeyPair(random.fill) };
      const viewer = side('initiator', ephemerals.initiator);
      const camera = side('responder', ephemerals.responder);
      const watched = role === 'initiator' ? viewer : camera;
      const { privateKey } = ephemerals[role];
      const held = new Set(reachableBytes(watched));
      assert.equal(countHolding([...held], psk), 1);
      assert.equal(countHolding([...held], privateKey), 1);
      assert.ok(camera.readMessage(viewer.writeMessage(bytes(3))));
      for (const buffer of reachableBytes(watched)) held.add(buffer);
      assert.ok(viewer.readMessage(camera.writeMessage(bytes(3))));
      for (const buffer of reachableBytes(watched)) held.add(buffer);
      const before = [...held].map((buffer) => buffer.slice());
      const { sendKey, receiveKey } = watched.split();
      assert.equal(countHolding([...held], psk), 0);
      assert.equal(countHolding([...held], privateKey), 0);
      // The chaining key, of which the packet keys can be made, is one of the buffers that changed.
      const makesTheKeys = (buffer: Uint8Array): boolean => {
        const both = hkdfSha256(buffer, new Uint8Array(0), new Uint8Array(0), 64);
        return countHolding([both], sendKey) === 1 && countHolding([both], receiveKey) === 1;
      };
      assert.equal(before.filter(makesTheKeys).length, 1);
      assert.equal([...held].filter(makesTheKeys).length, 0);
    });
  }

  test('when it fails', () => {
    const { privateKey } = cameraStatic;
    const ephemeral = generateKeyPair(random.fill);
    const camera = side('responder', ephemeral);
    const held = reachableBytes(camera);
    assert.equal(camera.readMessage(bytes(80)), null);
    assert.equal(countHolding(held, psk), 0);
    assert.equal(countHolding(held, ephemeral.privateKey), 0);
    assert.equal(countHolding(held, privateKey), 1, 'the key of the camera itself stays');
  });

  test('when it is given up, and is dead then', () => {
    const ephemeral = generateKeyPair(random.fill);
    const viewer = side('initiator', ephemeral);
    const held = reachableBytes(viewer);
    viewer.erase();
    assert.equal(countHolding(held, psk), 0);
    assert.equal(countHolding(held, ephemeral.privateKey), 0);
    assert.throws(() => viewer.writeMessage(bytes(1)));
  });
});

describe('a session overwrites its packet keys', () => {
  const remote = {
    version: 1,
    ice: { ufrag: 'abcd', password: 'abcdefghijklmnopqrstuv' },
    connectionId: 1,
    candidates: [],
  };

  for (const [how, end] of [
    ['when it is closed', (session: PeerSession) => session.close(0, '')],
    ['when it fails', (session: PeerSession) => session.fail(-2806, '')],
  ] as const) {
    test(how, () =>
      withEndpoint((endpoint) => {
        const session = endpoint.createSession('client', silent);
        const [sendKey, receiveKey] = [bytes(32), bytes(32)];
        const given = [sendKey.slice(), receiveKey.slice()] as const;
        session.start(given[0], given[1], remote);
        const held = [...reachableBytes(session), ...given];
        for (const key of [sendKey, receiveKey]) assert.ok(countHolding(held, key) >= 2, 'key and cipher');
        end(session);
        for (const key of [sendKey, receiveKey]) assert.equal(countHolding(held, key), 0);
      }),
    );
  }

  test('and those that come too late', () =>
    withEndpoint((endpoint) => {
      const session = endpoint.createSession('client', silent);
      session.close(0, '');
      const keys = [bytes(32), bytes(32)] as const;
      session.start(keys[0], keys[1], remote);
      for (const key of keys) assert.deepEqual(key, new Uint8Array(32));
    }));
});

describe('a call', () => {
  test('that is given up leaves no ephemeral key, no psk and no signaling key; an endpoint no spare key', async () => {
    await withEndpoint(async (endpoint, port, world) => {
      const spare = (endpoint as unknown as { spareKeyPair: KeyPair }).spareKeyPair.privateKey;
      const spareBytes = spare.slice();
      const ticket = newTicket(random.fill, { deviceVersion: '2.4.0', staticKey: cameraStatic.publicKey });
      const callPsk = hkdfSha256(new Uint8Array(0), ticket.secret, utf8Encode('iot-p2p/1 psk'), 32);
      const call = new OutgoingCall(endpoint, port.clock, port.log, {
        ticket,
        rendezvous: silentRendezvous,
        connectTimeoutMs: 1000,
        handler: silent,
      });
      assert.deepEqual(spare, new Uint8Array(32), 'the handshake has its own copy');
      const held = reachableBytes(call);
      const keys = signalingKeys(ticket);
      const secrets = [spareBytes, callPsk, keys.toCamera, keys.toViewer, keys.presence];
      for (const one of secrets) assert.ok(countHolding(held, one) >= 1);
      await world.run(100);
      const nextSpare = (endpoint as unknown as { spareKeyPair: KeyPair }).spareKeyPair.privateKey;
      assert.notDeepEqual(nextSpare, new Uint8Array(32));
      call.close(0, '');
      for (const one of secrets) assert.equal(countHolding(held, one), 0);
      endpoint.close();
      assert.deepEqual(nextSpare, new Uint8Array(32));
    });
  });
});
