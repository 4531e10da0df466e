import { answer, type WxCallbacks } from './result';

/** WebCrypto gives at most this much per call; so does WeChat (1 MB there). */
const MAX_BYTES = 65536;

/** `wx.getRandomValues`: asynchronous, as on a phone. */
export function getRandomValues(options: WxCallbacks & { length: number }) {
  return answer('getRandomValues', options, () => {
    const { length } = options;
    if (!(length > 0 && length <= MAX_BYTES)) throw new Error(`length must be 1 to ${MAX_BYTES}`);
    return { randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer };
  });
}
