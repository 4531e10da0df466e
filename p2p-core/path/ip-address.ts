/** IP addresses as text and as network-order bytes: 4 for IPv4, 16 for IPv6. */

export interface TransportAddress {
  /** IPv4 dotted or IPv6 text (RFC 5952). */
  address: string;
  port: number;
}

/** What an address may be used for; decides what is offered as a candidate and what is checked. */
export type IpScope = 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'broadcast' | 'unicast';

const IPV4_PART = /^(0|[1-9][0-9]{0,2})$/;
const IPV6_GROUP = /^[0-9a-fA-F]{1,4}$/;
/** The longest text of an IPv6 address: six groups and an embedded IPv4 address. */
const MAX_TEXT_LENGTH = 45;
/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2): how a dual-stack socket reports IPv4 peers. */
const IPV4_MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Text to bytes; null when it is neither an IPv4 nor an IPv6 address. A zone (`%eth0`) is refused. */
export function parseIp(text: string): Uint8Array | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  return text.indexOf(':') < 0 ? parseIpv4(text) : parseIpv6(text);
}

/** Bytes to text, IPv6 as RFC 5952 wants it. `bytes` has 4 or 16 elements. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatIpv4(bytes, 0);
  if (isIpv4Mapped(bytes)) return '::ffff:' + formatIpv4(bytes, 12);
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  const run = longestZeroRun(groups);
  if (run.length < 2) return joinGroups(groups);
  return joinGroups(groups.slice(0, run.start)) + '::' + joinGroups(groups.slice(run.start + run.length));
}

/** One text per address, so that texts can be compared; an IPv4-mapped address becomes IPv4. Null when it is no address. */
export function canonicalIp(text: string): string | null {
  const bytes = parseIp(text);
  if (bytes === null) return null;
  return bytes.length === 16 && isIpv4Mapped(bytes) ? formatIpv4(bytes, 12) : formatIp(bytes);
}

/** `canonicalIp` of senders: asked for each datagram, and most come from where the last one did. IPv4 is left as it is. */
export class SenderText {
  private last = '';
  private canonical: string | null = null;

  of(address: string): string | null {
    if (address.indexOf(':') < 0) return address;
    if (address !== this.last) this.canonical = canonicalIp((this.last = address));
    return this.canonical;
  }
}

/** 4 or 6, of a text that `canonicalIp` made. */
export function ipFamily(canonicalText: string): 4 | 6 {
  return canonicalText.indexOf(':') < 0 ? 4 : 6;
}

export function isPort(value: number): boolean {
  return value > 0 && value <= 0xffff && value % 1 === 0;
}

/** The scope of an address (RFC 6890 for IPv4, RFC 4291 §2.4 for IPv6); `bytes` has 4 or 16 elements. */
export function ipScope(bytes: Uint8Array): IpScope {
  return bytes.length === 4 ? ipv4Scope(bytes) : ipv6Scope(bytes);
}

/**
 * From how far an address can be reached: 0 this machine, 1 this site (RFC 1918, RFC 6598, RFC 4193, link-local), 2
 * everywhere. `bytes` has 4 or 16 elements.
 */
export function ipReach(bytes: Uint8Array): 0 | 1 | 2 {
  const scope = ipScope(bytes);
  if (scope === 'loopback') return 0;
  if (scope !== 'unicast') return 1;
  if (bytes.length === 16 && !isIpv4Mapped(bytes)) return (bytes[0]! & 0xfe) === 0xfc ? 1 : 2;
  const [first, second] = bytes.length === 4 ? [bytes[0]!, bytes[1]!] : [bytes[12]!, bytes[13]!];
  const isSite =
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isSite ? 1 : 2;
}

function ipv4Scope(bytes: Uint8Array): IpScope {
  const first = bytes[0]!;
  if (first === 0) return 'unspecified';
  if (first === 127) return 'loopback';
  if (first === 169 && bytes[1] === 254) return 'link-local';
  if (first >= 224 && first < 240) return 'multicast';
  // 240.0.0.0/4 is reserved; its last address is the limited broadcast. No packet may go to any of them.
  return first >= 240 ? 'broadcast' : 'unicast';
}

function ipv6Scope(bytes: Uint8Array): IpScope {
  if (isIpv4Mapped(bytes)) return ipv4Scope(bytes.subarray(12));
  const first = bytes[0]!;
  if (first === 0xff) return 'multicast';
  if (first === 0xfe && (bytes[1]! & 0xc0) === 0x80) return 'link-local';
  for (let i = 0; i < 15; i++) if (bytes[i] !== 0) return 'unicast';
  if (bytes[15] === 0) return 'unspecified';
  return bytes[15] === 1 ? 'loopback' : 'unicast';
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    // A leading zero is refused: some systems would read such a part as octal.
    if (!IPV4_PART.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const isCompressed = halves.length === 2;
  const head = parseGroups(halves[0]!, !isCompressed);
  const tail = isCompressed ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group.
  if (isCompressed ? missing < 2 : missing !== 0) return null;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups separated by colons; an IPv4 address may take the place of the last two groups of the text. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    if (IPV6_GROUP.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const embedded = mayEndInIpv4 && i === groups.length - 1 ? parseIpv4(group) : null;
    if (embedded === null) return null;
    for (let k = 0; k < 4; k++) bytes.push(embedded[k]!);
  }
  return bytes.length <= 16 ? bytes : null;
}

function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 12; i++) if (bytes[i] !== IPV4_MAPPED_PREFIX[i]) return false;
  return true;
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

function joinGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
