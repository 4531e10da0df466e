import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { parseXp2pInfo } from '../../p2p-core/signaling/ticket';
import { makeProtocolVectors } from '../support/protocol-vectors';
import {
  CameraHandshake,
  cameraInbox,
  directionKey,
  makeReset,
  nextKey,
  openSealed,
  readDescription,
  readMessage,
  readPacket,
  readXp2pInfo,
} from './protocol-decoder';

interface CallVector {
  protocol: string;
  callId: string;
  cameraStaticPrivateKey: string | null;
  cameraStaticPublicKey: string | null;
  cameraEphemeralPrivateKey: string;
  cameraEphemeralPublicKey: string;
  viewerEphemeralPublicKey: string;
  message1: string;
  message2: string;
  handshakeHash: string;
  viewerPacketKey: string;
  cameraPacketKey: string;
}

interface ProtocolVectors {
  tickets: {
    accepted: Record<string, unknown>[];
    refused: { why: string; xp2pInfo: string; errcode: number }[];
    unknownOption: string;
    urlEncoded: string;
  };
  identity: { peerName: string; secret: string };
  topics: { camera: string; presence: string; replyToken: string; viewer: string };
  directionKeys: Record<'toCamera' | 'toViewer' | 'presence', string>;
  presence: { state: string; saidAtMs?: number; bytes: string }[];
  messages: Record<string, unknown>[];
  envelopes: {
    direction: 'toCamera' | 'toViewer' | 'presence';
    salt: string;
    plain: string;
    envelope: string;
  }[];
  descriptions: Record<string, unknown>[];
  calls: CallVector[];
  stun: Record<string, string>;
  http: { request: string; response: string };
  session: {
    viewerConnectionId: number;
    cameraConnectionId: number;
    packets: { what: string; from: 'viewer' | 'camera'; datagram: string }[];
  };
  keyUpdate: { viewerPacketKey: string; nextViewerPacketKey: string; datagram: string };
  reset: { answers: string; datagram: string };
}

const file = path.join(process.cwd(), 'test/vectors/protocol.json');
const vectors = JSON.parse(fs.readFileSync(file, 'utf8')) as ProtocolVectors;
const hex = (text: unknown): Buffer => Buffer.from(String(text), 'hex');
const peerName = hex(vectors.identity.peerName);
const secret = hex(vectors.identity.secret);

describe('the vectors of the protocol', () => {
  test('are what this code makes of the same keys, salts and times', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(makeProtocolVectors())), vectors);
  });
});

describe('a decoder that was written from the documents alone', () => {
  test('reads each xp2pInfo into its fields', () => {
    for (const { xp2pInfo, ...fields } of vectors.tickets.accepted) {
      assert.deepEqual(readXp2pInfo(String(xp2pInfo)), fields);
    }
    const later = readXp2pInfo(vectors.tickets.unknownOption);
    assert.deepEqual(later.stunServers, ['stun.example:3478']);
    assert.deepEqual(readXp2pInfo(vectors.tickets.urlEncoded).deviceVersion, '2.4.0');
  });

  test('finds the topics and the keys of each direction', () => {
    const { camera, presence, replyToken, viewer } = vectors.topics;
    assert.equal(cameraInbox(peerName), camera);
    assert.equal(`${camera}/presence`, presence);
    assert.equal(`iotp2p/1/${replyToken}`, viewer);
    const { toCamera, toViewer, presence: presenceKey } = vectors.directionKeys;
    assert.equal(directionKey(peerName, secret, 'to-camera').toString('hex'), toCamera);
    assert.equal(directionKey(peerName, secret, 'to-viewer').toString('hex'), toViewer);
    assert.equal(directionKey(peerName, secret, 'presence').toString('hex'), presenceKey);
  });

  test('opens the envelopes', () => {
    for (const { direction, salt, plain, envelope } of vectors.envelopes) {
      assert.equal(envelope.slice(2, 34), salt);
      assert.equal(openSealed(hex(vectors.directionKeys[direction]), hex(envelope)).toString('hex'), plain);
    }
    assert.deepEqual(vectors.presence, [
      { state: 'online', saidAtMs: 1_760_000_000_123, bytes: '010199c82cc07b' },
      { state: 'offline', bytes: '00' },
    ]);
  });

  test('reads every message', () => {
    assert.equal(new Set(vectors.messages.map((message) => message.kind)).size, 5);
    for (const { bytes, ...message } of vectors.messages) assert.deepEqual(readMessage(hex(bytes)), message);
  });

  test('reads the descriptions of both sides', () => {
    for (const { bytes, ...description } of vectors.descriptions) {
      assert.deepEqual(readDescription(hex(bytes)), description);
    }
  });

  for (const call of vectors.calls) {
    test(`goes through ${call.protocol} as the camera and gets the same packet keys`, () => {
      const statics = call.cameraStaticPublicKey && { publicKey: hex(call.cameraStaticPublicKey) };
      const noise = new CameraHandshake(call.protocol, hex(call.callId), secret, statics || null);
      const [message1, message2] = [hex(call.message1), hex(call.message2)];
      const viewerEphemeral = message1.subarray(0, 32);
      assert.equal(viewerEphemeral.toString('hex'), call.viewerEphemeralPublicKey);
      noise.mixPublicKey(viewerEphemeral);
      if (call.cameraStaticPrivateKey) noise.mixShared(hex(call.cameraStaticPrivateKey), viewerEphemeral);
      assert.equal(noise.payload(message1.subarray(32)).toString('hex'), vectors.descriptions[0]!.bytes);
      assert.equal(message2.toString('hex', 0, 32), call.cameraEphemeralPublicKey);
      noise.mixPublicKey(message2.subarray(0, 32));
      noise.mixShared(hex(call.cameraEphemeralPrivateKey), viewerEphemeral);
      assert.equal(noise.payload(message2.subarray(32)).toString('hex'), vectors.descriptions[1]!.bytes);
      assert.equal(noise.handshakeHash, call.handshakeHash);
      assert.deepEqual(noise.packetKeys(), { viewer: call.viewerPacketKey, camera: call.cameraPacketKey });
    });
  }

  test('follows a key update', () => {
    const { viewerPacketKey, nextViewerPacketKey, datagram } = vectors.keyUpdate;
    assert.equal(viewerPacketKey, vectors.calls[0]!.viewerPacketKey);
    const key = nextKey(hex(viewerPacketKey));
    assert.equal(key.toString('hex'), nextViewerPacketKey);
    assert.deepEqual(readPacket(key, hex(datagram), 1), {
      connectionId: vectors.session.cameraConnectionId,
      packetNumber: 2 ** 20,
      frames: [{ type: 'PING' }],
    });
  });

  test('makes the same reset of a packet, from what a camera knows after a restart', () => {
    const { answers, datagram } = vectors.reset;
    assert.equal(answers, vectors.session.packets[0]!.datagram);
    const reset = makeReset(secret, hex(vectors.calls[0]!.cameraStaticPrivateKey), hex(answers));
    assert.equal(reset.toString('hex'), datagram);
  });

  test('reads the first packets of a session', () => {
    const { packets, viewerConnectionId, cameraConnectionId } = vectors.session;
    const [call] = vectors.calls;
    const read = packets.map(({ from, datagram }) => {
      const key = from === 'viewer' ? call!.viewerPacketKey : call!.cameraPacketKey;
      return readPacket(hex(key), hex(datagram));
    });
    const windows = [
      { type: 'MAX_DATA', limit: 2 * 1024 * 1024 },
      { type: 'MAX_STREAM_DATA', stream: 0, limit: 1024 * 1024 },
    ];
    const askForAck = { type: 'IMMEDIATE_ACK' };
    const body = (text: string): Record<string, unknown> => ({
      type: 'STREAM',
      stream: 0,
      offset: 0,
      isFin: true,
      data: hex(text).toString('latin1'),
    });
    assert.deepEqual(read, [
      {
        connectionId: cameraConnectionId,
        packetNumber: 0,
        frames: [...windows, body(vectors.http.request), askForAck],
      },
      {
        connectionId: viewerConnectionId,
        packetNumber: 0,
        frames: [
          { type: 'ACK', delayMs: 10, ranges: [[0, 0]] },
          windows[0],
          body(vectors.http.response),
          askForAck,
        ],
      },
      {
        connectionId: cameraConnectionId,
        packetNumber: 1,
        frames: [{ type: 'ACK', delayMs: 15, ranges: [[0, 0]] }],
      },
      {
        connectionId: cameraConnectionId,
        packetNumber: 2,
        frames: [{ type: 'CLOSE', code: 0, reason: 'the viewer left' }],
      },
    ]);
  });

  test('reads the exchange as HTTP', () => {
    assert.equal(
      hex(vectors.http.request).toString(),
      'GET /ipc.flv?action=live&channel=0&quality=high HTTP/1.1\r\nhost: \r\n\r\n',
    );
    const flvHeader = 'FLV\x01\x05\0\0\0\x09\0\0\0\0';
    assert.equal(
      hex(vectors.http.response).toString('latin1'),
      'HTTP/1.1 200 OK\r\ncontent-type: video/x-flv\r\ncache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n' +
        `d\r\n${flvHeader}\r\nb;skip-ms=1240;skip-tags=61\r\ntags follow\r\n0\r\n\r\n`,
    );
  });

  test('reads the checks: attributes, MESSAGE-INTEGRITY and FINGERPRINT', () => {
    const cameraPassword = 'cameraPassword+/01234567';
    const viewerPassword = 'viewerPassword+/01234567';
    const { stun } = vectors;
    assert.deepEqual(readStun(hex(stun.bindingRequest), null), { type: 0x0001, types: [0x8028] });
    assert.deepEqual(readStun(hex(stun.bindingResponse), null), { type: 0x0101, types: [0x0020, 0x8028] });
    // USERNAME, PRIORITY, ICE-CONTROLLING, USE-CANDIDATE, MESSAGE-INTEGRITY, FINGERPRINT
    assert.deepEqual(readStun(hex(stun.viewerCheck), cameraPassword), {
      type: 0x0001,
      types: [0x0006, 0x0024, 0x802a, 0x0025, 0x0008, 0x8028],
    });
    assert.deepEqual(readStun(hex(stun.cameraAnswer), cameraPassword), {
      type: 0x0101,
      types: [0x0020, 0x0008, 0x8028],
    });
    assert.deepEqual(readStun(hex(stun.cameraCheck), viewerPassword), {
      type: 0x0001,
      types: [0x0006, 0x0024, 0x8029, 0x0008, 0x8028],
    });
    assert.deepEqual(readStun(hex(stun.roleConflict), cameraPassword), {
      type: 0x0111,
      types: [0x0009, 0x0008, 0x8028],
    });
  });
});

describe('an xp2pInfo that is broken', () => {
  for (const { why, xp2pInfo, errcode } of vectors.tickets.refused) {
    test(`is refused with ${errcode}: ${why}`, () => {
      assert.ok(errcode === -2001 || errcode === -2005);
      assert.throws(() => parseXp2pInfo(xp2pInfo), { errcode });
    });
  }
});

/** RFC 8489 §5, §14.5, §14.7. */
function readStun(message: Buffer, password: string | null): { type: number; types: number[] } {
  assert.equal(message.readUInt32BE(4), 0x2112a442);
  assert.equal(message.readUInt16BE(2), message.length - 20);
  const types: number[] = [];
  for (let at = 20; at < message.length;) {
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 2);
    const value = message.subarray(at + 4, at + 4 + length);
    const before = Buffer.from(message.subarray(0, at));
    before.writeUInt16BE(at + 4 + length - 20, 2);
    if (type === 0x0008) {
      assert.equal(createHmac('sha1', password!).update(before).digest('hex'), value.toString('hex'));
    } else if (type === 0x8028) {
      assert.equal((crc32(before) ^ 0x5354554e) >>> 0, value.readUInt32BE(0));
    }
    types.push(type);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: message.readUInt16BE(0), types };
}
