import { ByteReader } from '../bytes/reader';
import { utf8Decode } from '../bytes/utf8';
import { MAX_PACKET_BYTES, PacketType } from './mqtt-codec';

/** The packets a broker sends. None of these may throw. */
export interface MqttPacketHandler {
  onConnAck(returnCode: number): void;
  /** `payload` is borrowed until the call returns. `packetId` is 0 with QoS 0. */
  onPublish(topic: string, payload: Uint8Array, packetId: number, isRetained: boolean): void;
  onPubAck(packetId: number): void;
  /** 0 and 1 are the granted QoS, 0x80 is a refusal. */
  onSubAck(packetId: number, returnCode: number): void;
  onPingResp(): void;
}

const MAX_LENGTH_BYTES = 4; // §2.2.3

/**
 * Cuts what a broker sends into packets, in pieces of any size: a WebSocket message may hold several packets or a part of
 * one (§6). Packets no client of ours can get (QoS 2, those of a client) count as broken.
 */
export class MqttParser {
  private firstByte = -1;
  private bodyBytes = 0;
  private lengthBytes = 0;
  /** A body that began in earlier bytes; null while a header is read. */
  private partial: Uint8Array | null = null;
  private partialBytes = 0;
  private isOver = false;

  constructor(private readonly handler: MqttPacketHandler) {}

  /** Returns false when the bytes break the protocol; nothing is read any more then. */
  push(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && !this.isOver) {
      if (this.partial !== null) {
        const taken = Math.min(bytes.length - at, this.bodyBytes - this.partialBytes);
        this.partial.set(bytes.subarray(at, at + taken), this.partialBytes);
        this.partialBytes += taken;
        at += taken;
        if (this.partialBytes === this.bodyBytes && !this.readBody(this.partial)) return this.fail();
      } else if (this.firstByte < 0) {
        this.firstByte = bytes[at++]!;
      } else {
        const isHeaderComplete = this.addLengthByte(bytes[at++]!);
        if (
          this.bodyBytes > MAX_PACKET_BYTES ||
          (!isHeaderComplete && this.lengthBytes === MAX_LENGTH_BYTES)
        ) {
          return this.fail();
        }
        if (!isHeaderComplete) continue;
        if (bytes.length - at >= this.bodyBytes) {
          const end = at + this.bodyBytes;
          if (!this.readBody(bytes.subarray(at, end))) return this.fail();
          at = end;
        } else {
          this.partial = new Uint8Array(this.bodyBytes);
          this.partialBytes = 0;
        }
      }
    }
    return true;
  }

  /** Nothing is reported any more, not even the rest of the bytes that are being read. */
  stop(): void {
    this.isOver = true;
  }

  private fail(): false {
    this.isOver = true;
    return false;
  }

  /** Returns whether this was the last byte of the remaining length. */
  private addLengthByte(byte: number): boolean {
    this.bodyBytes += (byte & 127) * Math.pow(128, this.lengthBytes++);
    return byte < 128;
  }

  private readBody(body: Uint8Array): boolean {
    const type = this.firstByte >> 4;
    const flags = this.firstByte & 15;
    this.firstByte = -1;
    this.bodyBytes = this.lengthBytes = 0;
    this.partial = null;
    if (type === PacketType.Publish) return this.readPublish(flags, body);
    return flags === 0 && this.readAnswer(type, body);
  }

  /** §3.3. QoS 2 is never granted to us. */
  private readPublish(flags: number, body: Uint8Array): boolean {
    const qos = (flags >> 1) & 3;
    const reader = new ByteReader(body);
    const topicBytes = reader.bytes(reader.u16());
    const packetId = qos > 0 ? reader.u16() : 0;
    if (reader.failed || topicBytes.length === 0 || qos > 1 || (qos === 1 && packetId === 0)) return false;
    const payload = body.subarray(reader.offset);
    this.handler.onPublish(utf8Decode(topicBytes), payload, packetId, (flags & 1) === 1);
    return true;
  }

  private readAnswer(type: number, body: Uint8Array): boolean {
    if (type === PacketType.PingResp) {
      if (body.length === 0) this.handler.onPingResp();
      return body.length === 0;
    }
    const high = body[0] ?? 0;
    const low = body[1] ?? 0;
    switch (type) {
      case PacketType.ConnAck: // acknowledge flags, return code (§3.2.2)
        if (body.length !== 2 || high > 1) return false;
        this.handler.onConnAck(low);
        return true;
      case PacketType.PubAck:
        if (body.length !== 2) return false;
        this.handler.onPubAck((high << 8) | low);
        return true;
      case PacketType.SubAck:
        if (body.length !== 3) return false; // one topic was asked for
        this.handler.onSubAck((high << 8) | low, body[2]!);
        return true;
      case PacketType.UnsubAck:
        return body.length === 2;
      default:
        return false;
    }
  }
}
