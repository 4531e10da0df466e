import { ByteReader } from '../bytes/reader';
import { utf8Decode, utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { readCandidate, writeCandidate } from './candidate-codec';
import { isInboxTopic } from './topics';
import type { SignalMessage } from './types';

/**
 * message = version (1 byte, 1) | kind (1) | call id (8) | fields
 *
 *   offer:     sent at, ms since 1970 (6) | length (1) reply topic | length (2) handshake
 *   answer:    length (2) handshake
 *   candidate: as in candidate-codec
 *   refuse:    code (2) | length (1) detail as UTF-8
 *   bye:       nothing
 */
const VERSION = 1;
export const CALL_ID_BYTES = 8;
const MAX_HANDSHAKE_BYTES = 4096;
const MAX_DETAIL_BYTES = 200;
const MAX_TOPIC_BYTES = 64;
const TWO_POW_32 = 0x100000000;

const Kind = { Offer: 1, Answer: 2, Candidate: 3, Refuse: 4, Bye: 5 } as const;
const WIRE_KIND: Record<SignalMessage['kind'], number> = {
  offer: Kind.Offer,
  answer: Kind.Answer,
  candidate: Kind.Candidate,
  refuse: Kind.Refuse,
  bye: Kind.Bye,
};

/** `callId` must have 8 bytes. A long `detail` is cut. The result is the caller's. */
export function encodeSignalMessage(message: SignalMessage): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(WIRE_KIND[message.kind]).bytes(message.callId);
  switch (message.kind) {
    case 'offer': {
      const topic = utf8Encode(message.replyTopic);
      const sentAtMs = Math.max(0, Math.floor(message.sentAtMs));
      writer.u16(Math.floor(sentAtMs / TWO_POW_32)).u32(sentAtMs % TWO_POW_32);
      writer.u8(topic.length).bytes(topic).u16(message.handshake.length).bytes(message.handshake);
      break;
    }
    case 'answer':
      writer.u16(message.handshake.length).bytes(message.handshake);
      break;
    case 'candidate':
      writeCandidate(writer, message.candidate);
      break;
    case 'refuse': {
      const detail = utf8Encode(message.detail).subarray(0, MAX_DETAIL_BYTES);
      writer.u16(message.code).u8(detail.length).bytes(detail);
      break;
    }
    case 'bye':
      break;
  }
  return writer.finish();
}

/** null when the bytes are no message of this version, to the last byte. */
export function decodeSignalMessage(bytes: Uint8Array): SignalMessage | null {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return null;
  const kind = reader.u8();
  const callId = reader.bytes(CALL_ID_BYTES).slice();
  const message = readFields(kind, callId, reader);
  return reader.failed || reader.remaining > 0 ? null : message;
}

function readFields(kind: number, callId: Uint8Array, reader: ByteReader): SignalMessage | null {
  switch (kind) {
    case Kind.Offer: {
      const sentAtMs = reader.u16() * TWO_POW_32 + reader.u32();
      const replyTopic = readText(reader, MAX_TOPIC_BYTES);
      if (!isInboxTopic(replyTopic)) reader.fail();
      return { kind: 'offer', callId, replyTopic, sentAtMs, handshake: readHandshake(reader) };
    }
    case Kind.Answer:
      return { kind: 'answer', callId, handshake: readHandshake(reader) };
    case Kind.Candidate:
      return { kind: 'candidate', callId, candidate: readCandidate(reader) };
    case Kind.Refuse:
      return { kind: 'refuse', callId, code: reader.u16(), detail: readText(reader, MAX_DETAIL_BYTES) };
    case Kind.Bye:
      return { kind: 'bye', callId };
    default:
      return null;
  }
}

function readHandshake(reader: ByteReader): Uint8Array {
  const byteCount = reader.u16();
  if (byteCount > MAX_HANDSHAKE_BYTES) reader.fail();
  return reader.bytes(byteCount).slice();
}

function readText(reader: ByteReader, maxBytes: number): string {
  const byteCount = reader.u8();
  if (byteCount > maxBytes) reader.fail();
  return utf8Decode(reader.bytes(byteCount));
}
