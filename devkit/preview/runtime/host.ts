import type {
  GeneralBackendElement,
  GeneralBehavior,
  GeneralComponent,
  GeneralComponentDefinition,
} from 'glass-easel';
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter';
import { BASE_CSS } from './base-css';
import { type Globals, SpaceLoader } from './code-space';
import { applyScope } from './css-marks';
import { backendOfDocument } from './dom-backend';
import { completeEventFields, connectEvents } from './events';
import { recogniseGestures } from './gestures';
import { ReadyQueue } from './ready-queue';
import { Router } from './router';
import { builtinTemplatePath } from './template-path';
import type { Builtins, Caller, CodeFiles, TemplateGroups } from './types';

export interface HostOptions {
  builtins: Builtins;
  /** The compiled WXML of the built-ins, by `builtinTemplatePath(name)`. */
  builtinTemplates: TemplateGroups;
  /** Gets `Page`, `Component`, `App`, `getApp`, … Default: globalThis. */
  globals?: Globals;
}

/** A plugin of the mini program: its components become `plugin://<alias>/<name>`. */
export interface HostPlugin {
  code: CodeFiles;
  /** Public name → path. */
  publicComponents: Record<string, string>;
  /** What `requirePlugin(alias)` returns. */
  exports: unknown;
}

/** One component outside of any page. */
export interface RenderedComponent {
  /** `this` of its methods. */
  instance: Caller;
  component: GeneralComponent;
  element: HTMLElement;
  detach(): void;
}

export interface RenderOptions {
  parent?: HTMLElement;
  /** `generic:x` → component path. */
  generics?: Record<string, string>;
}

export type Host = ReturnType<typeof createHost>;

/**
 * A mini program's world in one document (a browser's or jsdom's): WeChat's own component framework plus what it expects
 * of its host. One host at a time; `dispose()` before the next.
 */
export function createHost(options: HostOptions) {
  const globals = options.globals ?? (globalThis as unknown as Globals);
  const { backend, isNew } = backendOfDocument();
  if (isNew) {
    recogniseGestures();
    completeEventFields();
    const style = document.createElement('style');
    style.textContent = BASE_CSS;
    document.head.prepend(style);
  }
  backend.removeStyleSheets();
  backend.addBuiltinTags(Object.keys(options.builtins));
  connectEvents(backend);

  const env = new MiniProgramEnv();
  const associated = env.associateBackend(backend);
  const definitions = defineBuiltins(env, options);
  const readyBehavior = makeReadyBehavior(env);

  const openSpace = (id: string, publicComponents: Record<string, string>): SpaceLoader => {
    const codeSpace = env.createCodeSpace(id, id === MAIN_SPACE, publicComponents);
    const space = codeSpace.getComponentSpace();
    // Lets WXML call handlers that exist on the instance only, as those of `createStoreBindings(this, …)`.
    space.updateComponentOptions({ useMethodCallerListeners: true });
    codeSpace.setOverallBehavior(readyBehavior);
    for (const [tag, definition] of definitions) space.setGlobalUsingComponent(tag, definition);
    return new SpaceLoader(codeSpace, backend, globals);
  };

  const main = openSpace(MAIN_SPACE, {});
  const router = new Router(associated, () => main);
  const plugins = new Map<string, unknown>();
  const rendered = new Set<RenderedComponent>();
  const app = makeApp();

  const replaced = installGlobals(globals, {
    App: app.define,
    getApp: () => app.instance,
    getCurrentPages: () => router.stack.map((page) => page.instance),
    requirePlugin(alias: string) {
      if (!plugins.has(alias)) throw new Error(`plugin "${alias}" is not provided`);
      return plugins.get(alias);
    },
  });

  return {
    router,
    main,

    /** Must come before the mini program's own files, which refer to it. */
    addPlugin(alias: string, plugin: HostPlugin): void {
      const space = openSpace(alias, plugin.publicComponents);
      space.add(plugin.code);
      space.loadAll();
      plugins.set(alias, plugin.exports);
      main.codeSpace.importCodeSpace(alias, alias);
    },

    /** Registers pages and components; `appCss` is the compiled app.wxss. */
    addMain(code: CodeFiles, appCss = ''): void {
      main.codeSpace.addStyleSheet('app', 'app');
      backend.registerStyleSheetContent('app', applyScope(appCss, ''));
      main.add(code);
      main.loadAll();
    },

    /** Runs `app.js` and the app's launch lifetimes; pages are opened in `container` from then on. */
    launch(container: HTMLElement, runApp: () => void): void {
      router.mount(container);
      runApp();
      app.call('onLaunch', { path: '', query: {}, scene: 1001 });
      app.call('onShow', { path: '', query: {}, scene: 1001 });
    },

    /** The mini program goes to the background, or comes back. */
    setForeground(isForeground: boolean): void {
      if (isForeground) {
        app.call('onShow', {});
        router.showTop();
      } else {
        router.hideTop();
        app.call('onHide');
      }
    },

    /** Renders one component by itself, with these property values. */
    render(
      path: string,
      properties: Record<string, unknown> = {},
      { parent = document.body, generics }: RenderOptions = {},
    ): RenderedComponent {
      const tag = path.slice(path.lastIndexOf('/') + 1);
      const root = associated.createRoot(tag, main.codeSpace, path, generics);
      const instance = root.get() as unknown as Caller;
      if (Object.keys(properties).length > 0) instance.setData(properties);
      const placeholder = document.createElement('div');
      parent.appendChild(placeholder);
      root.attach(
        parent as unknown as GeneralBackendElement,
        placeholder as unknown as GeneralBackendElement,
      );
      const component = root.getComponent();
      const element = component.getBackendElement() as unknown as HTMLElement;
      const handle: RenderedComponent = {
        instance,
        component,
        element,
        detach() {
          if (!rendered.delete(handle)) return;
          root.release();
          element.remove();
        },
      };
      rendered.add(handle);
      return handle;
    },

    /** Unloads every page and component and gives the globals back. */
    dispose(): void {
      router.closeAll();
      for (const handle of [...rendered]) handle.detach();
      backend.removeStyleSheets();
      Object.assign(globals, replaced);
    },
  };
}

const MAIN_SPACE = 'main';

function defineBuiltins(
  env: MiniProgramEnv,
  { builtins, builtinTemplates }: HostOptions,
): Map<string, GeneralComponentDefinition> {
  const space = env.getGlobalCodeSpace().getComponentSpace();
  const definitions = new Map<string, GeneralComponentDefinition>();
  for (const [name, { options, properties, data, observers, lifetimes, methods }] of Object.entries(
    builtins,
  )) {
    const content = (builtinTemplates as Record<string, unknown>)[builtinTemplatePath(name)];
    const params = {
      is: `wx-builtin/${name}`,
      // Values are passed by reference: a built-in may get functions and buffers.
      options: { propertyPassingDeepCopy: 0, ...options },
      properties,
      data,
      observers,
      lifetimes,
      methods,
      template: { groupList: builtinTemplates, content },
    };
    definitions.set(name, space.defineComponent(params as never) as unknown as GeneralComponentDefinition);
  }
  return definitions;
}

function makeReadyBehavior(env: MiniProgramEnv): GeneralBehavior {
  const queue = new ReadyQueue();
  return env
    .getGlobalCodeSpace()
    .getComponentSpace()
    .define()
    .lifetime('attached', function (this: unknown) {
      const caller = this as { _$?: GeneralComponent };
      queue.add(caller._$ ?? (this as GeneralComponent));
    })
    .registerBehavior() as unknown as GeneralBehavior;
}

function makeApp() {
  const instance: Record<string, unknown> = {};
  return {
    instance,
    define: (definition: Record<string, unknown>) => void Object.assign(instance, definition),
    call(name: string, ...args: unknown[]) {
      const method = instance[name];
      if (typeof method === 'function') (method as (...args: unknown[]) => void).apply(instance, args);
    },
  };
}

/** Sets `members` and returns what they hid. */
function installGlobals(globals: Globals, members: Globals): Globals {
  const replaced: Globals = {};
  for (const name of Object.keys(members)) replaced[name] = globals[name];
  Object.assign(globals, members);
  return replaced;
}
