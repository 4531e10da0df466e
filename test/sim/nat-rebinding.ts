import { packetNumberOf } from '../../p2p-core/transport/packet-codec';
import type { Pair, Side } from './world';

/**
 * A NAT in front of the client that gives it a new port now and then. The server sends to where the newest authentic
 * packet came from (RFC 9000 §9.3); what it sends to an earlier port is lost.
 */
export class NatRebinding {
  private port = 0;
  private serverSendsTo = 0;
  private newestReceived = -1;
  /** By packet number: the port a client's packet left from, and the one a server's packet was sent to. */
  private readonly portOf = { client: new Map<number, number>(), server: new Map<number, number>() };

  /** `pair` was made with `arrive` of this object. */
  watch(pair: Pair): void {
    pair.client.onSend = (datagram) => this.portOf.client.set(packetNumberOf(datagram), this.port);
    pair.server.onSend = (datagram) => this.portOf.server.set(packetNumberOf(datagram), this.serverSendsTo);
  }

  rebind(): void {
    this.port++;
  }

  arrive = (to: Side, datagram: Uint8Array, receive: () => boolean): void => {
    const number = packetNumberOf(datagram);
    if (to === 'client') {
      if (this.portOf.server.get(number) === this.port) receive();
      return;
    }
    if (!receive() || number <= this.newestReceived) return;
    this.newestReceived = number;
    this.serverSendsTo = this.portOf.client.get(number)!;
  };
}
