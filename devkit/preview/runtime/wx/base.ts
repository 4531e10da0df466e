import type { Host } from '../host';
import type { Caller } from '../types';
import { livePlayerContext } from './live-player-context';
import { answer, type WxCallbacks } from './result';
import { selectorQuery } from './selector-query';

/** How the preview presents itself; `platform` tells an app that it does not run on a phone. */
const BASE_INFO = {
  SDKVersion: '3.7.12',
  version: '8.0.50',
  language: 'zh_CN',
  theme: 'light',
  fontSizeSetting: 16,
};
const DEVICE_INFO = {
  brand: 'devtools',
  model: 'preview',
  system: 'preview',
  platform: 'devtools',
  benchmarkLevel: 1,
};

/**
 * The members of `wx` that need nothing but the host: they work in a browser and in unit tests. What is not here stays
 * undefined, so that feature detection sees what is really there.
 */
export function createBaseWx(
  host: Pick<Host, 'router'>,
  settings: { language?: string; theme?: string } = {},
) {
  const storage = new Map<string, string>();
  const topInstance = (): Caller | undefined => host.router.top()?.instance;
  const windowInfo = () => ({
    windowWidth: document.documentElement.clientWidth || 375,
    windowHeight: document.documentElement.clientHeight || 812,
    screenWidth: document.documentElement.clientWidth || 375,
    screenHeight: document.documentElement.clientHeight || 812,
    pixelRatio: globalThis.devicePixelRatio || 1,
    statusBarHeight: 44,
  });
  const baseInfo = () => ({ ...BASE_INFO, ...settings });

  return {
    ...host.router.api(),
    env: { USER_DATA_PATH: 'http://usr' },
    nextTick: (run: () => void) => void Promise.resolve().then(run),
    canIUse: (schema: string) =>
      (schema.split('.')[0] as string) in (globalThis as unknown as { wx: object }).wx,
    getSystemInfoSync: () => ({ ...DEVICE_INFO, ...windowInfo(), ...baseInfo() }),
    getAppBaseInfo: baseInfo,
    getDeviceInfo: () => ({ ...DEVICE_INFO }),
    getWindowInfo: windowInfo,
    createSelectorQuery: () => selectorQuery(topInstance()),
    createLivePlayerContext: (id: string, within?: Caller) => livePlayerContext(id, within ?? topInstance()),
    arrayBufferToBase64: (buffer: ArrayBuffer) => {
      const bytes = new Uint8Array(buffer);
      let text = '';
      // In parts: a call takes so many arguments and no more.
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      }
      return btoa(text);
    },
    getStorageSync: (key: string): unknown => {
      const text = storage.get(key);
      return text === undefined ? '' : JSON.parse(text);
    },
    setStorageSync: (key: string, data: unknown) => void storage.set(key, JSON.stringify(data)),
    removeStorageSync: (key: string) => void storage.delete(key),
    getStorage: (options: WxCallbacks & { key: string }) =>
      answer('getStorage', options, () => {
        const text = storage.get(options.key);
        if (text === undefined) throw new Error('data not found');
        return { data: JSON.parse(text) as unknown };
      }),
    setStorage: (options: WxCallbacks & { key: string; data: unknown }) =>
      answer('setStorage', options, () => {
        storage.set(options.key, JSON.stringify(options.data));
        return {};
      }),
  };
}
