import { createTestHost, tick } from '../../support/component-host';
import type { TestComponent, TestHost, TestHostOptions, TestNode } from '../../support/component-host';
import { FakeModule } from '../../store/support/fake-module';

export const COMMON = 'components/iot-p2p-common-player/iot-p2p-common-player';
export const IPC = 'components/iot-p2p-player-ipc/iot-p2p-player-ipc';
export const CAMERA = {
  targetId: 'cam',
  xp2pInfo: 'ticket',
  productId: 'P',
  deviceName: 'D',
  language: 'en',
};

export interface NativeCalls {
  calls: string[];
  chunks: ArrayBuffer[];
}

/** The built components on a module and a native player of the test's own. */
export class PlayerHost {
  readonly module = new FakeModule();
  readonly native: NativeCalls = { calls: [], chunks: [] };
  readonly host: TestHost;

  constructor(components: string[], options: Pick<TestHostOptions, 'root' | 'late'> = {}) {
    this.host = createTestHost({
      ...options,
      components,
      plugins: {
        'wechat-p2p-player': {
          exports: { reset: () => void this.native.calls.push('reset') },
          components: {
            'p2p-player': {
              wxml: '<slot/>',
              properties: {
                mode: String,
                autoplay: Boolean,
                muted: Boolean,
                orientation: String,
                objectFit: String,
                minCache: Number,
                maxCache: Number,
                soundMode: String,
              },
            },
          },
        },
      },
      wx: { onNetworkStatusChange: () => {}, offNetworkStatusChange: () => {} },
    });
    const store = this.host.require<{ configureP2P(config: object): void }>('store/index.js');
    store.configureP2P({ module: this.module, appParams: {} });
  }

  render(path: string, properties: Record<string, unknown> = CAMERA): TestComponent {
    return this.host.render(path, properties);
  }

  dispose(): void {
    this.host.dispose();
  }

  /** What the plugin's component says when its local server listens. */
  readyDetail(): object {
    const { native } = this;
    const call =
      (name: string) =>
      ({ success }: { success?: (result: object) => void } = {}): void => {
        native.calls.push(name);
        success?.(name === 'snapshot' ? { tempImagePath: 'wxfile://tmp.jpg' } : {});
      };
    return {
      playerExport: { addChunk: (chunk: ArrayBuffer) => native.chunks.push(chunk) },
      livePlayerContext: { play: call('play'), stop: call('stop'), snapshot: call('snapshot') },
    };
  }

  /** From a rendered component to a picture. */
  async picture(common: TestComponent | TestNode): Promise<void> {
    await tick();
    nativePlayer(common).trigger('playerReady', this.readyDetail());
    await tick();
    await this.pull(common);
  }

  /** The last picture of the stream before is drawn: the next one may begin. */
  async drawn(common: TestComponent | TestNode): Promise<void> {
    found(common, '.poster').trigger('load', {});
    await tick(5);
  }

  /** The native player asks, the camera answers, the first frame is shown. */
  async pull(common: TestComponent | TestNode): Promise<void> {
    nativePlayer(common).trigger('playerStartPull', {});
    await tick();
    this.module.notify('cam', 'request');
    this.module.notify('cam', 'parsed', { status: 200 });
    this.module.streams.get('cam')?.(new ArrayBuffer(10));
    nativePlayer(common).trigger('statechange', { code: 2003, message: '' });
    await tick();
  }
}

/** The plugin's component inside our wrapper of it, inside a common player. */
export function nativePlayer(common: TestComponent | TestNode): TestNode {
  const wrapper = found(common, '.player');
  return found(wrapper, '.player');
}

export function found(node: TestComponent | TestNode, selector: string): TestNode {
  const result = node.find(selector);
  if (result === null) throw new Error(`no ${selector}`);
  return result;
}

/** What the common player inside an ipc player exports. */
export function exportOf(ipc: TestComponent): Record<string, unknown> {
  const instance = ipc.instance as unknown as { selectComponent(selector: string): unknown };
  return instance.selectComponent('#player') as Record<string, unknown>;
}
