import type { IncomingMessage } from 'node:http';
import { GOOD_NETWORK } from '../udp-bridge';
import type { Impairment, UdpBridge } from '../udp-bridge';
import { FAULTS, findFault } from './registry';
import type { Fault } from './registry';
import type { World } from './world';

/** What the frame asks for: one fault on or off, or everything as it was. */
export type ControlRequest = { fault: string; isOn: boolean } | { reset: true };

const MAX_BODY_BYTES = 1024;
const CUT: Impairment = { lossRate: 1, bytesPerSecond: 0 };
const NETWORKS: Readonly<Record<string, Impairment>> = {
  'net-cut': CUT,
  'net-lossy': { lossRate: 0.08, bytesPerSecond: 0 },
  'net-slow': { lossRate: 0, bytesPerSecond: 50_000 },
};

/** Makes the faults of the world and of the UDP bridge; those of the phone are the phone's own. */
export class FaultControl {
  /** Toggles that are on. */
  private readonly active = new Set<string>();

  constructor(
    private readonly bridge: Pick<UdpBridge, 'impair' | 'rebind'>,
    private readonly world: World | null,
  ) {}

  /** The faults that can be made in this preview. */
  get available(): Fault[] {
    return FAULTS.filter(({ actor }) => actor !== 'world' || this.world !== null);
  }

  /** Resolves with an HTTP status. */
  async answer(request: IncomingMessage): Promise<number> {
    const control = parseControl(await readBody(request));
    if (control === null) return 400;
    if ('reset' in control) {
      for (const id of [...this.active]) await this.set(id, false);
      return 204;
    }
    const fault = this.available.find(({ id }) => id === control.fault);
    if (!fault || fault.actor === 'phone') return 404;
    await this.set(fault.id, control.isOn);
    return 204;
  }

  private async set(id: string, isOn: boolean): Promise<void> {
    const fault = findFault(id) as Fault;
    if (fault.kind === 'toggle') {
      if (this.active.has(id) === isOn) return;
      if (isOn) this.active.add(id);
      else this.active.delete(id);
    }
    if (fault.actor === 'world') return this.world?.setFault(id, isOn);
    if (id === 'nat-rebind') return this.bridge.rebind();
    // The worst that is on: what is cut is neither lossy nor slow.
    const worst = Object.keys(NETWORKS).find((name) => this.active.has(name));
    this.bridge.impair((worst && NETWORKS[worst]) || GOOD_NETWORK);
  }
}

function parseControl(text: string): ControlRequest | null {
  try {
    const value = JSON.parse(text) as Partial<Record<'fault' | 'isOn' | 'reset', unknown>> | null;
    if (value?.reset === true) return { reset: true };
    const { fault, isOn } = value ?? {};
    return typeof fault === 'string' && typeof isOn === 'boolean' ? { fault, isOn } : null;
  } catch {
    return null;
  }
}

/** '' for a body that is longer than any of ours. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request) {
    byteCount += (chunk as Buffer).length;
    if (byteCount > MAX_BODY_BYTES) return '';
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
