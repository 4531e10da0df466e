import { ByteReader } from '../bytes/reader';
import { ByteWriter } from '../bytes/writer';
import { CLOCK_TOLERANCE_MS } from './replay-guard';

/**
 * Whether a camera is connected to the rendezvous: the retained message of its presence topic, inside an envelope.
 *
 *   presence = 0                              offline
 *            | 1 │ said at, ms since 1970 (6) online
 */
export type Presence =
  | { state: 'offline' }
  /** `saidAtMs` is the camera's wall clock. */
  | { state: 'online'; saidAtMs: number };

/** A camera says this often that it is online. */
export const PRESENCE_INTERVAL_MS = 60_000;
/** Older ones are of a camera that vanished together with its broker: nobody was left to publish its will. */
const MAX_AGE_MS = CLOCK_TOLERANCE_MS + PRESENCE_INTERVAL_MS;

const WireState = { Offline: 0, Online: 1 } as const;
const TWO_POW_32 = 0x100000000;

/** The result is the caller's. */
export function encodePresence(presence: Presence): Uint8Array {
  if (presence.state === 'offline') return Uint8Array.of(WireState.Offline);
  const saidAtMs = Math.max(0, Math.floor(presence.saidAtMs));
  return new ByteWriter()
    .u8(WireState.Online)
    .u16(Math.floor(saidAtMs / TWO_POW_32))
    .u32(saidAtMs % TWO_POW_32)
    .finish();
}

/** null for bytes that are no presence, to the last one. */
export function decodePresence(bytes: Uint8Array): Presence | null {
  const reader = new ByteReader(bytes);
  const state = reader.u8();
  if (state === WireState.Offline) return bytes.length === 1 ? { state: 'offline' } : null;
  const saidAtMs = reader.u16() * TWO_POW_32 + reader.u32();
  if (state !== WireState.Online || reader.failed || reader.remaining > 0) return null;
  return { state: 'online', saidAtMs };
}

/** Whether the word is so old, for a clock that may be wrong, that the camera is probably gone. */
export function isStalePresence(presence: Presence, wallMs: number): boolean {
  return presence.state === 'online' && wallMs - presence.saidAtMs > MAX_AGE_MS;
}
