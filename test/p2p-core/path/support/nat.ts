/** A NAT box in terms of RFC 4787: how it maps (§4.1) and how it filters (§5). Hairpinning is not supported. */
export type NatType = 'full cone' | 'restricted' | 'port-restricted' | 'symmetric';

interface Mapping {
  internal: string;
  externalPort: number;
  /** Remotes the inside has sent to, as "address" and "address:port". */
  allowed: Set<string>;
}

export class Nat {
  private readonly byKey = new Map<string, Mapping>();
  private readonly byPort = new Map<number, Mapping>();
  private nextPort = 40_000;

  constructor(
    readonly publicAddress: string,
    readonly type: NatType,
  ) {}

  /** The external port for a datagram on its way out. */
  outbound(internal: string, toAddress: string, toPort: number): number {
    const key = this.type === 'symmetric' ? `${internal}>${toAddress}:${toPort}` : internal;
    let mapping = this.byKey.get(key);
    if (mapping === undefined) {
      mapping = { internal, externalPort: this.nextPort++, allowed: new Set() };
      this.byKey.set(key, mapping);
      this.byPort.set(mapping.externalPort, mapping);
    }
    mapping.allowed.add(toAddress).add(`${toAddress}:${toPort}`);
    return mapping.externalPort;
  }

  /** The inside endpoint for a datagram on its way in; null when it is dropped. */
  inbound(externalPort: number, fromAddress: string, fromPort: number): string | null {
    const mapping = this.byPort.get(externalPort);
    if (mapping === undefined) return null;
    const isAllowed =
      this.type === 'full cone' ||
      (this.type === 'restricted' && mapping.allowed.has(fromAddress)) ||
      mapping.allowed.has(`${fromAddress}:${fromPort}`);
    return isAllowed ? mapping.internal : null;
  }

  /** The box restarts: every mapping gets lost, and new ones take other ports. */
  reboot(): void {
    this.byKey.clear();
    this.byPort.clear();
    this.nextPort += 100;
  }
}
