import type * as swarm from '../swarm/index';

/**
 * The script of streams that many watch. Asked for when the first one starts: an app that shows single cameras never runs
 * it. The path is literal, as the packer of WeChat wants it.
 */
export function loadSwarm(): typeof swarm {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would run the script with the core
  return require('../swarm/index') as typeof swarm;
}
