import assert from 'node:assert/strict';
import { concatBytes } from '../../../p2p-core/bytes/concat';
import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { ChaChaPolyOpener, ChaChaPolySealer } from '../../../p2p-core/crypto/chacha20-poly1305';
import type { KeyPair, NoiseKeys } from '../../../p2p-core/crypto/noise';
import { x25519PublicKey } from '../../../p2p-core/crypto/x25519';
import { openExchange } from '../../../p2p-core/http/client';
import { serveExchange } from '../../../p2p-core/http/server';
import { buildCheckError, buildCheckRequest, buildCheckSuccess } from '../../../p2p-core/path/ice-messages';
import { buildBindingRequest } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import { answerBindingRequest } from '../../../p2p-core/path/stun-server';
import { createCallHandshake } from '../../../p2p-core/session/handshake';
import { nextPacketKey, PACKETS_PER_KEY, UpdatingSealer } from '../../../p2p-core/session/packet-keys';
import type { ByteStream } from '../../../p2p-core/session/types';
import { encodeCallDescription } from '../../../p2p-core/signaling/call-description';
import { HEADER_BYTES } from '../../../p2p-core/transport/constants';
import { writeHeader, writePing } from '../../../p2p-core/transport/packet-codec';
import { createTransport } from '../../../p2p-core/transport/transport';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { Transport, TransportHandler } from '../../../p2p-core/transport/types';
import {
  callId,
  cameraDescription,
  counting,
  resetSender,
  secret,
  staticPrivateKey,
  staticPublicKey,
  viewerDescription,
} from './signaling';

const keyPair = (privateKey: Uint8Array): KeyPair => ({ privateKey, publicKey: x25519PublicKey(privateKey) });
const viewerEphemeral = keyPair(counting(0x40, 32));
const cameraEphemeral = keyPair(counting(0x90, 32));

export interface CallVectors {
  message1: Uint8Array;
  message2: Uint8Array;
  viewerKeys: NoiseKeys;
  json: Record<string, unknown>;
}

/** One call with every random value fixed. */
export function callVectors(isPinned: boolean): CallVectors {
  const common = {
    secret,
    callId,
    fillRandom: (): void => assert.fail('no random value is left to choose'),
  };
  const viewer = createCallHandshake({
    ...common,
    role: 'initiator',
    remoteStatic: isPinned ? staticPublicKey : null,
    localStatic: null,
    ephemeral: viewerEphemeral,
  });
  const camera = createCallHandshake({
    ...common,
    role: 'responder',
    remoteStatic: null,
    localStatic: isPinned ? keyPair(staticPrivateKey) : null,
    ephemeral: cameraEphemeral,
  });
  const message1 = viewer.writeMessage(encodeCallDescription(viewerDescription));
  assert.ok(camera.readMessage(message1));
  const message2 = camera.writeMessage(encodeCallDescription(cameraDescription));
  assert.ok(viewer.readMessage(message2));
  const hash = viewer.handshakeHash;
  const viewerKeys = viewer.split();
  assert.deepEqual(camera.split().sendKey, viewerKeys.receiveKey);
  return {
    message1,
    message2,
    viewerKeys,
    json: {
      protocol: isPinned ? 'Noise_NKpsk0_25519_ChaChaPoly_SHA256' : 'Noise_NNpsk0_25519_ChaChaPoly_SHA256',
      callId: toHex(callId),
      cameraStaticPrivateKey: isPinned ? toHex(staticPrivateKey) : null,
      cameraStaticPublicKey: isPinned ? toHex(staticPublicKey) : null,
      viewerEphemeralPrivateKey: toHex(viewerEphemeral.privateKey),
      viewerEphemeralPublicKey: toHex(viewerEphemeral.publicKey),
      cameraEphemeralPrivateKey: toHex(cameraEphemeral.privateKey),
      cameraEphemeralPublicKey: toHex(cameraEphemeral.publicKey),
      message1: toHex(message1),
      message2: toHex(message2),
      handshakeHash: toHex(hash),
      viewerPacketKey: toHex(viewerKeys.sendKey),
      cameraPacketKey: toHex(viewerKeys.receiveKey),
    },
  };
}

export const REQUEST_TARGET = '/ipc.flv?action=live&channel=0&quality=high';

/** The bytes of one exchange in each direction of its stream, with a body in two chunks, the second after a skip. */
export function httpVectors(): { request: Uint8Array; response: Uint8Array } {
  const request: Uint8Array[] = [];
  const response: Uint8Array[] = [];
  openExchange(() => recordingStream(request), { method: 'GET', target: REQUEST_TARGET }, ignoreResponse);
  const server = serveExchange(recordingStream(response), (_request, out) => {
    out.start(200, { 'content-type': 'video/x-flv', 'cache-control': 'no-store' });
    out.write(Uint8Array.of(0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0));
    out.write(utf8Encode('tags follow'), 'skip-ms=1240;skip-tags=61');
    out.end();
  });
  server.onData(concatBytes(...request));
  server.onEnd();
  return { request: concatBytes(...request), response: concatBytes(...response) };
}

const ignoreResponse = { onHead() {}, onBody() {}, onEnd() {}, onError() {} };

function recordingStream(written: Uint8Array[]): ByteStream {
  return {
    id: 0,
    write: (bytes) => (written.push(bytes.slice()), bytes.length),
    bufferedBytes: () => 0,
    setPriority() {},
    finish() {},
    abort() {},
    consume() {},
  };
}

/** The first packets of a session: a request, its answer with an ACK, an ACK alone, a CLOSE. */
export function packetVectors(viewerKeys: NoiseKeys): { what: string; from: string; datagram: string }[] {
  const { request, response } = httpVectors();
  const { sendKey, receiveKey } = viewerKeys;
  const viewer = createTransport(
    {
      role: 'client',
      remoteConnectionId: cameraDescription.connectionId,
      sealer: new ChaChaPolySealer(sendKey),
      opener: new ChaChaPolyOpener(receiveKey),
    },
    ignoreTransport,
    0,
  );
  const camera: Transport = createTransport(
    {
      role: 'server',
      remoteConnectionId: viewerDescription.connectionId,
      sealer: new ChaChaPolySealer(receiveKey),
      opener: new ChaChaPolyOpener(sendKey),
    },
    {
      ...ignoreTransport,
      onStreamEnd(streamId) {
        camera.write(streamId, response);
        camera.finish(streamId);
      },
    },
    0,
  );
  const packets: { what: string; from: string; datagram: string }[] = [];
  const send = (what: string, from: 'viewer' | 'camera', nowMs: number): void => {
    const [sender, receiver] = from === 'viewer' ? [viewer, camera] : [camera, viewer];
    const buffer = new Uint8Array(1200);
    const size = sender.poll(nowMs, buffer);
    assert.ok(size > 0, `${what}: nothing was sent`);
    packets.push({ what, from, datagram: toHex(buffer.subarray(0, size)) });
    assert.ok(receiver.receive(buffer.slice(0, size), nowMs));
  };
  const streamId = viewer.openStream(StreamPriority.Live);
  viewer.write(streamId, request);
  viewer.finish(streamId);
  send('a request, and the windows of the viewer', 'viewer', 0);
  send('the answer with an ACK, and the windows of the camera', 'camera', 10);
  send('an ACK alone, 15 ms after what it acknowledges', 'viewer', 25);
  viewer.close(0, 'the viewer left');
  send('the end of the session', 'viewer', 30);
  return packets;
}

const ignoreTransport: TransportHandler = {
  onStreamOpened() {},
  onStreamData() {},
  onStreamEnd() {},
  onStreamReset() {},
  onStreamStopped() {},
  onWritable() {},
  onClosed() {},
};

/** A packet under the second key of the viewer, and the camera's answer to the first packet when it has forgotten it. */
export function keyUpdateVectors({ sendKey }: NoiseKeys): Record<string, unknown> {
  const next = nextPacketKey(sendKey);
  const sealer = new UpdatingSealer(sendKey.slice());
  const buffer = new Uint8Array(64);
  sealer.seal(buffer, HEADER_BYTES, HEADER_BYTES, 0);
  sealer.onAcknowledged(0);
  writeHeader(buffer, cameraDescription.connectionId, PACKETS_PER_KEY);
  const end = sealer.seal(buffer, HEADER_BYTES, writePing(buffer, HEADER_BYTES), PACKETS_PER_KEY);
  return {
    viewerPacketKey: toHex(sendKey),
    nextViewerPacketKey: toHex(next),
    datagram: toHex(buffer.subarray(0, end)),
  };
}

export function resetVectors(packet: Uint8Array): Record<string, unknown> {
  return { answers: toHex(packet), datagram: toHex(resetSender.answer(packet, 0)!) };
}

/** The STUN messages of a probe and of one check in each direction. */
export function stunVectors(): Record<string, unknown> {
  const cameraKey = utf8Encode(cameraDescription.ice.password);
  const viewerKey = utf8Encode(viewerDescription.ice.password);
  const from = { address: '192.168.1.20', port: 50_000 };
  const binding = buildBindingRequest(counting(0x10, 12));
  const check = {
    transactionId: counting(0x20, 12),
    username: 'camera01:viewer01',
    key: cameraKey,
    priority: 1862270975,
    role: 'controlling' as const,
    tieBreaker: counting(0x70, 8),
    nominates: true,
  };
  const viewerCheck = buildCheckRequest(check);
  const cameraCheck = buildCheckRequest({
    ...check,
    transactionId: counting(0x30, 12),
    username: 'viewer01:camera01',
    key: viewerKey,
    role: 'controlled',
    nominates: false,
  });
  return {
    bindingRequest: toHex(binding),
    bindingResponse: toHex(answerBindingRequest(binding, '203.0.113.5', 61_000)!),
    viewerCheck: toHex(viewerCheck),
    cameraAnswer: toHex(buildCheckSuccess(parseStunMessage(viewerCheck)!, from, cameraKey)),
    cameraCheck: toHex(cameraCheck),
    roleConflict: toHex(buildCheckError(parseStunMessage(viewerCheck)!, 487, cameraKey)),
  };
}
