import { createTestHost } from '../../support/component-host';
import type { TestHost } from '../../support/component-host';
import { FeatureModule } from '../../store/support/feature-module';

/** A built feature component on a module of the test's own, whose commands the simulated camera answers. */
export function createFeatureHost(
  components: string[],
  wx: Record<string, unknown> = {},
): { host: TestHost; module: FeatureModule } {
  const module = new FeatureModule();
  const host = createTestHost({
    components,
    wx: { onNetworkStatusChange: () => {}, offNetworkStatusChange: () => {}, ...wx },
  });
  host
    .require<{ configureP2P(config: object): void }>('store/index.js')
    .configureP2P({ module, appParams: {} });
  return { host, module };
}
