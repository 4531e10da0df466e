import type { P2PModule } from '../../p2p-core/index';

/** Every result that the guide's tables ("返回值") list, by function. `void` for those without one. */
export const RESULTS: Record<string, readonly (number | string)[]> = {
  init: [0, -2000, -2003, -2201, -2202, -2301],
  resetP2P: [0, -2002, -2202],
  destroy: ['void'],
  getUUID: ['string'],
  startP2PService: [0, -2000, -2001, -2002, -2401, -2402, -2403],
  updateServiceCallbacks: [0, -2000],
  stopP2PService: ['void'],
  startStream: [0, -2000, -2002, -2401, -2402, -2403],
  stopStream: ['void'],
  sendCommand: ['success', 'failure', 'error', 'timeout'],
  startVoice: [0, -2000, -2002, -2401, -2403, -2601],
  stopVoice: ['void'],
  startLocalDownload: [0, -2000, -2002, -2401, -2403, -2701],
  stopLocalDownload: ['void'],
};

/** Listed, but without a cause in a module of this kind. */
export const WITHOUT_CAUSE = new Map([
  [
    'init -2301',
    'no local server is loaded here; the stores report the one of the player plugin by this code',
  ],
  ['startP2PService -2403', 'the service that could be missing is the one that this call starts'],
]);

/** `module`, with the function and the result of every call put into `seen`. */
export function noteResults(module: P2PModule, seen: Set<string>): P2PModule {
  const note = (name: string, result: unknown): void => {
    if (typeof result === 'number') seen.add(`${name} ${result}`);
    else if (result === undefined) seen.add(`${name} void`);
    else if (typeof result === 'object') seen.add(`${name} ${(result as { type: string }).type}`);
    else seen.add(`${name} ${typeof result}`);
  };
  return new Proxy(module, {
    get(target, member) {
      const value: unknown = target[member as keyof P2PModule];
      if (typeof value !== 'function' || typeof member === 'symbol') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = value.apply(target, args);
        if (!(result instanceof Promise)) note(member, result);
        else {
          result.then(
            (settled) => note(member, settled),
            (cause: { errcode: number }) => note(member, cause.errcode),
          );
        }
        return result;
      };
    },
  });
}
