import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { createBareRealm } from './bare-realm';

const CORE_DIR = path.resolve('miniprogram_dist/p2p-core');

describe('the bare realm', () => {
  test('has no global beyond ECMAScript 2017 and timers', () => {
    const realm = createBareRealm(CORE_DIR);
    const absent = [
      ...['Buffer', 'process', 'global', 'require', 'module', 'window', 'document', 'self', 'console', 'wx'],
      ...['TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'AbortController', 'Event', 'EventTarget'],
      ...['crypto', 'performance', 'fetch', 'atob', 'btoa', 'structuredClone', 'queueMicrotask'],
      ...['setImmediate', 'BigInt', 'BigInt64Array', 'WebAssembly', 'SharedArrayBuffer', 'WeakRef'],
    ];

    for (const name of absent) assert.equal(realm.evaluate(`typeof ${name}`), 'undefined', name);
    assert.equal(realm.evaluate('typeof [].flat + typeof Object.fromEntries'), 'undefinedundefined');
  });
});

describe('the built core in a bare realm', () => {
  test('loads without wx, and exports the module’s API', () => {
    const realm = createBareRealm(CORE_DIR);

    const core = realm.require('index.js') as Record<string, unknown>;

    assert.equal(typeof core.createP2PModule, 'function');
    assert.equal(typeof core.createWxP2PModule, 'function');
    assert.equal((core.ErrCode as Record<string, number>).BadXp2pInfo, -2001);
    assert.equal(realm.pendingTimerCount, 0);
  });

  test('knows an error of another copy of itself, as two sub-packages would carry', () => {
    interface Errors {
      P2PError: new (errcode: number, errmsg: string) => object;
      isErrorResult(value: unknown): boolean;
    }
    const first = createBareRealm(CORE_DIR).require('index.js') as Errors;
    const second = createBareRealm(CORE_DIR).require('index.js') as Errors;

    assert.ok(second.isErrorResult(new first.P2PError(-2000, 'x')));
    assert.ok(!second.isErrorResult({ code: -2000 }));
  });
});
