import type { Login } from './broker-policy';

interface OwnBroker {
  host: string;
  port: number;
  /** Who logs in with it is the tracker. */
  trackerLogin: Login;
}

const brokers = new Set<OwnBroker>();
const LOOPBACK = /^(?:127\.[\d.]+|localhost|\[?::1\]?)$/;
const ANY = /^(?:0\.0\.0\.0|::)$/;

/** A broker listens in this process. Returns what to call when it does not any more. */
export function addOwnBroker(broker: OwnBroker): () => void {
  brokers.add(broker);
  return () => void brokers.delete(broker);
}

/** What a tracker logs in with at a broker of its own process, which need not be told; undefined where `url` is another's. */
export function trackerLoginAt(url: string): Login | undefined {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const { hostname, port, protocol } = parsed;
  if (protocol !== 'ws:') return undefined;
  for (const { host, port: own, trackerLogin } of brokers) {
    const isLocal = LOOPBACK.test(hostname) && (LOOPBACK.test(host) || ANY.test(host));
    if (Number(port || 80) === own && (hostname === host || isLocal)) return trackerLogin;
  }
  return undefined;
}
