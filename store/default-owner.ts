import { createWxP2PModule } from '../p2p-core/index';
import type {
  AppParams,
  ErrorResult,
  P2PModule,
  ServerOptions,
  StreamInfo,
  Timeouts,
} from '../p2p-core/index';
import { createModuleOwner } from './module-owner';
import type { ModuleOwner } from './module-owner';
import { DEFAULT_LIVE_URL } from './player/flv-request';
import { createPortEnvironment } from './port-environment';
import type { ModuleEventListener } from './session/p2p-session';

export interface P2PConfig {
  /** Another implementation of the guide's API, for example `requirePlugin('xp2p').p2p`. Default: our own core. */
  module?: P2PModule;
  appParams?: AppParams;
  /** Where rendezvous and STUN servers are, when an xp2pInfo does not say. Our core only. */
  servers?: ServerOptions;
  /** How long things may wait, in ms. Our core only. */
  timeouts?: Timeouts;
  /**
   * Restarts the local server of the player plugin: `() => requirePlugin('wechat-p2p-player').reset()`. Default: what the
   * player on the page offers, which `p2p-player-plugin` does where the plugin can be reached from the package.
   */
  resetLocalServer?: () => void | Promise<unknown>;
  /** Hears the module's logs, and its news of streams shared by many viewers. Called often: keep it short. */
  onModuleEvent?: ModuleEventListener;
}

/** What names a camera, as the properties of the player components do. */
export interface CameraProps {
  targetId: string;
  xp2pInfo?: string;
  productId?: string;
  deviceName?: string;
  /** Default: the live picture of channel 0. */
  flvUrl?: string;
}

/**
 * The app's one module. Components on different pages have nothing but the module system in common, so this is the one
 * place with state of a JavaScript module; everything behind it is an object that can be made anew.
 */
let config: P2PConfig = {};
let owner: ModuleOwner | null = null;
let offeredReset: P2PConfig['resetLocalServer'];

/** Call it once, before the first player appears (app.js). A later call destroys the module that was in use. */
export function configureP2P(next: P2PConfig): void {
  if (owner !== null) owner.destroy();
  owner = null;
  config = next;
}

/** For components in the place of `p2p-player`: how their local server is restarted, unless the app says otherwise. */
export function offerLocalServerReset(reset: () => void | Promise<unknown>): void {
  offeredReset = reset;
}

/** The owner of the configured module. The first call makes it. */
export function getModuleOwner(): ModuleOwner {
  if (owner === null) {
    const { module, appParams, servers, timeouts, onModuleEvent } = config;
    const resetLocalServer = config.resetLocalServer || (() => offeredReset && offeredReset());
    owner = createModuleOwner({
      module: module || createWxP2PModule(),
      appParams: appParams || {},
      ...(servers ? { servers } : {}),
      ...(timeouts ? { timeouts } : {}),
      resetLocalServer,
      ...(onModuleEvent ? { onModuleEvent } : {}),
      environment: createPortEnvironment(),
    });
  }
  return owner;
}

/** The `streamInfo` of the guide for a camera. */
export function streamInfoOf(camera: CameraProps): StreamInfo {
  const { xp2pInfo = '', productId = '', deviceName = '', flvUrl = '' } = camera;
  return { url: flvUrl === '' ? DEFAULT_LIVE_URL : flvUrl, productId, deviceName, xp2pInfo };
}

/**
 * Opens the link to a camera that will probably be watched (on a page with a list, say), so that its first picture comes
 * faster: the player of the same `targetId` finds the link ready. It is closed after `lingerMs` unless somebody uses it;
 * at most four are kept. Returns the function that takes it back.
 */
export function prestart(camera: CameraProps, lingerMs?: number): () => void {
  return getModuleOwner().sessions.prestart(
    { id: camera.targetId, streamInfo: streamInfoOf(camera) },
    lingerMs,
  );
}

/**
 * Resets what a change of the network or a dead local server has marked (guide, FAQ 5). Players do it by themselves when
 * the last one leaves; call it where the app stops all players by hand. Resolves with null, or with what failed.
 */
export function checkReset(): Promise<ErrorResult | null> {
  return new Promise((resolve) => getModuleOwner().checkReset(resolve));
}
