import { createWxPort } from '../p2p-core/index';
import type { Port } from '../p2p-core/index';
import type { Environment } from './environment';

/** The stores' environment in a mini program, or on another port. */
export function createPortEnvironment(port: Port = createWxPort()): Environment {
  const { clock } = port;
  let networkType = '';
  // xorshift32: spreads retries, so it need not be secure; the secure seed sets phones apart that start together.
  let seed = clock.wallMs() >>> 0 || 1;
  port.randomBytes(4, (bytes) => {
    if (bytes !== null) for (const byte of bytes) seed = ((seed << 8) ^ (seed >>> 24) ^ byte) >>> 0 || 1;
  });
  return {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    setTimer: (fire, delayMs) => clock.setTimer(fire, delayMs),
    clearTimer: (timer) => clock.clearTimer(timer),
    random() {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      seed >>>= 0;
      return seed / 4294967296;
    },
    onNetworkChange(listener) {
      return port.onNetworkChange((change) => {
        // The first report, and repeated ones, tell of no change; without a network there is nothing to change to.
        const isChange = networkType !== '' && change.networkType !== networkType;
        if (change.isConnected) networkType = change.networkType;
        if (isChange && change.isConnected) listener();
      });
    },
  };
}
