import type { FillRandom } from '../port/port';
import type { IceCredentials } from './types';

/** ice-char of RFC 8839 §5.4: letters, digits, "+" and "/": 64 of them, so six bits make one without bias. */
const ICE_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** 48 bits: RFC 8445 §5.3 asks for 24; the rest keeps the fragments of many sessions on one socket apart. */
const UFRAG_CHARS = 8;
/** 144 bits: RFC 8445 §5.3 asks for 128. */
const PASSWORD_CHARS = 24;
const UFRAG_PATTERN = /^[A-Za-z0-9+/]{4,256}$/;
const PASSWORD_PATTERN = /^[A-Za-z0-9+/]{22,256}$/;

export function makeIceCredentials(fillRandom: FillRandom): IceCredentials {
  const random = new Uint8Array(UFRAG_CHARS + PASSWORD_CHARS);
  fillRandom(random);
  let text = '';
  for (let i = 0; i < random.length; i++) text += ICE_CHARS.charAt(random[i]! & 63);
  return { ufrag: text.slice(0, UFRAG_CHARS), password: text.slice(UFRAG_CHARS) };
}

/** Whether a peer's credentials keep to the grammar and to the least lengths of RFC 8445 §5.3. */
export function areIceCredentials(credentials: IceCredentials): boolean {
  return UFRAG_PATTERN.test(credentials.ufrag) && PASSWORD_PATTERN.test(credentials.password);
}
