import { toHex } from '../bytes/hex';
import type { FillRandom, Port } from '../port/port';
import type { LogSwitches } from './log-switches';
import { createRendezvous } from '../signaling/rendezvous';
import type { Rendezvous } from '../signaling/types';

interface Entry {
  rendezvous: Rendezvous;
  users: number;
}

/** One broker connection for each URL, shared by all devices that meet there; closed when nobody uses it. */
export class RendezvousPool {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly port: Port,
    private readonly fillRandom: FillRandom,
    private readonly switches: LogSwitches,
  ) {}

  acquire(url: string, login: { user: string; password: string } | null): Rendezvous {
    let entry = this.entries.get(url);
    if (!entry) {
      const { clock, log, openWebSocket } = this.port;
      const suffix = new Uint8Array(8);
      this.fillRandom(suffix);
      const rendezvous = createRendezvous({
        url,
        ...(login ? { login } : {}),
        clientId: `viewer-${toHex(suffix)}`,
        port: { clock, log, openWebSocket },
        fillRandom: this.fillRandom,
      });
      rendezvous.onStateChange = (state, reason) =>
        this.switches.say('net', `rendezvous: ${state} (${reason})`);
      entry = { rendezvous, users: 0 };
      this.entries.set(url, entry);
    }
    entry.users++;
    return entry.rendezvous;
  }

  release(url: string): void {
    const entry = this.entries.get(url);
    if (!entry || --entry.users > 0) return;
    this.entries.delete(url);
    entry.rendezvous.close();
  }

  /** The network may have changed: connections prove that they live, or are made anew: at once when it is another one. */
  checkNow(isOtherNetwork: boolean): void {
    for (const { rendezvous } of this.entries.values()) {
      if (isOtherNetwork) rendezvous.reconnect();
      else rendezvous.checkNow();
    }
  }

  close(): void {
    for (const entry of this.entries.values()) entry.rendezvous.close();
    this.entries.clear();
  }
}
