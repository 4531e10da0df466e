/**
 * The parameters of a raw query string (`a=1&b=2`, without `?`). The first of several equal names wins. A malformed
 * percent sequence stays as it is. `+` is a plus (RFC 3986): the guide's values are not HTML forms. Never throws.
 */
export function parseQuery(raw: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of raw.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = percentDecode(equals < 0 ? part : part.slice(0, equals));
    if (!params.has(name)) params.set(name, equals < 0 ? '' : percentDecode(part.slice(equals + 1)));
  }
  return params;
}

/** The query string of these parameters, in their order. `undefined` values are left out. */
export function encodeQuery(params: {
  readonly [name: string]: string | number | boolean | undefined;
}): string {
  const parts: string[] = [];
  for (const name of Object.keys(params)) {
    const value = params[name];
    if (value !== undefined) parts.push(`${percentEncode(name)}=${percentEncode(String(value))}`);
  }
  return parts.join('&');
}

/**
 * Makes a request target of what a user wrote as path and query: characters that HTTP cannot carry are percent-encoded
 * as UTF-8, the rest (existing percent sequences included) stays, a fragment is cut off.
 */
export function encodeTarget(target: string): string {
  const hash = target.indexOf('#');
  const withoutFragment = hash < 0 ? target : target.slice(0, hash);
  return withoutFragment.replace(/[^!"$-~]+/g, percentEncode);
}

function percentDecode(text: string): string {
  return text.indexOf('%') < 0 ? text : text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeRun);
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run; // not UTF-8
  }
}

/** As encodeURIComponent, which throws on half a surrogate pair: with the `u` flag only such halves match. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}
