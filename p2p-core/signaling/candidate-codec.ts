import type { ByteReader } from '../bytes/reader';
import { utf8Decode, utf8Encode } from '../bytes/utf8';
import type { ByteWriter } from '../bytes/writer';
import type { Candidate, CandidateKind } from '../path/types';

/**
 * candidate = kind (1 byte) | port (2) | priority (4) | length (1) | address as ASCII text
 *
 * The address must be a literal: a name would make the receiver ask its resolver on behalf of the sender.
 */
const KINDS: readonly CandidateKind[] = ['host', 'srflx', 'prflx', 'relay'];
const MAX_ADDRESS_BYTES = 45; // the longest IPv6 text, with an embedded IPv4 address
const MAX_PRIORITY = 0x7fffffff; // RFC 8445 §5.1.2

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const IPV6 = /^(?=.*:.*:)[0-9A-Fa-f:]{2,39}(?:\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})?$/;

export function writeCandidate(writer: ByteWriter, candidate: Candidate): void {
  const address = utf8Encode(candidate.address);
  writer
    .u8(KINDS.indexOf(candidate.kind))
    .u16(candidate.port)
    .u32(candidate.priority)
    .u8(address.length)
    .bytes(address);
}

/** A candidate that is impossible makes the reader fail. */
export function readCandidate(reader: ByteReader): Candidate {
  const kind = KINDS[reader.u8()];
  const port = reader.u16();
  const priority = reader.u32();
  const addressBytes = reader.u8();
  if (addressBytes > MAX_ADDRESS_BYTES) reader.fail();
  const address = utf8Decode(reader.bytes(addressBytes));
  const isPossible = port > 0 && priority > 0 && priority <= MAX_PRIORITY && isAddressLiteral(address);
  if (kind === undefined || !isPossible) reader.fail();
  return { kind: kind ?? 'host', address, port, priority };
}

function isAddressLiteral(address: string): boolean {
  return IPV4.test(address) || IPV6.test(address);
}
