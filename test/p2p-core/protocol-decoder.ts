/**
 * A second reading of docs/protocol.md and docs/transport.md: straightforward decoders written from the text alone, over
 * Node's and noble's cryptography. Imports nothing of p2p-core, so that it cannot share a mistake with it.
 */
import assert from 'node:assert/strict';
import { x25519 } from '@noble/curves/ed25519.js';
import { createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

const ascii = (text: string): Buffer => Buffer.from(text, 'ascii');
const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const hkdf = (salt: Uint8Array, ikm: Uint8Array, info: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', ikm, salt, info, length));

/** Throws when the tag is wrong. */
function open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer {
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.subarray(sealed.length - 16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

/** Four zero bytes, then the count as 64 bits little endian. */
function countingNonce(count: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(count), 4);
  return nonce;
}

/** Reads fields in turn and insists on every byte being there. */
export class Fields {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  take(count: number): Buffer {
    assert.ok(this.at + count <= this.bytes.length, 'cut short');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  number(count: number): number {
    return this.take(count).readUIntBE(0, count);
  }
  /** A length of `lengthBytes` bytes and what it counts. */
  counted(lengthBytes: number): Buffer {
    return this.take(this.number(lengthBytes));
  }
  get rest(): number {
    return this.bytes.length - this.at;
  }
}

// §1

export function readXp2pInfo(text: string): Record<string, unknown> {
  const [, body, deviceVersion] = /^XP2P([A-Za-z0-9_-]+)%(?:25(?=\d+\.))?(.+)$/.exec(text)!;
  const fields = new Fields(Buffer.from(body!, 'base64url'));
  assert.equal(fields.number(1), 1);
  const ticket = {
    peerName: fields.take(16).toString('hex'),
    secret: fields.take(32).toString('hex'),
    staticKey: null as string | null,
    signalingUrl: null as string | null,
    stunServers: [] as string[],
    turnServers: [] as { server: string; username: string; password: string }[],
    deviceVersion,
  };
  while (fields.rest > 0) {
    const type = fields.number(1);
    const value = fields.counted(1);
    if (type === 1) ticket.staticKey = value.toString('hex');
    if (type === 2) ticket.signalingUrl = value.toString();
    if (type === 3) ticket.stunServers.push(value.toString());
    if (type === 4) {
      const parts = new Fields(value);
      const [server, username, password] = [1, 2, 3].map(() => parts.counted(1).toString());
      ticket.turnServers.push({ server: server!, username: username!, password: password! });
    }
  }
  return ticket;
}

// §2

export function cameraInbox(peerName: Buffer): string {
  return `iotp2p/1/${sha256(ascii('iotp2p 1 camera inbox'), peerName).toString('hex', 0, 16)}`;
}

export function directionKey(peerName: Buffer, secret: Buffer, direction: string): Buffer {
  return hkdf(peerName, secret, `iotp2p 1 ${direction}`, 32);
}

export function openSealed(key: Buffer, envelope: Buffer): Buffer {
  assert.equal(envelope[0], 1);
  const salt = envelope.subarray(1, 17);
  const material = hkdf(salt, key, 'iotp2p 1 envelope', 44);
  return open(
    material.subarray(0, 32),
    material.subarray(32),
    envelope.subarray(0, 17),
    envelope.subarray(17),
  );
}

function readCandidate(fields: Fields): Record<string, unknown> {
  const kind = ['host', 'srflx', 'prflx', 'relay'][fields.number(1)];
  const port = fields.number(2);
  const priority = fields.number(4);
  return { kind, address: fields.counted(1).toString('ascii'), port, priority };
}

export function readMessage(bytes: Buffer): Record<string, unknown> {
  const fields = new Fields(bytes);
  assert.equal(fields.number(1), 1);
  const kind = fields.number(1);
  const callId = fields.take(8).toString('hex');
  const rest = ((): Record<string, unknown> => {
    switch (kind) {
      case 1: {
        const sentAtMs = fields.number(6);
        const replyTopic = fields.counted(1).toString('ascii');
        return { kind: 'offer', replyTopic, sentAtMs, handshake: fields.counted(2).toString('hex') };
      }
      case 2:
        return { kind: 'answer', handshake: fields.counted(2).toString('hex') };
      case 3:
        return { kind: 'candidate', candidate: readCandidate(fields) };
      case 4:
        return { kind: 'refuse', code: fields.number(2), detail: fields.counted(1).toString('utf8') };
      default:
        assert.equal(kind, 5);
        return { kind: 'bye' };
    }
  })();
  assert.equal(fields.rest, 0);
  return { ...rest, callId };
}

// §3

export function readDescription(bytes: Buffer): Record<string, unknown> {
  const fields = new Fields(bytes);
  const version = fields.number(1);
  const ufrag = fields.counted(1).toString('ascii');
  const password = fields.counted(1).toString('ascii');
  const connectionId = fields.number(3);
  const candidates = Array.from({ length: fields.number(1) }, () => readCandidate(fields));
  const description: Record<string, unknown> = {
    version,
    ice: { ufrag, password },
    connectionId,
    candidates,
  };
  while (fields.rest > 0) {
    assert.equal(fields.number(1), 1, 'the one option there is');
    description.resetToken = fields.counted(1).toString('hex');
  }
  return description;
}

/** Noise as §3 spells it out, of the camera's side, from both messages and its private keys. */
export class CameraHandshake {
  private hash: Buffer;
  private chain: Buffer;
  private key: Buffer = Buffer.alloc(0);
  private sealedCount = 0;

  constructor(protocol: string, callId: Buffer, secret: Buffer, camera: { publicKey: Buffer } | null) {
    const name = ascii(protocol);
    this.hash = name.length <= 32 ? Buffer.concat([name, Buffer.alloc(32 - name.length)]) : sha256(name);
    this.chain = this.hash;
    this.mixHash(Buffer.concat([ascii('iot-p2p/1'), callId]));
    if (camera) this.mixHash(camera.publicKey);
    const psk = hkdf(Buffer.alloc(0), secret, 'iot-p2p/1 psk', 32);
    const keys = hkdf(this.chain, psk, '', 96);
    this.chain = keys.subarray(0, 32);
    this.mixHash(keys.subarray(32, 64));
    this.setKey(keys.subarray(64));
  }

  get handshakeHash(): string {
    return this.hash.toString('hex');
  }

  mixPublicKey(publicKey: Buffer): void {
    this.mixHash(publicKey);
    this.mixKey(publicKey);
  }

  mixShared(privateKey: Buffer, publicKey: Buffer): void {
    this.mixKey(Buffer.from(x25519.getSharedSecret(privateKey, publicKey)));
  }

  /** Opens what one message sealed. */
  payload(sealed: Buffer): Buffer {
    const plain = open(this.key, countingNonce(this.sealedCount++), this.hash, sealed);
    this.mixHash(sealed);
    return plain;
  }

  packetKeys(): { viewer: string; camera: string } {
    const keys = hkdf(this.chain, Buffer.alloc(0), '', 64);
    return { viewer: keys.toString('hex', 0, 32), camera: keys.toString('hex', 32) };
  }

  private mixHash(data: Uint8Array): void {
    this.hash = sha256(this.hash, data);
  }

  private mixKey(input: Uint8Array): void {
    const keys = hkdf(this.chain, input, '', 64);
    this.chain = keys.subarray(0, 32);
    this.setKey(keys.subarray(32));
  }

  private setKey(key: Buffer): void {
    this.key = key;
    this.sealedCount = 0;
  }
}

// docs/transport.md

export interface Packet {
  connectionId: number;
  packetNumber: number;
  frames: Record<string, unknown>[];
}

export const nextKey = (key: Buffer): Buffer => hkdf(Buffer.alloc(0), key, 'iot-p2p/1 ku', 32);

/** §5 of protocol.md: the reset that a camera makes of a packet, with what it knows after a restart. */
export function makeReset(secret: Buffer, staticPrivateKey: Buffer, packet: Buffer): Buffer {
  const hmac = (key: Buffer, ...parts: Buffer[]): Buffer =>
    createHmac('sha256', key).update(Buffer.concat(parts)).digest().subarray(0, 16);
  const resetKey = hkdf(Buffer.alloc(0), Buffer.concat([secret, staticPrivateKey]), 'iot-p2p/1 reset', 32);
  const header = packet.subarray(0, 8);
  const proof = hmac(hmac(resetKey, packet.subarray(1, 4)), header, packet.subarray(-16));
  return Buffer.concat([Buffer.of(0x82), header.subarray(1), proof]);
}

export function readPacket(key: Buffer, datagram: Buffer, keyPhase = 0): Packet {
  assert.equal(datagram[0], 0x80 | keyPhase);
  assert.ok(datagram.length <= 1448);
  const packetNumber = datagram.readUInt32BE(4);
  const plain = open(key, countingNonce(packetNumber), datagram.subarray(0, 8), datagram.subarray(8));
  const fields = new Fields(plain);
  const frames: Record<string, unknown>[] = [];
  while (fields.rest > 0) frames.push(readFrame(fields));
  return { connectionId: datagram.readUIntBE(1, 3), packetNumber, frames };
}

function readFrame(fields: Fields): Record<string, unknown> {
  const type = fields.number(1);
  switch (type) {
    case 0x01:
      return { type: 'PING' };
    case 0x02: {
      const largest = fields.number(4);
      const delayMs = fields.number(2) / 8;
      const more = fields.number(1);
      let low = largest - fields.number(2);
      const ranges = [[low, largest]];
      for (let i = 0; i < more; i++) {
        const high = low - fields.number(2) - 2;
        low = high - fields.number(2);
        ranges.push([low, high]);
      }
      return { type: 'ACK', delayMs, ranges };
    }
    case 0x0e:
    case 0x0f: {
      const stream = fields.number(4);
      const offset = fields.number(6);
      return {
        type: 'STREAM',
        stream,
        offset,
        isFin: type === 0x0f,
        data: fields.counted(2).toString('latin1'),
      };
    }
    case 0x10:
      return { type: 'MAX_DATA', limit: fields.number(6) };
    case 0x11:
      return { type: 'MAX_STREAM_DATA', stream: fields.number(4), limit: fields.number(6) };
    case 0x1f:
      return { type: 'IMMEDIATE_ACK' };
    case 0x1d:
      return { type: 'CLOSE', code: fields.number(4), reason: fields.counted(1).toString('utf8') };
    default:
      assert.fail(`frame ${type} is not in the vectors`);
  }
}
