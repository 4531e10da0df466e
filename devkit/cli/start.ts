import path from 'node:path';
import { devkitRoot } from '../paths';
import { isRepository } from '../preview/repository';
import { startSimulatedWorld } from '../preview/faults/simulated-world';
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
    const repository = path.dirname(devkitRoot());
    if (!isRepository(repository)) {
      throw new Error(
        'the preview runs in a checkout of the repository, whose components it shows: npm install, npm start',
      );
    }
    /** What must be closed, the newest first. */
    const closers: (() => unknown)[] = [];
    try {
      const world = await startSimulatedWorld({
        sourceName: stringOption(values, 'source') ?? 'test:',
        log: logTo(context, values),
      });
      closers.unshift(() => world.close());

      // Not before it is asked for: no other command needs its bundler.
      const { startPreview } = await import('../preview/server');
      const preview = await startPreview({ world, port: previewPort, repository });
      closers.unshift(() => preview.close());

      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      context.out(`preview   ${preview.url}  (started in ${seconds} s; Ctrl-C stops it)`);
      context.out(`documents ${preview.url}docs/`);
      context.out(`xp2pInfo  ${world.xp2pInfo}`);
      await untilAborted(context.signal);
    } finally {
      for (const close of closers) await close();
    }
    return 0;
  },
};
