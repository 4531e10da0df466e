import { ByteReader } from '../bytes/reader';
import { utf8Decode, utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import type { Candidate } from '../path/types';
import { readCandidate, writeCandidate } from './candidate-codec';
import type { CallDescription } from './types';

/**
 * description = version (1 byte) | length (1) ufrag | length (1) password | connection id (3) | count (1) candidates | options
 * option      = type (1) | length (1) | value
 *
 * Later versions only append options: unknown ones are skipped, and what is no option ends them.
 */
const MAX_CREDENTIAL_BYTES = 64;
/** The most candidates of one description; what is above is not sent, and refused when received. */
export const MAX_CANDIDATES = 32;

const OptionType = { ResetToken: 1 } as const;
const RESET_TOKEN_BYTES = 16;

// ice-char, RFC 8839 §5.4
const ICE_CHARS = /^[0-9A-Za-z+/]+$/;

/** `description.candidates` beyond MAX_CANDIDATES are left out. The result is the caller's. */
export function encodeCallDescription(description: CallDescription): Uint8Array {
  const ufrag = utf8Encode(description.ice.ufrag);
  const password = utf8Encode(description.ice.password);
  const candidates = description.candidates.slice(0, MAX_CANDIDATES);
  const writer = new ByteWriter()
    .u8(description.version)
    .u8(ufrag.length)
    .bytes(ufrag)
    .u8(password.length)
    .bytes(password)
    .u24(description.connectionId)
    .u8(candidates.length);
  for (const candidate of candidates) writeCandidate(writer, candidate);
  const { resetToken } = description;
  if (resetToken !== undefined) writer.u8(OptionType.ResetToken).u8(resetToken.length).bytes(resetToken);
  return writer.finish();
}

/** null when the bytes are no description. */
export function decodeCallDescription(bytes: Uint8Array): CallDescription | null {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const ufrag = readCredential(reader);
  const password = readCredential(reader);
  const connectionId = reader.u24();
  const count = reader.u8();
  if (version === 0 || count > MAX_CANDIDATES) return null;
  const candidates: Candidate[] = [];
  for (let i = 0; i < count && !reader.failed; i++) candidates.push(readCandidate(reader));
  if (reader.failed) return null;
  const description: CallDescription = { version, ice: { ufrag, password }, connectionId, candidates };
  readOptions(reader, description);
  return description;
}

function readOptions(reader: ByteReader, description: CallDescription): void {
  while (reader.remaining > 0) {
    const type = reader.u8();
    const value = reader.bytes(reader.u8());
    if (reader.failed) return;
    if (type === OptionType.ResetToken && value.length === RESET_TOKEN_BYTES)
      description.resetToken = value.slice();
  }
}

function readCredential(reader: ByteReader): string {
  const byteCount = reader.u8();
  if (byteCount > MAX_CREDENTIAL_BYTES) reader.fail();
  const text = utf8Decode(reader.bytes(byteCount));
  if (!ICE_CHARS.test(text)) reader.fail();
  return text;
}
