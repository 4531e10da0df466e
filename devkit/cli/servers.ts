import { randomBytes } from 'node:crypto';
import { startServers } from '../servers/servers';
import type { BrokerHealth, TrackerOptions } from '../servers/servers';
import { loadOrCreateTrackerSecret } from '../tracker/secret-file';
import type { WorkerStats } from '../tracker/worker';
import { loginFrom, logTo, numberOption, portOption, stringOption, untilAborted } from './command';
import { AUDIT_HELP, AUDIT_OPTIONS, auditFrom } from './tracker';
import { turnSecretFrom } from './turn-options';
import type { CliContext, Command, OptionValues } from './command';

export const serversCommand: Command = {
  name: 'servers',
  summary: 'run the rendezvous (MQTT over WebSocket), STUN and a relay (TURN)',
  help: `usage: iot-p2p servers [--host ADDRESS] [--mqtt-port PORT] [--stun-port PORT] [options]

Runs what viewers and cameras need to find each other, until stopped with Ctrl-C.

  --host ADDRESS    where to listen; default 127.0.0.1, this host only; 0.0.0.0: all networks
  --mqtt-port PORT  TCP port of the rendezvous; default: any free one
  --stun-port PORT  UDP port of STUN and of the relay; default: any free one
  --stun-alt-host ADDRESS
                    a second address of this host: clients then see how their NAT filters (RFC 5780)

  --max-clients N   of the rendezvous; default 1000, each takes some 75 KB
  --max-clients-per-address N
                    default 200
  --behind-proxy    take the addresses of clients from X-Forwarded-For; for a proxy that nobody can come around
  --health SECONDS  print how the rendezvous is as often as this; GET /healthz tells the same to this host

  --tracker         also run the tracker of streams that viewers share (iot-p2p tracker --help)
  --tracker-secret-file FILE
                    what stream tokens are made with; default: a new one, which is printed
${AUDIT_HELP}

A client may have 64 subscriptions and 4 retained messages of 1 KB; of what it sends 20 messages a second pass, 100 at
once, of 16 KB; of what it does not read 128 KB wait.

environment:
  IOT_P2P_LOGIN        user:password that clients of the rendezvous must give; default: none
  IOT_P2P_TRACKER_LOGIN
                       user:password of a tracker in another process (its IOT_P2P_LOGIN), whose messages are not limited;
                       default: none, and --tracker needs none
  IOT_P2P_TURN_SECRET  what makes credentials for the relay, as coturn's static-auth-secret; default: a new one,
                       which is printed`,
  options: {
    host: { type: 'string' },
    'mqtt-port': { type: 'string' },
    'stun-port': { type: 'string' },
    'stun-alt-host': { type: 'string' },
    'max-clients': { type: 'string' },
    'max-clients-per-address': { type: 'string' },
    'behind-proxy': { type: 'boolean' },
    health: { type: 'string' },
    tracker: { type: 'boolean' },
    'tracker-secret-file': { type: 'string' },
    ...AUDIT_OPTIONS,
  },
  positionals: [],
  async run(values, _positionals, context) {
    const login = loginFrom(context);
    const trackerLogin = loginFrom(context, 'IOT_P2P_TRACKER_LOGIN');
    const alternateHost = stringOption(values, 'stun-alt-host');
    const secret = turnSecretFrom(context);
    const maxClients = numberOption(values, 'max-clients', 1, 100_000);
    const maxClientsPerAddress = numberOption(values, 'max-clients-per-address', 1, 100_000);
    const healthSeconds = numberOption(values, 'health', 1, 86_400);
    const tracker = trackerFrom(values, context);
    const servers = await startServers({
      ...(tracker ? { tracker: tracker.options } : {}),
      host: stringOption(values, 'host') ?? '127.0.0.1',
      mqttPort: portOption(values, 'mqtt-port'),
      stunPort: portOption(values, 'stun-port'),
      ...(login ? { login } : {}),
      ...(alternateHost === undefined ? {} : { stunAlternateHost: alternateHost }),
      ...(secret === undefined ? {} : { turnSecret: secret }),
      broker: {
        isBehindProxy: values['behind-proxy'] === true,
        ...(trackerLogin === undefined ? {} : { trackerLogin }),
        ...(maxClients === undefined ? {} : { maxClients }),
        ...(maxClientsPerAddress === undefined ? {} : { maxClientsPerAddress }),
      },
    });
    const healthTimer =
      healthSeconds === undefined
        ? undefined
        : setInterval(
            () => context.err(healthLine({ ...servers.health(), ...servers.trackerStats() })),
            healthSeconds * 1000,
          );
    try {
      context.out(`signaling ${servers.signalingUrl}`);
      context.out(`stun      ${servers.stunServer}`);
      context.out(`turn      ${servers.stunServer}`);
      if (secret === undefined) context.out(`turn-secret ${servers.turnSecret}`);
      if (tracker) context.out(`tracker   on ${servers.signalingUrl}`);
      if (tracker?.newSecret) context.out(`tracker-secret ${tracker.newSecret}`);
      await untilAborted(context.signal);
    } finally {
      clearInterval(healthTimer);
      await servers.close();
    }
    return 0;
  },
};

/** Undefined without `--tracker`. */
function trackerFrom(
  values: OptionValues,
  context: CliContext,
): { options: TrackerOptions; newSecret: string | null } | undefined {
  if (values['tracker'] !== true) return undefined;
  const file = stringOption(values, 'tracker-secret-file');
  const newSecret = file === undefined ? randomBytes(32).toString('hex') : null;
  const secret =
    file === undefined ? new Uint8Array(Buffer.from(newSecret!)) : loadOrCreateTrackerSecret(file);
  return { options: { secret, audit: auditFrom(values), log: logTo(context, values) }, newSecret };
}

/** Such as `health: clients 12, retained 5, messages 340, dropped 0, refused 2, wrongLogins 0`. */
function healthLine(health: BrokerHealth & Partial<WorkerStats>): string {
  const parts = Object.entries(health).map(([name, count]) => `${name} ${String(count)}`);
  return `health: ${parts.join(', ')}`;
}
