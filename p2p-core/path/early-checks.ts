/** What an authentic check told about the peer. */
export interface PeerCheck {
  readonly remoteUfrag: string;
  readonly via: number;
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  readonly nominates: boolean;
}

/** Addresses that are remembered. */
const MAX_EARLY_CHECKS = 16;

/** Checks of a peer that arrive before its credentials do (RFC 8445 §7.3.1.4): the last one of each address. */
export class EarlyChecks {
  private checks: PeerCheck[] = [];

  remember(check: PeerCheck): void {
    const at = this.checks.findIndex(
      (one) => one.address === check.address && one.port === check.port && one.via === check.via,
    );
    if (at >= 0) this.checks[at] = check;
    else if (this.checks.length < MAX_EARLY_CHECKS) this.checks.push(check);
  }

  /** All of them, which are forgotten here. */
  take(): PeerCheck[] {
    const { checks } = this;
    this.checks = [];
    return checks;
  }
}
