import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { AppVisibility } from '../../devkit/preview/runtime/wx/app-visibility';
import { Listeners } from '../../devkit/preview/runtime/wx/listeners';
import { NetworkStatus } from '../../devkit/preview/runtime/wx/network-status';
import { getRandomValues } from '../../devkit/preview/runtime/wx/random';
import { answer } from '../../devkit/preview/runtime/wx/result';
import { createTestHost, type TestHost } from '../support/component-host';

interface Wx {
  canIUse(schema: string): boolean;
  createTCPServer?: unknown;
  setStorageSync(key: string, value: unknown): void;
  getStorageSync(key: string): unknown;
  getStorage(options: { key: string }): Promise<{ data: unknown }>;
  nextTick(run: () => void): void;
  getSystemInfoSync(): { platform: string; SDKVersion: string };
}

let testHost: TestHost | undefined;
afterEach(() => {
  testHost?.dispose();
  testHost = undefined;
});

function wxOfHost(): Wx {
  testHost = createTestHost({
    root: 'test/e2e/fixtures/feeder',
    components: [],
    plugins: { 'wechat-p2p-player': { components: { 'p2p-player': { wxml: '' } } } },
  });
  return testHost.wx as unknown as Wx;
}

describe('the wx object', () => {
  test('lacks what it cannot do, so that feature detection is honest', () => {
    const wx = wxOfHost();

    assert.equal(wx.createTCPServer, undefined);
    assert.equal(wx.canIUse('createTCPServer'), false);
    assert.equal(wx.canIUse('createLivePlayerContext.play'), true);
    assert.equal(wx.getSystemInfoSync().platform, 'devtools');
  });

  test('keeps copies in storage, and tells what is missing', async () => {
    const wx = wxOfHost();
    const value = { list: [1] };

    wx.setStorageSync('a', value);
    value.list.push(2);

    assert.deepEqual(wx.getStorageSync('a'), { list: [1] });
    assert.equal(wx.getStorageSync('b'), '');
    await assert.rejects(wx.getStorage({ key: 'b' }), { errMsg: 'getStorage:fail data not found' });
  });

  test('runs nextTick after the current call', async () => {
    const order: string[] = [];

    wxOfHost().nextTick(() => order.push('later'));
    order.push('now');
    await Promise.resolve();

    assert.deepEqual(order, ['now', 'later']);
  });
});

describe('the answer of an asynchronous wx function', () => {
  test('goes to the callbacks, never inside the call, and complete comes last', async () => {
    const seen: string[] = [];
    const callbacks = {
      success: (result: { n: number; errMsg: string }) => seen.push(`${result.errMsg} ${result.n}`),
      complete: () => seen.push('complete'),
    };

    assert.equal(
      answer('doIt', callbacks, () => ({ n: 1 })),
      undefined,
    );
    assert.deepEqual(seen, []);
    await new Promise((resolve) => setTimeout(resolve, 0));

    assert.deepEqual(seen, ['doIt:ok 1', 'complete']);
  });

  test('is a promise without callbacks', async () => {
    assert.deepEqual(await answer('doIt', undefined, () => ({ n: 1 })), { n: 1, errMsg: 'doIt:ok' });
    await assert.rejects(
      Promise.resolve(
        answer('doIt', {}, () => {
          throw new Error('because');
        }),
      ),
      { errMsg: 'doIt:fail because' },
    );
  });
});

describe('random values', () => {
  test('have the asked length and a limit', async () => {
    const result = await getRandomValues({ length: 40 });

    assert.equal(result?.randomValues.byteLength, 40);
    await assert.rejects(Promise.resolve(getRandomValues({ length: 0 })), { errMsg: /getRandomValues:fail/ });
    await assert.rejects(Promise.resolve(getRandomValues({ length: 65537 })), {
      errMsg: /getRandomValues:fail/,
    });
  });
});

describe('listeners', () => {
  test('may leave while they are told, and one that throws does not silence the others', (context) => {
    const errors = context.mock.method(console, 'error', () => {});
    const listeners = new Listeners<number>();
    const seen: number[] = [];
    const once = (n: number) => {
      seen.push(n);
      listeners.off(once);
    };
    listeners.on(once);
    listeners.on(() => {
      throw new Error('broken');
    });
    listeners.on((n) => void seen.push(n * 10));

    listeners.emit(1);
    listeners.emit(2);
    listeners.off();
    listeners.emit(3);

    assert.deepEqual(seen, [1, 10, 20]);
    assert.equal(errors.mock.callCount(), 2);
  });
});

describe('the network of the phone', () => {
  test('reports changes and has no address when it is gone', async () => {
    const network = new NetworkStatus();
    const wx = network.api();
    const seen: object[] = [];
    const listener = (status: object) => void seen.push(status);
    wx.onNetworkStatusChange(listener);

    network.change('5g');
    network.change('none');
    wx.offNetworkStatusChange(listener);
    network.change('wifi');

    assert.deepEqual(seen, [
      { isConnected: true, networkType: '5g' },
      { isConnected: false, networkType: 'none' },
    ]);
    assert.equal((await wx.getLocalIPAddress())?.localip, '127.0.0.1');
    network.change('none');
    await assert.rejects(Promise.resolve(wx.getLocalIPAddress()), { errMsg: /no network/ });
  });
});

describe('the visibility of the mini program', () => {
  test('tells host and listeners once per change', () => {
    const seen: string[] = [];
    const visibility = new AppVisibility({
      setForeground: (isForeground) => seen.push(`host ${isForeground}`),
    });
    visibility.api().onAppHide(() => seen.push('hide'));
    visibility.api().onAppShow(() => seen.push('show'));

    visibility.change(true);
    visibility.change(false);
    visibility.change(false);
    visibility.change(true);

    assert.deepEqual(seen, ['host false', 'hide', 'host true', 'show']);
  });
});
