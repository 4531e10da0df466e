import type { TransportAddress } from '../path/ip-address';

/** `host:port`, `[v6]:port`, with or without `stun:` or `turn:` before it; the caller has checked it. */
export function parseHostPort(server: string): TransportAddress {
  const text = server.replace(/^(?:stun|turn):/, '');
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
