/**
 * The engine that shares streams between their viewers: a script of its own, for the apps that ask for it. Asking is all:
 *
 *   require('iot-p2p-player/p2p-core/swarm/index')
 *
 * The component iot-p2p-player-server does it by itself.
 */
import { sharing } from '../origin/sharing';
import { createSwarmPull } from './swarm-pull';

sharing.engine = createSwarmPull;

/** Whether the engine is there: always, where this is imported. */
export const HAS_SHARING = true;
