import { startServers } from '../servers/servers';
import { loginFrom, portOption, stringOption, untilAborted } from './command';
import type { Command } from './command';

export const serversCommand: Command = {
  name: 'servers',
  summary: 'run the rendezvous (MQTT over WebSocket) and STUN servers',
  help: `usage: iot-p2p servers [--host ADDRESS] [--mqtt-port PORT] [--stun-port PORT]

Runs what viewers and cameras need to find each other, until stopped with Ctrl-C.

  --host ADDRESS    where to listen; default 127.0.0.1, this host only; 0.0.0.0: all networks
  --mqtt-port PORT  TCP port of the rendezvous; default: any free one
  --stun-port PORT  UDP port of the STUN server; default: any free one

environment:
  IOT_P2P_LOGIN     user:password that clients of the rendezvous must give; default: none`,
  options: { host: { type: 'string' }, 'mqtt-port': { type: 'string' }, 'stun-port': { type: 'string' } },
  positionals: [],
  async run(values, _positionals, context) {
    const login = loginFrom(context);
    const servers = await startServers({
      host: stringOption(values, 'host') ?? '127.0.0.1',
      mqttPort: portOption(values, 'mqtt-port'),
      stunPort: portOption(values, 'stun-port'),
      ...(login ? { login } : {}),
    });
    try {
      context.out(`signaling ${servers.signalingUrl}`);
      context.out(`stun      ${servers.stunServer}`);
      await untilAborted(context.signal);
    } finally {
      await servers.close();
    }
    return 0;
  },
};
