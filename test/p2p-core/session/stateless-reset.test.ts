import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChaChaPolySealer } from '../../../p2p-core/crypto/chacha20-poly1305';
import { hkdfSha256 } from '../../../p2p-core/crypto/hkdf';
import { hmacSha256 } from '../../../p2p-core/crypto/hmac';
import { ErrCode } from '../../../p2p-core/index';
import { Endpoint } from '../../../p2p-core/session/endpoint';
import {
  isReset,
  RESET_BYTES,
  resetKeyOf,
  ResetSender,
  ResetVerifier,
} from '../../../p2p-core/session/stateless-reset';
import { decodeCallDescription, encodeCallDescription } from '../../../p2p-core/signaling/call-description';
import type { CallDescription } from '../../../p2p-core/signaling/types';
import { writeHeader } from '../../../p2p-core/transport/packet-codec';
import { Prng } from '../../sim/prng';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import type { StreamSink } from '../../sim/session-world-app';
import type { SimHost } from '../../sim/sim-network';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';

const random = new Prng(9);
const bytes = (count: number): Uint8Array => {
  const filled = new Uint8Array(count);
  random.fill(filled);
  return filled;
};
const secret = bytes(32);
const staticPrivateKey = bytes(32);
const packetKey = bytes(32);
const CONNECTION_ID = 0xabcdef;

/** A packet as a viewer sends it, `frameBytes` of frames long. */
function packet(packetNumber: number, frameBytes = 1, connectionId = CONNECTION_ID): Uint8Array {
  const buffer = new Uint8Array(8 + frameBytes + 16);
  writeHeader(buffer, connectionId, packetNumber);
  new ChaChaPolySealer(packetKey).seal(buffer, 8, 8 + frameBytes, packetNumber);
  return buffer;
}

function newSender(): ResetSender {
  return new ResetSender(resetKeyOf(secret, staticPrivateKey), 0);
}

describe('a stateless reset', () => {
  test('has the bytes of the protocol text', () => {
    const sent = packet(0x01020304, 40);
    const key = hkdfSha256(
      new Uint8Array(0),
      Buffer.concat([secret, staticPrivateKey]),
      Buffer.from('iot-p2p/1 reset'),
      32,
    );
    const token = hmacSha256(key, Uint8Array.of(0xab, 0xcd, 0xef)).slice(0, 16);
    const proof = hmacSha256(token, Buffer.concat([sent.subarray(0, 8), sent.subarray(48)])).slice(0, 16);
    assert.deepEqual(newSender().tokenFor(CONNECTION_ID), token);
    assert.deepEqual(
      newSender().answer(sent, 0),
      Uint8Array.of(0x82, 0xab, 0xcd, 0xef, 1, 2, 3, 4, ...proof),
    );
  });

  test('is made the same by a camera that has forgotten everything, and known by the viewer', () => {
    const verifier = new ResetVerifier(newSender().tokenFor(CONNECTION_ID));
    for (let number = 0; number < 300; number++) verifier.onSent(packet(number));
    for (const number of [299, 100, 44]) {
      assert.ok(verifier.isGenuine(newSender().answer(packet(number), 0)!), `packet ${number}`);
    }
  });

  test('proves nothing about a packet that was not sent, or longer ago than 256 packets', () => {
    const sender = newSender();
    const verifier = new ResetVerifier(sender.tokenFor(CONNECTION_ID));
    assert.equal(verifier.isGenuine(sender.answer(packet(0), 0)!), false, 'nothing was sent');
    for (let number = 0; number < 300; number++) verifier.onSent(packet(number));
    assert.equal(verifier.isGenuine(sender.answer(packet(43), 0)!), false, 'too old');
    assert.equal(verifier.isGenuine(sender.answer(packet(300), 0)!), false, 'still to come');
    // What an attacker learns by asking the camera about a packet of his own with the same id and number.
    assert.equal(verifier.isGenuine(sender.answer(packet(299, 2), 0)!), false, 'another tag');
    assert.equal(verifier.isGenuine(sender.answer(packet(299, 1, 7), 0)!), false, 'another id');
  });

  test('is known by no other session, and by none when a bit of it is wrong', () => {
    const sender = newSender();
    const verifier = new ResetVerifier(sender.tokenFor(CONNECTION_ID));
    const other = new ResetVerifier(sender.tokenFor(CONNECTION_ID + 1));
    verifier.onSent(packet(5));
    other.onSent(packet(5));
    const reset = sender.answer(packet(5), 0)!;
    assert.equal(other.isGenuine(reset), false);
    for (let bit = 0; bit < 8 * RESET_BYTES; bit++) {
      const bent = reset.slice();
      bent[bit >> 3] = bent[bit >> 3]! ^ (1 << (bit & 7));
      assert.equal(verifier.isGenuine(bent), false, `bit ${bit}`);
    }
    assert.equal(verifier.isGenuine(reset), true);
  });

  test('cannot be made by another viewer where the camera has a static key', () => {
    const viewer = new ResetSender(resetKeyOf(secret, null), 0);
    const verifier = new ResetVerifier(newSender().tokenFor(CONNECTION_ID));
    verifier.onSent(packet(5));
    assert.equal(verifier.isGenuine(viewer.answer(packet(5), 0)!), false);
  });

  test('is smaller than every packet it answers, and is never answered itself: there are no loops', () => {
    const sender = newSender();
    const smallest = packet(1);
    const reset = sender.answer(smallest, 0)!;
    assert.ok(reset.length < smallest.length, `${reset.length} for ${smallest.length}`);
    assert.equal(sender.answer(reset, 0), null);
    assert.equal(sender.answer(smallest.subarray(1), 0), null);
    for (let length = 0; length <= RESET_BYTES; length++) {
      assert.equal(sender.answer(packet(1, 40).subarray(0, length), 0), null);
    }
    for (let first = 0; first < 256; first++) {
      const other = packet(1, 40);
      other[0] = first;
      if (first !== 0x80 && first !== 0x81)
        assert.equal(sender.answer(other, 0), null, `first byte ${first}`);
    }
    assert.equal(isReset(smallest), false);
  });

  test('is sent 16 times at once, and 16 times a second', () => {
    const sender = newSender();
    const answered = (nowMs: number): number => {
      let count = 0;
      for (let number = 0; number < 100; number++) if (sender.answer(packet(number), nowMs) !== null) count++;
      return count;
    };
    assert.deepEqual([answered(0), answered(0), answered(500), answered(60_000)], [16, 0, 8, 16]);
  });

  test('token rides behind the candidates of a call description, among options of later versions', () => {
    const description: CallDescription = {
      version: 1,
      ice: { ufrag: 'abcd', password: 'abcdefghijklmnopqrstuv' },
      connectionId: 7,
      candidates: [],
      resetToken: bytes(16),
    };
    const encoded = encodeCallDescription(description);
    assert.deepEqual(decodeCallDescription(encoded), description);
    const { resetToken, ...without } = description;
    const bare = encodeCallDescription(without);
    assert.deepEqual(encoded, Uint8Array.of(...bare, 1, 16, ...resetToken!));
    assert.deepEqual(
      decodeCallDescription(Uint8Array.of(...bare, 9, 2, 0, 0, ...encoded.subarray(bare.length), 8)),
      description,
    );
    // Of another length, or cut: no token, and the call goes on.
    assert.deepEqual(decodeCallDescription(Uint8Array.of(...bare, 1, 2, 5, 5)), without);
    for (let end = bare.length; end < encoded.length; end++) {
      assert.deepEqual(decodeCallDescription(encoded.subarray(0, end)), without);
    }
  });
});

async function playing(world: SessionWorld): Promise<{ viewer: SimViewer; heard: Heard; sink: StreamSink }> {
  const viewer = world.addViewer();
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 10_000);
  return { viewer, heard, sink };
}

const FIRST_CAMERA_PORT = 50_000;
const isPacketLike = (datagram: Uint8Array): boolean => datagram[0]! >= 0x80;

test('an end that answers calls for two tickets resets the sessions of either, with one answer for a packet', async () => {
  await inWorld({ seed: 1 }, async (world) => {
    const [here, there] = [world.network.addHost('7.7.7.7'), world.network.addHost('8.8.8.8')];
    const port = world.newPort('both', here);
    port.udpPort = 4000;
    const endpoint = new Endpoint(port);
    endpoint.open((error) => assert.equal(error, null));
    await world.run(100);
    const senders = [secret, bytes(32)].map((each) => new ResetSender(resetKeyOf(each, null), world.nowMs));
    for (const sender of senders) endpoint.resetSenders.add(sender);
    const answers: Uint8Array[] = [];
    const socket = there.open({
      onMessage: (datagram) => void answers.push(datagram),
      onError() {},
      onClose() {},
    });
    /** Which of the two answer packets of this session genuinely, and how many answers there are. */
    const ask = async (owner: number): Promise<{ genuine: number; count: number }> => {
      const verifier = new ResetVerifier(senders[owner]!.tokenFor(CONNECTION_ID));
      answers.length = 0;
      for (let number = 0; number < 4; number++) {
        const sent = packet(number);
        verifier.onSent(sent);
        socket.send(sent, '7.7.7.7', 4000);
      }
      await world.run(200);
      return {
        genuine: answers.filter((answer) => verifier.isGenuine(answer)).length,
        count: answers.length,
      };
    };
    for (const owner of [0, 1]) assert.deepEqual(await ask(owner), { genuine: 2, count: 4 });
    endpoint.resetSenders.delete(senders[1]!);
    assert.deepEqual(await ask(0), { genuine: 4, count: 4 });
    endpoint.resetSenders.delete(senders[0]!);
    assert.equal((await ask(0)).count, 0);
    endpoint.close();
    socket.close();
  });
});

describe('a camera that restarts on its old port', () => {
  for (const isPinned of [true, false]) {
    test(`tells the viewer within one round trip of its first packet: -2807, ${isPinned ? 'with' : 'without'} a pinned key`, async (t) => {
      const rttMs = 60;
      await inWorld({ seed: 1, rttMs, isPinned }, async (world) => {
        const { viewer, heard } = await playing(world);
        world.camera.crash();
        await world.run(1000);
        world.camera.boot(FIRST_CAMERA_PORT);
        let firstPacketMs = Infinity;
        let packets = 0;
        world.network.filter = (datagram, from) => {
          if (from === viewer.host && isPacketLike(datagram)) {
            packets++;
            firstPacketMs = Math.min(firstPacketMs, world.nowMs);
          }
          return true;
        };
        await world.until('disconnect', () => heard.count('disconnect') === 1, 15_000);
        const { detail, atMs } = heard.events.at(-1)!;
        assert.equal(detail.errcode, ErrCode.ClosedByPeer);
        assert.match(detail.errmsg, /the camera has restarted/);
        t.diagnostic(`${atMs - firstPacketMs} ms after its first packet, ${packets} packets`);
        assert.ok(atMs - firstPacketMs <= rttMs + 1, `${atMs - firstPacketMs} ms`);
        const before = packets;
        await world.run(5000);
        assert.equal(packets, before, 'nothing more is sent: nobody there could read it');
        viewer.stop('a');
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0, 2000);
      });
    });
  }

  test('answers a flood of packets of unknown sessions with fewer bytes than it got, and the flood is not answered back', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      await world.until('the camera is up', () => world.camera.isOnline);
      const stranger: SimHost = world.network.addHost('8.8.8.8');
      let answers = 0;
      const socket = stranger.open({
        onMessage: (datagram) => {
          answers++;
          assert.ok(isReset(datagram));
          socket.send(datagram, world.camera.host.address, FIRST_CAMERA_PORT);
        },
        onError() {},
        onClose() {},
      });
      for (let i = 0; i < 1000; i++) {
        const flood = packet(i, 1, i);
        socket.send(flood, world.camera.host.address, FIRST_CAMERA_PORT);
        await world.run(1);
      }
      await world.run(10_000);
      assert.ok(answers >= 16 && answers <= 32, `${answers} answers in one second`);
    });
  });

  test('with another identity on that port does not end the session: only the one that knows the secret can', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard } = await playing(world);
      world.camera.crash();
      const resets = new ResetSender(resetKeyOf(bytes(32), null), world.nowMs);
      let answered = 0;
      const socket = world.camera.host.open(
        {
          onMessage: (datagram, address, port) => {
            const reset = resets.answer(datagram, world.nowMs);
            if (reset === null) return;
            answered++;
            socket.send(reset, address, port);
          },
          onError() {},
          onClose() {},
        },
        FIRST_CAMERA_PORT,
      );
      await world.run(9000);
      assert.ok(answered > 0);
      assert.equal(heard.count('disconnect'), 0);
      await world.until('disconnect', () => heard.count('disconnect') === 1, 10_000);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.LinkLost);
      viewer.stop('a');
      world.camera.boot();
    });
  });
});
