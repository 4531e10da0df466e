import { createRequire } from 'node:module';
import path from 'node:path';
import { until as waitFor } from '../../devkit/until';
import { installDom } from '../../support/dom';

/** WeChat's classic engine with the official WXML compiler, as a second opinion. It knows no generics. */
export interface Simulate {
  load(file: string, options: object): string;
  load(definition: object): string;
  render(id: string, properties?: object): Rendered;
  sleep(ms: number): Promise<void>;
}

export interface Rendered {
  dom: HTMLElement;
  instance: Record<string, unknown>;
  attach(parent: unknown): void;
  detach(): void;
  querySelector(selector: string): RenderedNode | undefined;
}

interface RenderedNode {
  dom: HTMLElement;
  dispatchEvent(name: string, options?: object): void;
  querySelector(selector: string): RenderedNode | undefined;
}

export const ROOT = path.resolve('miniprogram_dist');
const load = createRequire(path.join(process.cwd(), 'package.json'));

/** A built component's file. */
export const builtFile = (name: string): string => path.join(ROOT, 'components', name, name);

/** Before the tests of a file. */
export function loadClassicEngine(): Simulate {
  const window = installDom() as unknown as Record<string, unknown>;
  const globals = globalThis as Record<string, unknown>;
  // The engine looks for these at load, in a browser's global object.
  for (const name of ['TouchEvent', 'MutationObserver']) globals[name] ??= window[name];
  return load('miniprogram-simulate') as Simulate;
}

/** The stores that the components of this engine use. */
export function configure(config: object): void {
  const store = load(path.join(ROOT, 'store/index.js')) as { configureP2P(config: object): void };
  store.configureP2P({ appParams: {}, ...config });
}

/** This engine flushes by timers, so a condition is waited for instead of a time. */
export const until = (what: string, holds: () => boolean): Promise<void> => waitFor(holds, what);
