/** The STUN messages of connectivity checks (RFC 8445 §7.1, §7.3). */
import type { TransportAddress } from './ip-address';
import { StunAttribute, StunClass, StunErrorCode } from './stun-attributes';
import { StunBuilder } from './stun-builder';
import type { StunMessage } from './stun-message';

export type IceRole = 'controlling' | 'controlled';

export interface CheckRequest {
  transactionId: Uint8Array;
  /** "remote:local" as the sender sees it. */
  username: string;
  /** The remote password as bytes. */
  key: Uint8Array;
  /** Priority that a peer-reflexive candidate found by this check would have. */
  priority: number;
  role: IceRole;
  tieBreaker: Uint8Array;
  /** USE-CANDIDATE: only the controlling side may ask for it. */
  nominates: boolean;
}

export function buildCheckRequest(request: CheckRequest): Uint8Array {
  const { IceControlling, IceControlled } = StunAttribute;
  const builder = new StunBuilder(StunClass.Request, request.transactionId)
    .username(request.username)
    .priority(request.priority)
    .attribute(request.role === 'controlling' ? IceControlling : IceControlled, request.tieBreaker);
  if (request.nominates) builder.useCandidate();
  return builder.integrity(request.key).fingerprint().finish();
}

/** `key` is the local password: the same that the request was checked with. */
export function buildCheckSuccess(request: StunMessage, from: TransportAddress, key: Uint8Array): Uint8Array {
  return new StunBuilder(StunClass.Success, request.transactionId)
    .xorMappedAddress(from)
    .integrity(key)
    .fingerprint()
    .finish();
}

export function buildCheckError(request: StunMessage, code: number, key: Uint8Array): Uint8Array {
  const builder = new StunBuilder(StunClass.Error, request.transactionId).errorCode(code);
  if (code === StunErrorCode.UnknownAttribute) builder.unknownAttributes(request.unknownRequired);
  return builder.integrity(key).fingerprint().finish();
}

/**
 * What a request says about the roles (§7.3.1.1): 'none' when they differ as they should, 'switch' when we have to take
 * the other role, 'refuse' when the peer has to (487).
 */
export function resolveRoleConflict(
  request: StunMessage,
  ownRole: IceRole,
  ownTieBreaker: Uint8Array,
): 'none' | 'switch' | 'refuse' {
  const theirs = ownRole === 'controlling' ? request.iceControlling : request.iceControlled;
  if (theirs === null) return 'none';
  const isOursLarger = compareBytes(ownTieBreaker, theirs) >= 0;
  return isOursLarger === (ownRole === 'controlling') ? 'refuse' : 'switch';
}

export function oppositeRole(role: IceRole): IceRole {
  return role === 'controlling' ? 'controlled' : 'controlling';
}

/** As numbers in network order; both have the same length. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
