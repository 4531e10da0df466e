import path from 'node:path';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { newIdentity, ticketOf } from '../camera/identity';
import { createSimulatedCamera } from '../camera/simulated-camera';
import { openChannels } from '../camera/sources';
import { devkitRoot } from '../paths';
import { createNodePort } from '../port/node-port';
import { startServers } from '../servers/servers';
import { logTo, portOption, stringOption, untilAborted, VERBOSE_OPTION } from './command';
import type { Command } from './command';

export const startCommand: Command = {
  name: 'start',
  summary: 'servers, a simulated camera and the browser preview in one process',
  help: `usage: iot-p2p start [--port PORT] [--source SOURCE]

Runs everything that is needed to see the components play in a browser, on this host only, until stopped with Ctrl-C.

  --port PORT      TCP port of the preview; default: any free one
  --source SOURCE  what the camera shows, as in: iot-p2p camera --help
  -v, --verbose    tell more`,
  options: { port: { type: 'string' }, source: { type: 'string' }, ...VERBOSE_OPTION },
  positionals: [],
  async run(values, _positionals, context) {
    const startMs = performance.now();
    const previewPort = portOption(values, 'port');
    const port = createNodePort({ log: logTo(context, values), includeLoopback: true });
    const channels = openChannels(port.clock, { sourceName: stringOption(values, 'source') ?? 'test:' });
    const identity = newIdentity();
    /** What must be closed, the newest first. */
    const closers: (() => unknown)[] = [];
    try {
      const servers = await startServers();
      closers.unshift(() => servers.close());

      const ticket = ticketOf(identity, {
        signalingUrl: servers.signalingUrl,
        stunServers: [servers.stunServer],
      });
      const camera = createSimulatedCamera({ port, ticket, staticKeyPair: identity.keyPair, channels });
      closers.unshift(() => camera.stop());
      await camera.start();

      // Not before it is asked for: no other command needs its bundler.
      const { startPreview } = await import('../preview/server');
      const xp2pInfo = formatXp2pInfo(ticket);
      const repository = path.dirname(devkitRoot());
      const preview = await startPreview({ xp2pInfo, port: previewPort, repository });
      closers.unshift(() => preview.close());

      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      context.out(`preview   ${preview.url}  (started in ${seconds} s; Ctrl-C stops it)`);
      context.out(`xp2pInfo  ${xp2pInfo}`);
      await untilAborted(context.signal);
    } finally {
      for (const close of closers) await close();
    }
    return 0;
  },
};
