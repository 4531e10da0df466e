import { createIceAgent } from '../../../../p2p-core/path/ice-agent';
import type { IceRole } from '../../../../p2p-core/path/ice-messages';
import { gatherCandidates } from '../../../../p2p-core/path/candidates';
import { answerBindingRequest } from '../../../../p2p-core/path/stun-server';
import { createStunProbe } from '../../../../p2p-core/path/stun-client';
import type { StunProbe } from '../../../../p2p-core/path/stun-client';
import type { Candidate, IceAgent, SelectedPair } from '../../../../p2p-core/path/types';
import type { Nat } from './nat';
import { seededFill } from './random';
import type { VirtualNetwork, VirtualSocket } from './virtual-network';

export interface PeerOptions {
  role: IceRole;
  addresses: string[];
  port: number;
  seed: number;
  nat?: Nat;
  noPathTimeoutMs?: number;
  /** Instead of what gathering finds. */
  candidates?: Candidate[];
  includeLoopback?: boolean;
}

/** An agent with its socket and its probe on the virtual network: the driver that a session is in the product. */
export class IcePeer {
  readonly log: { atMs: number; event: string }[] = [];
  readonly selections: SelectedPair[] = [];
  failure: string | null = null;
  /** How often consent expired. */
  losses = 0;
  /** How often the agents agreed on a direct pair. */
  finals = 0;
  agent!: IceAgent;
  candidates: Candidate[] = [];
  selectedAtMs = Infinity;
  private readonly socket: VirtualSocket;
  private probe: StunProbe | null = null;

  constructor(
    readonly network: VirtualNetwork,
    private readonly options: PeerOptions,
  ) {
    const nat = options.nat ?? null;
    this.socket = network.open(options.addresses, options.port, nat, (bytes, address, port) =>
      this.onDatagram(bytes, address, port),
    );
    network.timers.push({
      nextWakeMs: () =>
        Math.min(this.agent ? this.agent.nextWakeMs() : Infinity, this.probe?.nextWakeMs() ?? Infinity),
      wake: (nowMs) => {
        this.probe?.wake(nowMs);
        if (this.agent) this.agent.wake(nowMs);
        this.flush();
      },
    });
  }

  probeServers(servers: { address: string; port: number }[]): StunProbe {
    const fillRandom = seededFill(this.options.seed + 1000);
    this.probe = createStunProbe({ servers, fillRandom, nowMs: this.network.nowMs });
    this.flush();
    return this.probe;
  }

  createAgent(): void {
    const { options } = this;
    this.candidates =
      options.candidates ??
      gatherCandidates({
        localAddresses: options.addresses,
        localPort: options.port,
        mapped: this.probe?.mapped ?? null,
        includeLoopback: options.includeLoopback ?? false,
      });
    this.agent = createIceAgent({
      role: options.role,
      fillRandom: seededFill(options.seed),
      nowMs: this.network.nowMs,
      localCandidates: this.candidates,
      ...(options.noPathTimeoutMs === undefined ? {} : { noPathTimeoutMs: options.noPathTimeoutMs }),
      handler: {
        onSelected: (pair) => {
          this.selections.push(pair);
          this.selectedAtMs = Math.min(this.selectedAtMs, this.network.nowMs);
        },
        onFinal: () => {
          this.finals++;
        },
        onLost: () => {
          if (this.agent.selected !== null) throw new Error('lost, and still selected');
          this.losses++;
        },
        onFailed: () => {
          if (this.failure !== null) throw new Error('failed twice');
          this.failure = 'no-path';
        },
      },
    });
  }

  /** Takes the other's offer, as signaling would bring it. */
  meet(other: IcePeer, password = other.agent.local.password): void {
    const credentials = { ufrag: other.agent.local.ufrag, password };
    this.agent.setRemote(credentials, other.candidates, this.network.nowMs);
    this.flush();
  }

  flush(): void {
    const { nowMs } = this.network;
    for (const source of [this.probe, this.agent]) {
      let out;
      while (source && (out = source.poll(nowMs)) !== null) {
        this.network.send(this.socket, out.bytes, out.address, out.port);
      }
    }
  }

  private onDatagram(bytes: Uint8Array, address: string, port: number): void {
    const { nowMs } = this.network;
    if (!this.probe?.receive(bytes, address, port, nowMs) && this.agent) {
      this.agent.receive(bytes, address, port, nowMs);
    }
    this.flush();
  }
}

/** A STUN server on the public network. */
export function openStunServer(
  network: VirtualNetwork,
  address: string,
  port = 3478,
): { address: string; port: number } {
  const socket: VirtualSocket = network.open([address], port, null, (bytes, fromAddress, fromPort) => {
    const answer = answerBindingRequest(bytes, fromAddress, fromPort);
    if (answer !== null) network.send(socket, answer, fromAddress, fromPort);
  });
  return { address, port };
}
