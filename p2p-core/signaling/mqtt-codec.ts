import { utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { ErrCode, P2PError } from '../errors';

/**
 * The packets a client sends, of the part of MQTT 3.1.1 that we use: clean sessions, QoS 0 and 1, a will, one topic for
 * each SUBSCRIBE. Section numbers are those of the OASIS standard of 29 October 2014.
 */

/** Larger packets are neither sent nor accepted. */
export const MAX_PACKET_BYTES = 65536;

export const PacketType = {
  Connect: 1,
  ConnAck: 2,
  Publish: 3,
  PubAck: 4,
  Subscribe: 8,
  SubAck: 9,
  Unsubscribe: 10,
  UnsubAck: 11,
  PingReq: 12,
  PingResp: 13,
  Disconnect: 14,
} as const;

export interface MqttLogin {
  user: string;
  password: string;
}

/** Published by the broker when this client vanishes without DISCONNECT (§3.1.2.5). */
export interface MqttWill {
  topic: string;
  payload: Uint8Array;
  isRetained: boolean;
}

export interface MqttConnect {
  /** 1 to 23 characters are accepted by every broker (§3.1.3.1). */
  clientId: string;
  login?: MqttLogin;
  will?: MqttWill;
  keepAliveSeconds: number;
}

const PROTOCOL_LEVEL = 4; // §3.1.2.2
const ConnectFlag = {
  CleanSession: 0x02,
  Will: 0x04,
  WillQos1: 0x08,
  WillRetain: 0x20,
  Password: 0x40,
  User: 0x80,
};
// SUBSCRIBE and UNSUBSCRIBE must carry these reserved flags (§3.8.1, §3.10.1).
const SUBSCRIBE_FLAGS = 0x02;

/** CONNECT (§3.1), always with a clean session: what must survive a reconnect is remembered by us, not by the broker. */
export function encodeConnect({ clientId, login, will, keepAliveSeconds }: MqttConnect): Uint8Array {
  let flags = ConnectFlag.CleanSession;
  if (will !== undefined) flags |= ConnectFlag.Will | ConnectFlag.WillQos1;
  if (will !== undefined && will.isRetained) flags |= ConnectFlag.WillRetain;
  if (login !== undefined) flags |= ConnectFlag.User | ConnectFlag.Password;
  const body = new ByteWriter();
  writeString(body, 'MQTT');
  body.u8(PROTOCOL_LEVEL).u8(flags).u16(keepAliveSeconds);
  writeString(body, clientId);
  if (will !== undefined) {
    writeString(body, will.topic);
    writeBinary(body, will.payload);
  }
  if (login !== undefined) {
    writeString(body, login.user);
    writeString(body, login.password);
  }
  return packet(PacketType.Connect, 0, body);
}

/** PUBLISH (§3.3). `packetId` is 1 to 65535 with QoS 1 and not sent with QoS 0. */
export function encodePublish(
  topic: string,
  payload: Uint8Array,
  qos: 0 | 1,
  isRetained: boolean,
  packetId: number,
): Uint8Array {
  const body = new ByteWriter(topic.length + payload.length + 8);
  writeString(body, topic);
  if (qos > 0) body.u16(packetId);
  body.bytes(payload);
  return packet(PacketType.Publish, (qos << 1) | (isRetained ? 1 : 0), body);
}

/** PUBACK (§3.4). */
export function encodePubAck(packetId: number): Uint8Array {
  return packet(PacketType.PubAck, 0, new ByteWriter().u16(packetId));
}

/** SUBSCRIBE to one topic filter (§3.8). */
export function encodeSubscribe(packetId: number, topic: string, qos: 0 | 1): Uint8Array {
  const body = new ByteWriter().u16(packetId);
  writeString(body, topic);
  return packet(PacketType.Subscribe, SUBSCRIBE_FLAGS, body.u8(qos));
}

/** UNSUBSCRIBE from one topic filter (§3.10). */
export function encodeUnsubscribe(packetId: number, topic: string): Uint8Array {
  const body = new ByteWriter().u16(packetId);
  writeString(body, topic);
  return packet(PacketType.Unsubscribe, SUBSCRIBE_FLAGS, body);
}

/** PINGREQ (§3.12). */
export function encodePingReq(): Uint8Array {
  return Uint8Array.of(PacketType.PingReq << 4, 0);
}

/** DISCONNECT (§3.14): the broker drops the will. */
export function encodeDisconnect(): Uint8Array {
  return Uint8Array.of(PacketType.Disconnect << 4, 0);
}

/** Puts the fixed header in front: type, flags, and the remaining length, seven bits a byte (§2.2). */
function packet(type: number, flags: number, body: ByteWriter): Uint8Array {
  if (body.length > MAX_PACKET_BYTES) {
    throw new P2PError(
      ErrCode.BadArgument,
      `MQTT packet: at most ${MAX_PACKET_BYTES} bytes, got ${body.length}`,
    );
  }
  const whole = new ByteWriter(body.length + 5).u8((type << 4) | flags);
  let length = body.length;
  while (length > 127) {
    whole.u8((length & 127) | 128);
    length >>>= 7;
  }
  return whole.u8(length).bytes(body.finish()).finish();
}

/** A length of two bytes and UTF-8 text (§1.5.3). */
function writeString(body: ByteWriter, text: string): void {
  writeBinary(body, utf8Encode(text));
}

function writeBinary(body: ByteWriter, bytes: Uint8Array): void {
  if (bytes.length > 0xffff) throw new P2PError(ErrCode.BadArgument, 'MQTT field: at most 65535 bytes');
  body.u16(bytes.length).bytes(bytes);
}
