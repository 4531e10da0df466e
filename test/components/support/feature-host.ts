import { createTestHost } from '../../support/component-host';
import type { TestHost, TestHostOptions } from '../../support/component-host';
import { FeatureModule } from '../../store/support/feature-module';

const NO_PLUGIN = { 'p2p-pusher': { wxml: '' }, 'p2p-player': { wxml: '' } };

/** A built feature component on a module of the test's own, whose commands the simulated camera answers. */
export function createFeatureHost(
  components: string[],
  wx: Record<string, unknown> = {},
  plugins: TestHostOptions['plugins'] = {},
): { host: TestHost; module: FeatureModule } {
  const module = new FeatureModule();
  const host = createTestHost({
    components,
    plugins: { 'wechat-p2p-player': { components: NO_PLUGIN }, ...plugins },
    wx: { onNetworkStatusChange: () => {}, offNetworkStatusChange: () => {}, ...wx },
  });
  host
    .require<{ configureP2P(config: object): void }>('store/index.js')
    .configureP2P({ module, appParams: {} });
  return { host, module };
}
