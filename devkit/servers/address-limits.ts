import { TokenBucket } from '../../p2p-core/signaling/token-bucket';

/** Many phones share the address of an office or a carrier, and all come back at once after an outage. */
const CONNECT_BURST = 100;
const CONNECTS_PER_SECOND = 10;
const WRONG_LOGIN_BURST = 20;
const WRONG_LOGINS_PER_SECOND = 0.2;
/** The oldest without a connection is forgotten. */
const MAX_ADDRESSES = 4096;

interface Entry {
  connections: number;
  connects: TokenBucket;
  wrongLogins: TokenBucket;
  isGuessing: boolean;
}

/** What one network address may do to the broker, before anything is known of who it is. */
export class AddressLimits {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly maxConnections: number,
    private readonly nowMs: () => number,
  ) {}

  /** Whether one more connection of the address is let in; then `left` must follow. */
  admits(address: string): boolean {
    const entry = this.entryOf(address);
    if (entry.isGuessing && !entry.wrongLogins.take(this.nowMs())) return false;
    entry.isGuessing = false;
    if (entry.connections >= this.maxConnections || !entry.connects.take(this.nowMs())) return false;
    entry.connections++;
    return true;
  }

  left(address: string): void {
    const entry = this.entries.get(address);
    if (entry !== undefined && entry.connections > 0) entry.connections--;
  }

  /** After many of them the address is not heard for a while. */
  wrongLogin(address: string): void {
    const entry = this.entryOf(address);
    if (!entry.wrongLogins.take(this.nowMs())) entry.isGuessing = true;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.entries.size;
  }

  private entryOf(address: string): Entry {
    const nowMs = this.nowMs();
    const entry = this.entries.get(address) ?? {
      connections: 0,
      connects: new TokenBucket(CONNECT_BURST, CONNECTS_PER_SECOND, nowMs),
      wrongLogins: new TokenBucket(WRONG_LOGIN_BURST, WRONG_LOGINS_PER_SECOND, nowMs),
      isGuessing: false,
    };
    this.entries.delete(address);
    this.entries.set(address, entry);
    if (this.entries.size > MAX_ADDRESSES) {
      for (const [oldest, { connections }] of this.entries) {
        if (connections > 0 || oldest === address) continue;
        this.entries.delete(oldest);
        break;
      }
    }
    return entry;
  }
}
