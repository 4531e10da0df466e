/**
 * The script of streams that many watch. Asked for when the first one starts: an app that shows single cameras never runs
 * it. The path is literal, as the packer of WeChat wants it.
 */
export const loadSwarm = (): typeof import('../swarm/index') =>
  require('../swarm/index') as typeof import('../swarm/index');
