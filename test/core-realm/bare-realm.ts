import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

/** A global object with ECMAScript 2017 and what a mini program adds to it: timers, and `wx` when given. */
export interface BareRealm {
  /** Loads a CommonJS module of `dir`; relative requires only, as in a package inside miniprogram_npm. */
  require(file: string): unknown;
  /** Runs code in the realm. */
  evaluate(code: string): unknown;
  /** An ArrayBuffer of the realm's own kind, holding a copy: `instanceof` differs between realms. */
  toRealmBuffer(bytes: Uint8Array): ArrayBuffer;
  /** Timers that were armed and neither fired nor were cleared. */
  readonly pendingTimerCount: number;
  clearTimers(): void;
}

/** Names that V8 puts into every context and that ECMAScript 2017, or a WeChat of that level, does not have. */
const NEWER_GLOBALS = [
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'WebAssembly',
  'SharedArrayBuffer',
  'Atomics',
  'WeakRef',
  'FinalizationRegistry',
  'AggregateError',
  'Iterator',
  'console',
  'escape',
  'unescape',
];
const NEWER_MEMBERS: Record<string, string[]> = {
  Array: ['fromAsync'],
  'Array.prototype': 'flat flatMap at findLast findLastIndex toReversed toSorted toSpliced with'.split(' '),
  'Object.getPrototypeOf(Uint8Array).prototype': 'at findLast findLastIndex toReversed toSorted with'.split(
    ' ',
  ),
  Object: ['fromEntries', 'hasOwn', 'groupBy'],
  'String.prototype': 'at matchAll replaceAll trimStart trimEnd isWellFormed toWellFormed'.split(' '),
  Promise: ['allSettled', 'any', 'withResolvers'],
  'Promise.prototype': ['finally'],
  Map: ['groupBy'],
  'ArrayBuffer.prototype': ['resize', 'transfer', 'transferToFixedLength'],
  'DataView.prototype': 'getBigInt64 getBigUint64 setBigInt64 setBigUint64'.split(' '),
  'Symbol.prototype': ['description'],
};

/** `wx` may need the realm's own buffers, so it is made from the realm. */
export function createBareRealm(dir: string, makeWx?: (realm: BareRealm) => object): BareRealm {
  const context = vm.createContext({});
  const evaluate = (code: string): unknown => vm.runInContext(code, context);
  for (const [owner, names] of Object.entries(NEWER_MEMBERS)) {
    for (const name of names) evaluate(`delete ${owner}.${name}`);
  }
  for (const name of NEWER_GLOBALS) evaluate(`delete this.${name}`);
  evaluate('delete this.globalThis');

  const timers = new Map<number, NodeJS.Timeout>();
  let lastTimerId = 0;
  const addTimer = (arm: (id: number) => NodeJS.Timeout): number => {
    lastTimerId += 1;
    timers.set(lastTimerId, arm(lastTimerId));
    return lastTimerId;
  };
  const clearTimer = (id: number): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  const install = (name: string, value: unknown): void => {
    (context as Record<string, unknown>)[name] = value;
  };
  install('setTimeout', (fire: () => void, delayMs: number) =>
    addTimer((id) =>
      setTimeout(() => {
        timers.delete(id);
        fire();
      }, delayMs),
    ),
  );
  install('clearTimeout', clearTimer);
  install('setInterval', (fire: () => void, delayMs: number) => addTimer(() => setInterval(fire, delayMs)));
  install('clearInterval', clearTimer);

  const modules = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: evaluate('({})') };
    modules.set(file, module);
    const code = fs.readFileSync(file, 'utf8');
    const run = new vm.Script(`(function (require, module, exports) {${code}\n})`, { filename: file });
    const localRequire = (request: string): unknown => {
      if (!request.startsWith('.')) throw new Error(`${file} requires the package '${request}'`);
      const target = path.resolve(path.dirname(file), request);
      if (path.relative(dir, target).startsWith('..'))
        throw new Error(`${file} requires '${request}', outside of ${dir}`);
      return load(fs.existsSync(`${target}.js`) ? `${target}.js` : path.join(target, 'index.js'));
    };
    (run.runInContext(context) as (...args: unknown[]) => void)(localRequire, module, module.exports);
    return module.exports;
  };

  const realm: BareRealm = {
    require: (file) => load(path.resolve(dir, file)),
    evaluate,
    toRealmBuffer(bytes) {
      const buffer = (
        evaluate('(byteCount) => new ArrayBuffer(byteCount)') as (byteCount: number) => ArrayBuffer
      )(bytes.length);
      new Uint8Array(buffer).set(bytes);
      return buffer;
    },
    get pendingTimerCount() {
      return timers.size;
    },
    clearTimers: () => [...timers.keys()].forEach(clearTimer),
  };
  if (makeWx) install('wx', makeWx(realm));
  return realm;
}
