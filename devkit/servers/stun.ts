import dgram from 'node:dgram';
import {
  answerBindingRequest,
  CHANGE_IP,
  CHANGE_PORT,
  changeRequestOf,
} from '../../p2p-core/path/stun-server';
import type { TransportAddress } from '../../p2p-core/path/ip-address';
import { nodeClock } from '../port/node-port';
import { TurnRelay } from './turn-relay';

export interface StunServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** A second address of this host: with it clients can tell how their NAT filters (RFC 5780). */
  alternateHost?: string;
  /** Relays for holders of REST credentials that were made with `secret`. Default: no relay. */
  relay?: { secret: string; /** What peers reach relays by. */ address: string };
}

export interface StunServer {
  readonly port: number;
  close(): Promise<void>;
}

/** One socket of the server; of four where there are two addresses. */
interface Place {
  readonly socket: dgram.Socket;
  readonly address: TransportAddress;
}

/**
 * STUN (RFC 8489) without state: tells who asks from which address its datagram came; with a second address also RFC 5780.
 * With `relay` the same port is a TURN server. Rejects with the system's error when a port is taken.
 */
export async function startStunServer(options: StunServerOptions): Promise<StunServer> {
  const { host, alternateHost, relay: relayOptions } = options;
  const places: Place[] = [];
  const relay =
    relayOptions === undefined
      ? null
      : new TurnRelay({
          secret: relayOptions.secret,
          relayAddress: relayOptions.address,
          clock: nodeClock,
          openRelay: (onMessage) => openRelay(host, onMessage),
        });
  const close = async (): Promise<void> => {
    relay?.close();
    await Promise.all(places.map(({ socket }) => closeSocket(socket)));
  };
  try {
    places.push(await openPlace(host, options.port));
    const { port } = places[0]!.address;
    if (alternateHost !== undefined) {
      places.push(await openPlace(host, 0));
      places.push(await openPlace(alternateHost, port));
      places.push(await openPlace(alternateHost, places[1]!.address.port));
    }
    places.forEach((_, index) => serve(places, index, relay));
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of four places, bit 0 tells the ports and bit 1 the addresses apart. */
function serve(places: readonly Place[], index: number, relay: TurnRelay | null): void {
  const { socket } = places[index]!;
  socket.on('message', (request, sender) => {
    const change = places.length === 4 ? changeRequestOf(request) : 0;
    const from = index ^ ((change & CHANGE_IP) === 0 ? 0 : 2) ^ ((change & CHANGE_PORT) === 0 ? 0 : 1);
    const { socket: answering, address: origin } = places[from]!;
    const addresses = places.length === 4 ? { origin, other: places[index ^ 3]!.address } : null;
    const answer = answerBindingRequest(request, sender.address, sender.port, addresses);
    // A lost answer is as good as a lost request: the asking side repeats it.
    if (answer !== null) answering.send(answer, sender.port, sender.address, () => {});
    else if (relay !== null && index === 0) {
      relay.receive(request, sender.address, sender.port, (bytes) =>
        // Copied because Node keeps the bytes until the kernel has taken them.
        socket.send(Buffer.from(bytes), sender.port, sender.address, () => {}),
      );
    }
  });
}

async function openPlace(host: string, port: number): Promise<Place> {
  const socket = dgram.createSocket('udp4');
  await bind(socket, host, port);
  return { socket, address: { address: host, port: socket.address().port } };
}

async function openRelay(
  host: string,
  onMessage: (data: Uint8Array, address: string, port: number) => void,
): ReturnType<ConstructorParameters<typeof TurnRelay>[0]['openRelay']> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (data, sender) => onMessage(data, sender.address, sender.port));
  try {
    await bind(socket, host, 0);
  } catch {
    return null;
  }
  return {
    port: socket.address().port,
    send: (data, address, port) => socket.send(Buffer.from(data), port, address, () => {}),
    close: () => socket.close(),
  };
}

async function bind(socket: dgram.Socket, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => {}); // an unreachable sender (ICMP) is no error of the server's
}

function closeSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
