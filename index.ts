/** `require('iot-p2p-player')`: configuration and the open p2p core. Components are named in `usingComponents`. */
export * from './p2p-core/index';
export * from './store/index';
