/** Agents on the public network, and an agent alone whose network and peer are the test. */
import { utf8Encode } from '../../../../p2p-core/bytes/utf8';
import { candidatePriority } from '../../../../p2p-core/path/candidate-priority';
import { createIceAgent } from '../../../../p2p-core/path/ice-agent';
import { buildCheckRequest } from '../../../../p2p-core/path/ice-messages';
import type { IceRole } from '../../../../p2p-core/path/ice-messages';
import { StunClass } from '../../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../../p2p-core/path/stun-message';
import type { Candidate, IceAgent, OutgoingDatagram, SelectedPair } from '../../../../p2p-core/path/types';
import { IcePeer } from './ice-peer';
import { seededFill } from './random';
import { VirtualNetwork } from './virtual-network';
import type { NetworkOptions } from './virtual-network';

export function publicPeers(
  options: NetworkOptions,
  roles: [IceRole, IceRole] = ['controlling', 'controlled'],
) {
  const network = new VirtualNetwork(options);
  const viewer = new IcePeer(network, {
    role: roles[0],
    addresses: ['1.1.1.1'],
    port: 5000,
    seed: options.seed + 1,
  });
  const camera = new IcePeer(network, {
    role: roles[1],
    addresses: ['2.2.2.2'],
    port: 6000,
    seed: options.seed + 2,
  });
  viewer.createAgent();
  camera.createAgent();
  return { network, viewer, camera };
}

export function drain(agent: IceAgent, nowMs: number): OutgoingDatagram[] {
  const sent = [];
  let out;
  while ((out = agent.poll(nowMs)) !== null) sent.push(out);
  return sent;
}

export const host = (address: string, port = 6000): Candidate => ({
  kind: 'host',
  address,
  port,
  priority: candidatePriority('host'),
});

/** An agent alone: the test is the network and the peer. */
export function loneAgent(
  role: IceRole = 'controlling',
  onSelected: (pair: SelectedPair) => void = () => {},
) {
  const failures: string[] = [];
  const agent = createIceAgent({
    role,
    fillRandom: seededFill(1),
    nowMs: 0,
    localCandidates: [host('1.1.1.1', 5000)],
    handler: {
      onSelected,
      onFinal() {},
      onLost: () => failures.push('lost'),
      onFailed: () => failures.push('no-path'),
    },
  });
  return { agent, failures };
}

export const REMOTE = { ufrag: 'peer', password: 'password-of-the-peer+/'.replace(/-/g, 'x') };

/** A check that the peer of `agent` would send. */
export function peerCheck(
  agent: IceAgent,
  more: Partial<Parameters<typeof buildCheckRequest>[0]> = {},
): Uint8Array {
  return buildCheckRequest({
    transactionId: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
    username: `${agent.local.ufrag}:${REMOTE.ufrag}`,
    key: utf8Encode(agent.local.password),
    priority: 1862270975,
    role: 'controlled',
    tieBreaker: new Uint8Array(8),
    nominates: false,
    ...more,
  });
}

/** The peer's answer to one of the agent's checks. */
export function answer(check: OutgoingDatagram, password = REMOTE.password): Uint8Array {
  return new StunBuilder(StunClass.Success, parseStunMessage(check.bytes)!.transactionId)
    .xorMappedAddress({ address: '1.1.1.1', port: 5000 })
    .integrity(utf8Encode(password))
    .fingerprint()
    .finish();
}

/** A call, so that the compiler does not take what an earlier assertion said for lasting. */
export const selectedOf = (agent: IceAgent) => agent.selected;

export const isRequest = ({ bytes }: OutgoingDatagram) =>
  parseStunMessage(bytes)!.messageClass === StunClass.Request;
