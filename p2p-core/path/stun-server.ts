/** The answering side of STUN Binding (RFC 8489 §6.3.1) without credentials: pure, for a stateless responder. */
import { canonicalIp } from './ip-address';
import type { TransportAddress } from './ip-address';
import { StunAttribute, StunErrorCode, StunClass, StunMethod } from './stun-attributes';
import { StunBuilder } from './stun-builder';
import { parseStunMessage, stunU32 } from './stun-message';

/** Of CHANGE-REQUEST (RFC 5780 §7.2). */
export const CHANGE_IP = 4;
export const CHANGE_PORT = 2;

/** What a server with two addresses and two ports says of itself (RFC 5780 §7.3, §7.4). */
export interface ServerAddresses {
  /** Where this answer is sent from. */
  origin: TransportAddress;
  /** The other address with the other port. */
  other: TransportAddress;
}

/**
 * The answer to one datagram that came from `fromAddress`:`fromPort`: XOR-MAPPED-ADDRESS for a Binding request, 420 for
 * one with attributes that must be understood and are not, null for everything else (which deserves silence). An answer
 * is at most three times as large as its request. FINGERPRINT is added when the request had it. CHANGE-REQUEST is
 * understood where there are `addresses`; to follow it is the caller's.
 */
export function answerBindingRequest(
  message: Uint8Array,
  fromAddress: string,
  fromPort: number,
  addresses: ServerAddresses | null = null,
): Uint8Array | null {
  const request = parseStunMessage(message);
  if (request === null || request.method !== StunMethod.Binding) return null;
  const address = canonicalIp(fromAddress);
  if (request.messageClass !== StunClass.Request || address === null) return null;
  const unknown = request.unknownRequired.filter(
    (type) => addresses === null || type !== StunAttribute.ChangeRequest,
  );
  let answer: StunBuilder;
  if (unknown.length > 0) {
    answer = new StunBuilder(StunClass.Error, request.transactionId)
      .errorCode(StunErrorCode.UnknownAttribute)
      .unknownAttributes(unknown);
  } else {
    answer = new StunBuilder(StunClass.Success, request.transactionId);
    answer.xorMappedAddress({ address, port: fromPort });
    if (addresses !== null) {
      answer.plainAddress(StunAttribute.ResponseOrigin, addresses.origin);
      answer.plainAddress(StunAttribute.OtherAddress, addresses.other);
    }
  }
  return (request.hasFingerprint ? answer.fingerprint() : answer).finish();
}

/** From where a Binding request wants its answer: CHANGE_IP and CHANGE_PORT, 0 when it does not care. */
export function changeRequestOf(message: Uint8Array): number {
  const request = parseStunMessage(message);
  const flags = request === null ? null : stunU32(request, StunAttribute.ChangeRequest);
  return (flags ?? 0) & (CHANGE_IP | CHANGE_PORT);
}
