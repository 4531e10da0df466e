import dgram from 'node:dgram';
import { answerBindingRequest } from '../../p2p-core/path/stun-server';

export interface StunServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A stateless STUN responder (RFC 8489): tells who asks from which address its datagram came. `port` 0: any free one.
 * Rejects with the system's error when the port is taken.
 */
export async function startStunServer(options: { host: string; port: number }): Promise<StunServer> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (request, sender) => {
    const answer = answerBindingRequest(request, sender.address, sender.port);
    // A lost answer is as good as a lost request: the asking side repeats it.
    if (answer !== null) socket.send(answer, sender.port, sender.address, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.port, options.host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => {}); // an unreachable sender (ICMP) is no error of the server's
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
