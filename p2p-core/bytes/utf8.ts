/** UTF-8 without TextEncoder and TextDecoder, which mini programs do not have. */

const REPLACEMENT = 0xfffd;

/** UTF-16 text to UTF-8 bytes. An unpaired surrogate becomes U+FFFD, as in TextEncoder. The result is the caller's. */
export function utf8Encode(text: string): Uint8Array {
  // One UTF-16 unit takes at most three bytes; a surrogate pair takes four for two units.
  const bytes = new Uint8Array(text.length * 3);
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        code = REPLACEMENT;
      }
    }
    if (code < 0x80) {
      bytes[end++] = code;
    } else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6);
      bytes[end++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[end++] = 0xe0 | (code >> 12);
      bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[end++] = 0x80 | (code & 0x3f);
    } else {
      bytes[end++] = 0xf0 | (code >> 18);
      bytes[end++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[end++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.slice(0, end);
}

/**
 * UTF-8 bytes to text. Never throws: every maximal part of an invalid sequence becomes one U+FFFD (Unicode §3.9, table
 * 3-8, as TextDecoder does). A byte order mark is kept as U+FEFF.
 */
export function utf8Decode(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i++]!;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    let more: number;
    let code: number;
    // The first continuation byte has a narrower range after E0, ED, F0 and F4: no overlong form, no surrogate, no
    // code point above U+10FFFF.
    let lowest = 0x80;
    let highest = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
      code = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      code = lead & 0x0f;
      if (lead === 0xe0) lowest = 0xa0;
      if (lead === 0xed) highest = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      code = lead & 0x07;
      if (lead === 0xf0) lowest = 0x90;
      if (lead === 0xf4) highest = 0x8f;
    } else {
      more = 0;
      code = REPLACEMENT;
    }
    while (more > 0) {
      const next = i < bytes.length ? bytes[i]! : 0;
      if (next < lowest || next > highest) {
        code = REPLACEMENT;
        break;
      }
      code = (code << 6) | (next & 0x3f);
      lowest = 0x80;
      highest = 0xbf;
      i++;
      more--;
    }
    if (code < 0x10000) {
      text += String.fromCharCode(code);
    } else {
      text += String.fromCharCode(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  return text;
}
