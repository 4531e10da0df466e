import type { GeneralBackendElement } from 'glass-easel';
import type { AssociatedBackend, Root } from 'glass-easel-miniprogram-adapter';
import type { SpaceLoader } from './code-space';
import type { Caller } from './types';

export interface PageEntry {
  path: string;
  query: Record<string, string>;
  instance: Caller;
  root: Root;
  element: HTMLElement;
}

export interface NavigateOptions {
  url: string;
  success?: (result: { errMsg: string }) => void;
  fail?: (result: { errMsg: string }) => void;
  complete?: (result: { errMsg: string }) => void;
}

/** The page stack: opens, hides, shows and unloads pages with their lifetimes in WeChat's order. */
export class Router {
  readonly stack: PageEntry[] = [];
  private container: HTMLElement | null = null;
  /** Called after each change of the stack. */
  onChange: () => void = () => {};

  constructor(
    private readonly backend: AssociatedBackend,
    private readonly space: () => SpaceLoader,
  ) {}

  mount(container: HTMLElement): void {
    this.container = container;
  }

  top(): PageEntry | undefined {
    return this.stack[this.stack.length - 1];
  }

  /** Pushes a page. `url` is absolute, or relative to the page on top; throws when there is no such page. */
  open(url: string): PageEntry {
    const { path, query } = this.resolve(url);
    const space = this.space();
    if (!this.container) throw new Error('the router is not mounted');
    const element = document.createElement('wx-page');
    const placeholder = document.createElement('div');
    element.appendChild(placeholder);
    this.container.appendChild(element);
    const search = url.indexOf('?');
    const root = this.backend.createRoot(
      'wx-page-body',
      space.codeSpace,
      search < 0 ? path : path + url.slice(search),
    );
    const instance = root.get() as unknown as Caller;
    instance['route'] = path;
    instance['options'] = query;
    const page: PageEntry = { path, query, instance, root, element };
    this.stack.push(page);
    root.attach(element as unknown as GeneralBackendElement, placeholder as unknown as GeneralBackendElement);
    call(page, 'onLoad', query);
    this.show(page);
    // `onReady` follows the `ready` lifetimes of the components, which run in a microtask.
    setTimeout(() => call(page, 'onReady'), 0);
    this.onChange();
    return page;
  }

  /** The `wx.*` navigation functions. */
  api() {
    const run = (name: string, options: Partial<NavigateOptions> | undefined, action: () => void) => {
      try {
        action();
      } catch (error) {
        const failure = { errMsg: `${name}:fail ${(error as Error).message}` };
        options?.fail?.(failure);
        options?.complete?.(failure);
        if (!options?.fail) console.error(failure.errMsg);
        return;
      }
      const result = { errMsg: `${name}:ok` };
      options?.success?.(result);
      options?.complete?.(result);
    };
    // Resolved before anything closes: a wrong URL leaves the stack as it is.
    const replace = (url: string, count: number) => {
      const target = this.resolve(url).url;
      for (let i = 0; i < count; i++) this.close();
      this.open(target);
    };
    return {
      navigateTo: (options: NavigateOptions) =>
        run('navigateTo', options, () => {
          const target = this.resolve(options.url).url;
          const below = this.top();
          if (below) this.hide(below);
          this.open(target);
        }),
      redirectTo: (options: NavigateOptions) => run('redirectTo', options, () => replace(options.url, 1)),
      reLaunch: (options: NavigateOptions) =>
        run('reLaunch', options, () => replace(options.url, this.stack.length)),
      switchTab: (options: NavigateOptions) =>
        run('switchTab', options, () => replace(options.url, this.stack.length)),
      navigateBack: (options?: { delta?: number } & Partial<NavigateOptions>) =>
        run('navigateBack', options, () => {
          const count = Math.min(options?.delta ?? 1, this.stack.length - 1);
          for (let i = 0; i < count; i++) this.close();
          const page = this.top();
          if (count > 0 && page) this.show(page);
        }),
    };
  }

  /** The whole mini program goes to the background. */
  hideTop(): void {
    const page = this.top();
    if (page) runHide(page);
  }

  showTop(): void {
    const page = this.top();
    if (page) runShow(page);
  }

  closeAll(): void {
    while (this.stack.length > 0) this.close();
  }

  private resolve(url: string): { path: string; query: Record<string, string>; url: string } {
    const { path, query, search } = parseUrl(url, this.top()?.path ?? '');
    if (!this.space().has(path)) throw new Error(`page "${path}" is not found`);
    return { path, query, url: `/${path}${search}` };
  }

  private show(page: PageEntry): void {
    page.element.style.display = '';
    runShow(page);
  }

  private hide(page: PageEntry): void {
    page.element.style.display = 'none';
    runHide(page);
  }

  private close(): void {
    const page = this.stack.pop();
    if (!page) return;
    call(page, 'onUnload');
    page.root.release();
    page.element.remove();
    this.onChange();
  }
}

function runShow(page: PageEntry): void {
  call(page, 'onShow');
  page.root.getComponent().triggerPageLifetime('show', []);
}

function runHide(page: PageEntry): void {
  call(page, 'onHide');
  page.root.getComponent().triggerPageLifetime('hide', []);
}

/** Methods given to `Page()` are plain methods to the adapter, so nobody else calls its lifetimes. */
function call(page: PageEntry, name: string, ...args: unknown[]): void {
  const method = page.instance[name];
  if (typeof method !== 'function') return;
  try {
    (method as (...args: unknown[]) => void).apply(page.instance, args);
  } catch (error) {
    console.error(error);
  }
}

/** Values of the query stay as they are written: WeChat does not decode them. */
export function parseUrl(
  url: string,
  base: string,
): { path: string; query: Record<string, string>; search: string } {
  const at = url.indexOf('?');
  const search = at < 0 ? '' : url.slice(at);
  const path = new URL(at < 0 ? url : url.slice(0, at), `mp://app/${base}`).pathname.replace(/^\/+/, '');
  const query: Record<string, string> = {};
  for (const pair of search.slice(1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    query[equals < 0 ? pair : pair.slice(0, equals)] = equals < 0 ? '' : pair.slice(equals + 1);
  }
  return { path, query, search };
}
