import { createWxP2PModule } from '../p2p-core/index';
import type { AppParams, P2PModule, ServerOptions } from '../p2p-core/index';
import type { Environment } from './environment';
import { createModuleOwner } from './module-owner';
import type { ModuleOwner } from './module-owner';

export interface P2PConfig {
  /** Another implementation of the guide's API, for example `requirePlugin('xp2p').p2p`. Default: our own core. */
  module?: P2PModule;
  appParams?: AppParams;
  /** Where rendezvous and STUN servers are, when an xp2pInfo does not say. Our core only. */
  servers?: ServerOptions;
  /** Restarts the local server of the player plugin: `() => requirePlugin('wechat-p2p-player').reset()`. */
  resetLocalServer?: () => void | Promise<unknown>;
}

/**
 * The app's one module. Components on different pages have nothing but the module system in common, so this is the one
 * place with state of a JavaScript module; everything behind it is an object that can be made anew.
 */
let config: P2PConfig = {};
let owner: ModuleOwner | null = null;

/** Call it once, before the first player appears (app.js). A later call destroys the module that was in use. */
export function configureP2P(next: P2PConfig): void {
  if (owner !== null) owner.destroy();
  owner = null;
  config = next;
}

/** The owner of the configured module. The first call makes it, with an environment of its own. */
export function getModuleOwner(createEnvironment: () => Environment): ModuleOwner {
  if (owner === null) {
    const { module, appParams, servers, resetLocalServer } = config;
    owner = createModuleOwner({
      module: module || createWxP2PModule(),
      appParams: appParams || {},
      ...(servers ? { servers } : {}),
      ...(resetLocalServer ? { resetLocalServer } : {}),
      environment: createEnvironment(),
    });
  }
  return owner;
}
