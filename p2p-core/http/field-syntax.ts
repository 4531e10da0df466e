/** Character classes of RFC 9110 §5, shared by reader and writer so that we never send what we would refuse. */

// token = 1*tchar, RFC 9110 §5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// field-value: HTAB, SP, VCHAR and obs-text, RFC 9110 §5.5
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// what a request target may hold: visible ASCII without the fragment mark (RFC 9112 §3.2, RFC 3986 §2)
const REQUEST_TARGET = /^[!"$-~]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

export function isRequestTarget(text: string): boolean {
  return REQUEST_TARGET.test(text);
}

/** Bytes as characters of the same code (ISO-8859-1): heads are ASCII, and obs-text stays opaque (RFC 9110 §5.5). */
export function latin1Decode(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** The inverse of `latin1Decode`; the caller has made sure that no character is above U+00FF. */
export function latin1Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
