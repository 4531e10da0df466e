import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { formatDiagnostic } from '../../devkit/preview/diagnostics';
import { collectProject, type Project } from '../../devkit/preview/project';
import { findRepositoryRoot } from '../../devkit/preview/repository';
import { builtins } from '../../devkit/preview/runtime/builtins';
import {
  createHost,
  type Host,
  type RenderedComponent,
  type RenderOptions,
} from '../../devkit/preview/runtime/host';
import { makePlugin, type PluginDefinition } from '../../devkit/preview/runtime/plugin';
import type { Builtins, Caller, CodeFiles, TemplateGroups } from '../../devkit/preview/runtime/types';
import { createBaseWx } from '../../devkit/preview/runtime/wx/base';
import { compileBuiltinTemplates, compileTemplates } from '../../devkit/preview/templates';
import { installDom } from './dom';

export interface TestHostOptions {
  /** Folder of the built files. Default: `miniprogram_dist` of the repository. */
  root?: string;
  /** Paths below `root` without extension, e.g. `components/iot-p2p-player-ipc/iot-p2p-player-ipc`. Pages too. */
  components: string[];
  /** Stand-ins of plugins, by alias: what `plugin://<alias>/<name>` and `requirePlugin(alias)` give. */
  plugins?: Record<string, PluginDefinition>;
  /** Members of `wx` to add or replace. */
  wx?: Record<string, unknown>;
  /** Of the files that are collected, those that are registered only by `loadLate()`: a sub-package on its way. */
  late?: string[];
  /** Replaces native tags, e.g. `live-player`, by a definition with its own `wxml`. */
  builtinOverrides?: Builtins;
}

/** A rendered component with what a test asks of it. */
export interface TestComponent extends RenderedComponent {
  /** The first node inside the component that matches a WXSS selector, seen as from its own WXML; null if none. */
  find(selector: string): TestNode | null;
  findAll(selector: string): TestNode[];
  text(): string;
  /** Every event of this name that the component triggers from now on: their details, in order. */
  record(eventName: string): unknown[];
  setProperties(properties: Record<string, unknown>): Promise<void>;
}

/** A node inside a component: a native tag or another component. */
export interface TestNode {
  /** Property values of a component or native tag. */
  data: Record<string, unknown>;
  /** `this` of a component's methods; null for a native tag. */
  instance: Caller | null;
  element: HTMLElement;
  /** As if the tag itself triggered it: what `bind:name` handlers get. */
  trigger(eventName: string, detail?: unknown): void;
  find(selector: string): TestNode | null;
  findAll(selector: string): TestNode[];
}

export interface TestHost {
  host: Host;
  wx: Record<string, unknown>;
  render(componentPath: string, properties?: Record<string, unknown>, options?: RenderOptions): TestComponent;
  /** Loads a module below `root` in the instance that the components use. */
  require<T = unknown>(file: string): T;
  /** Registers what `late` held back. */
  loadLate(): void;
  dispose(): void;
}

const repository = findRepositoryRoot();
let builtinTemplates: TemplateGroups | null = null;

/**
 * Runs built components in jsdom on the preview's own host, one host at a time: `dispose()` (or the next call) ends it.
 * Every host loads the modules below `root` anew, so stores do not leak from test to test.
 */
export function createTestHost(options: TestHostOptions): TestHost {
  installDom();
  currentHost?.dispose();
  const root = path.resolve(options.root ?? path.join(repository, 'miniprogram_dist'));
  if (!fs.existsSync(root)) throw new Error(`${root} does not exist: run "npm run build" first`);
  const load = freshRequire(root);

  builtinTemplates ??= evaluate(compileBuiltinTemplates(repository, builtins));
  const overrides = options.builtinOverrides ?? {};
  const host = createHost({
    builtins: { ...builtins, ...overrides },
    builtinTemplates: { ...builtinTemplates, ...evaluate(compileBuiltinTemplates(repository, overrides)) },
  });
  const globals = globalThis as unknown as Record<string, unknown>;
  const previousWx = globals['wx'];
  const wx: Record<string, unknown> = { ...createBaseWx(host), ...options.wx };
  globals['wx'] = wx;

  for (const [alias, plugin] of Object.entries(options.plugins ?? {})) {
    host.addPlugin(alias, makePlugin(plugin, evaluate(compileTemplates(repository, plugin.components))));
  }
  const tags = new Set(Object.keys({ ...builtins, ...overrides }));
  const project = collectProject({ repository, root, tags, entries: options.components });
  const failed = project.diagnostics.filter((diagnostic) => diagnostic.isError);
  if (failed.length > 0) throw new Error(failed.map(formatDiagnostic).join('\n'));
  const code = codeOf(project, load);
  const isLate = (file: string): boolean => (options.late ?? []).includes(file);
  const only = (wanted: boolean): CodeFiles => ({
    ...code,
    files: Object.fromEntries(Object.entries(code.files).filter(([file]) => isLate(file) === wanted)),
  });
  host.addMain(only(false), project.appCss);
  host.router.mount(document.body);

  const testHost: TestHost = {
    host,
    wx,
    render: (componentPath, properties, renderOptions) =>
      wrap(host.render(componentPath, properties, renderOptions)),
    loadLate: () => host.addMain(only(true), project.appCss),
    require: <T>(file: string) => load(path.join(root, file)) as T,
    dispose() {
      host.dispose();
      document.body.replaceChildren();
      globals['wx'] = previousWx;
      if (currentHost === testHost) currentHost = null;
    },
  };
  currentHost = testHost;
  return testHost;
}

/** glass-easel listens on one document, so a forgotten host of the test before must end first. */
let currentHost: TestHost | null = null;

/** Of the end of a `tick`, this much passes in turns of the process, one for each millisecond. */
const TURNS_MS = 20;
const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Lets timers and microtasks of `ms` run: `ready`, mobx bindings and deferred events all come later than a call, some of them
 * as one timer after the other. A busy machine makes several timers due at once; each of these turns lets the next one run.
 */
export async function tick(ms = 0): Promise<void> {
  if (ms > TURNS_MS) await turn(ms - TURNS_MS);
  for (let left = Math.min(ms, TURNS_MS); left > 1; left--) await turn(1);
  await turn(Math.min(ms, 1));
}

/** Waits for a condition, and not for a time; a minute means that it will never come true. */
export { until } from '../devkit/until';

/** A tap by mouse, as the host recognises one. */
export function click(target: HTMLElement | TestNode): void {
  press(target);
  release(target);
}

export function press(target: HTMLElement | TestNode): void {
  pointer(target, 'mousedown');
}

export function release(target: HTMLElement | TestNode): void {
  pointer(target, 'mouseup');
}

function pointer(target: HTMLElement | TestNode, type: 'mousedown' | 'mouseup'): void {
  const element = 'element' in target ? target.element : target;
  element.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true, clientX: 1, clientY: 1 }));
}

function wrap(rendered: RenderedComponent): TestComponent {
  const node = toNode(rendered.component as unknown as TreeElement);
  return Object.assign(rendered, {
    find: node.find,
    findAll: node.findAll,
    text: () => rendered.element.textContent ?? '',
    record(eventName: string) {
      const details: unknown[] = [];
      rendered.component.addListener(eventName, (event) => {
        details.push(event.detail);
      });
      return details;
    },
    async setProperties(properties: Record<string, unknown>) {
      rendered.instance.setData(properties);
      await tick();
    },
  });
}

/** The parts of glass-easel's tree that tests touch. */
interface TreeElement {
  data?: Record<string, unknown>;
  getBackendElement(): unknown;
  getMethodCaller?(): unknown;
  triggerEvent(name: string, detail?: unknown): void;
  getShadowRoot?(): {
    querySelector(selector: string): TreeElement | null;
    querySelectorAll(selector: string): TreeElement[];
  } | null;
}

function toNode(tree: TreeElement): TestNode {
  const caller = tree.getMethodCaller?.() as Caller | TreeElement | undefined;
  return {
    get data() {
      return tree.data ?? {};
    },
    instance: caller && caller !== tree ? (caller as Caller) : null,
    element: tree.getBackendElement() as HTMLElement,
    trigger: (eventName, detail) => tree.triggerEvent(eventName, detail),
    find(selector) {
      const found = tree.getShadowRoot?.()?.querySelector(selector);
      return found ? toNode(found) : null;
    },
    findAll: (selector) => (tree.getShadowRoot?.()?.querySelectorAll(selector) ?? []).map(toNode),
  };
}

function evaluate(expression: string): TemplateGroups {
  return new Function(`return ${expression}`)() as TemplateGroups;
}

function codeOf(project: Project, load: NodeJS.Require): CodeFiles {
  const files: CodeFiles['files'] = {};
  for (const [file, { json, scope, css, script }] of project.files) {
    files[file] = {
      json,
      scope,
      css,
      run() {
        // A module runs once per process, but every host needs its `Component()` call.
        delete load.cache[load.resolve(script)];
        load(script);
      },
    };
  }
  return { groups: evaluate(project.templates), files };
}

function freshRequire(root: string): NodeJS.Require {
  const load = createRequire(path.join(root, 'index.js'));
  for (const file of Object.keys(load.cache)) {
    if (file.startsWith(root + path.sep)) delete load.cache[file];
  }
  return load;
}
