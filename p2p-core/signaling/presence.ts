/** Whether a camera is connected to the rendezvous: the retained message of its presence topic, inside an envelope. */
export type Presence = 'online' | 'offline';

const WIRE_VALUE: Record<Presence, number> = { offline: 0, online: 1 };

export function encodePresence(presence: Presence): Uint8Array {
  return Uint8Array.of(WIRE_VALUE[presence]);
}

/** null for anything else than one known byte. */
export function decodePresence(bytes: Uint8Array): Presence | null {
  if (bytes.length !== 1) return null;
  if (bytes[0] === WIRE_VALUE.online) return 'online';
  return bytes[0] === WIRE_VALUE.offline ? 'offline' : null;
}
