import { startServers } from '../servers/servers';
import { loginFrom, portOption, stringOption, untilAborted } from './command';
import { turnSecretFrom } from './turn-options';
import type { Command } from './command';

export const serversCommand: Command = {
  name: 'servers',
  summary: 'run the rendezvous (MQTT over WebSocket), STUN and a relay (TURN)',
  help: `usage: iot-p2p servers [--host ADDRESS] [--mqtt-port PORT] [--stun-port PORT] [--stun-alt-host ADDRESS]

Runs what viewers and cameras need to find each other, until stopped with Ctrl-C.

  --host ADDRESS    where to listen; default 127.0.0.1, this host only; 0.0.0.0: all networks
  --mqtt-port PORT  TCP port of the rendezvous; default: any free one
  --stun-port PORT  UDP port of STUN and of the relay; default: any free one
  --stun-alt-host ADDRESS
                    a second address of this host: clients then see how their NAT filters (RFC 5780)

environment:
  IOT_P2P_LOGIN        user:password that clients of the rendezvous must give; default: none
  IOT_P2P_TURN_SECRET  what makes credentials for the relay, as coturn's static-auth-secret; default: a new one,
                       which is printed`,
  options: {
    host: { type: 'string' },
    'mqtt-port': { type: 'string' },
    'stun-port': { type: 'string' },
    'stun-alt-host': { type: 'string' },
  },
  positionals: [],
  async run(values, _positionals, context) {
    const login = loginFrom(context);
    const alternateHost = stringOption(values, 'stun-alt-host');
    const secret = turnSecretFrom(context);
    const servers = await startServers({
      host: stringOption(values, 'host') ?? '127.0.0.1',
      mqttPort: portOption(values, 'mqtt-port'),
      stunPort: portOption(values, 'stun-port'),
      ...(login ? { login } : {}),
      ...(alternateHost === undefined ? {} : { stunAlternateHost: alternateHost }),
      ...(secret === undefined ? {} : { turnSecret: secret }),
    });
    try {
      context.out(`signaling ${servers.signalingUrl}`);
      context.out(`stun      ${servers.stunServer}`);
      context.out(`turn      ${servers.stunServer}`);
      if (secret === undefined) context.out(`turn-secret ${servers.turnSecret}`);
      await untilAborted(context.signal);
    } finally {
      await servers.close();
    }
    return 0;
  },
};
