import type { GeneralComponent, template } from 'glass-easel';

/** The JSON file of a page or a component, with every path of `usingComponents` already resolved. */
export interface ComponentJson {
  component?: boolean;
  usingComponents?: Record<string, string>;
  componentGenerics?: Record<string, true | { default?: string }>;
  componentPlaceholder?: Record<string, string>;
  styleIsolation?: string;
  addGlobalClass?: boolean;
  navigationBarTitleText?: string;
  navigationStyle?: string;
}

/** One page or component, ready to be registered. */
export interface ComponentFile {
  json: ComponentJson;
  /** Prefix of its class names when its style is isolated. */
  scope: string;
  /** CSS with the marks of `css-marks.ts` where the scope goes. */
  css: string;
  /** Runs its JavaScript, which calls `Page()` or `Component()`. */
  run: () => void;
}

/** What the template compiler's generated code evaluates to: template path → generator. */
export type TemplateGroups = template.ComponentTemplate['groupList'] & object;

/** Everything of one code space (the mini program, or a plugin) by path without extension. */
export interface CodeFiles {
  groups: TemplateGroups;
  files: Record<string, ComponentFile>;
}

/** `this` inside the methods of a built-in tag. */
export interface BuiltinInstance {
  data: Record<string, unknown>;
  setData(change: Record<string, unknown>): void;
  triggerEvent(name: string, detail?: unknown, options?: { bubbles?: boolean; composed?: boolean }): void;
  getBackendElement(): HTMLElement | null;
  getShadowRoot(): {
    querySelector(selector: string): { getBackendElement(): HTMLElement | null } | null;
  } | null;
}

/**
 * A native tag made for the web. In its WXML, `h-x` is the real HTML element `<x>`; every other tag is a mini program's.
 */
export interface BuiltinDefinition {
  wxml: string;
  options?: Record<string, unknown>;
  properties?: Record<string, unknown>;
  data?: Record<string, unknown>;
  observers?: Record<string, (...args: never[]) => void>;
  lifetimes?: Record<string, (...args: never[]) => void>;
  methods?: Record<string, (...args: never[]) => unknown>;
}

export type Builtins = Record<string, BuiltinDefinition>;

/** Checks the `this` of a built-in's functions. `Extra` is what the definition keeps on its instances. */
export function defineBuiltin<Extra = unknown>(
  definition: BuiltinDefinition & ThisType<BuiltinInstance & Extra>,
): BuiltinDefinition {
  return definition;
}

/** The object that `Page()` and `Component()` methods see as `this`. */
export interface Caller {
  readonly _$: GeneralComponent;
  data: Record<string, unknown>;
  setData(change: Record<string, unknown>, done?: () => void): void;
  selectComponent(selector: string): unknown;
  selectAllComponents(selector: string): unknown[];
  createSelectorQuery(): unknown;
  [member: string]: unknown;
}
