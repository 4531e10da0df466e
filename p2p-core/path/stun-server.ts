/** The answering side of STUN Binding (RFC 8489 §6.3.1) without credentials: pure, for a stateless responder. */
import { canonicalIp } from './ip-address';
import { StunErrorCode, StunClass, StunMethod } from './stun-attributes';
import { StunBuilder } from './stun-builder';
import { parseStunMessage } from './stun-message';

/**
 * The answer to one datagram that came from `fromAddress`:`fromPort`: XOR-MAPPED-ADDRESS for a Binding request, 420 for
 * one with attributes that must be understood and are not, null for everything else (which deserves silence). An answer
 * is less than three times as large as its request. FINGERPRINT is added when the request had it.
 */
export function answerBindingRequest(
  message: Uint8Array,
  fromAddress: string,
  fromPort: number,
): Uint8Array | null {
  const request = parseStunMessage(message);
  if (request === null || request.method !== StunMethod.Binding) return null;
  const address = canonicalIp(fromAddress);
  if (request.messageClass !== StunClass.Request || address === null) return null;
  let answer: StunBuilder;
  if (request.unknownRequired.length > 0) {
    answer = new StunBuilder(StunClass.Error, request.transactionId)
      .errorCode(StunErrorCode.UnknownAttribute)
      .unknownAttributes(request.unknownRequired);
  } else {
    answer = new StunBuilder(StunClass.Success, request.transactionId);
    answer.xorMappedAddress({ address, port: fromPort });
  }
  return (request.hasFingerprint ? answer.fingerprint() : answer).finish();
}
