import { createHash, randomBytes } from 'node:crypto';

export interface Login {
  user: string;
  password: string;
}

/** A URL without its login, and the login; null where there is none. */
export function splitLogin(text: string): { url: URL; login: Login | null } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = url.password = '';
  if (username === '' && password === '') return { url, login: null };
  return { url, login: { user: decode(username), password: decode(password) } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a password with a bare % in it
  }
}

const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256' };

/**
 * What to say to a challenge (`WWW-Authenticate`), as HTTP and RTSP have it: Digest (RFC 7616: MD5 or SHA-256, `auth` or as in
 * RFC 2069) where it is offered, else Basic (RFC 7617). Null: neither is.
 */
export function authorization(
  challenges: readonly string[],
  login: Login,
  { method, uri, cnonce = randomBytes(8).toString('hex') }: { method: string; uri: string; cnonce?: string },
): string | null {
  const digests = challenges.filter((text) => /^Digest\s/i.test(text)).map(parametersOf);
  const known = digests.filter(({ algorithm = 'MD5' }) => Object.hasOwn(HASHES, algorithm.toUpperCase()));
  const offered = known.find(({ algorithm }) => algorithm?.toUpperCase() === 'SHA-256') ?? known[0];
  if (offered !== undefined) return digest(offered, login, { method, uri, cnonce });
  if (!challenges.some((text) => /^Basic\b/i.test(text))) return null;
  return `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
}

function digest(
  offered: Record<string, string>,
  { user, password }: Login,
  { method, uri, cnonce }: { method: string; uri: string; cnonce: string },
): string {
  const { realm = '', nonce = '', opaque, algorithm, qop } = offered;
  const hash = (text: string): string =>
    createHash(HASHES[algorithm?.toUpperCase() ?? 'MD5']!)
      .update(text)
      .digest('hex');
  const secret = hash(`${user}:${realm}:${password}`);
  const what = hash(`${method}:${uri}`);
  const hasQop = qop?.split(/\s*,\s*/).includes('auth') === true;
  const response = hash(
    hasQop ? `${secret}:${nonce}:00000001:${cnonce}:auth:${what}` : `${secret}:${nonce}:${what}`,
  );
  const quoted = { username: user, realm, nonce, uri, response, ...(opaque === undefined ? {} : { opaque }) };
  const fields = Object.entries(quoted).map(
    ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
  );
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (hasQop) fields.push('qop=auth', 'nc=00000001', `cnonce="${cnonce}"`);
  return `Digest ${fields.join(', ')}`;
}

function parametersOf(challenge: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, quoted, plain] of challenge.matchAll(
    /([a-z0-9-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi,
  )) {
    found[name!.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain!;
  }
  return found;
}
