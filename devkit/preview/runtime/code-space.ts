import type { CodeSpace, ComponentEnv } from 'glass-easel-miniprogram-adapter';
import { applyScope } from './css-marks';
import type { DomBackend } from './dom-backend';
import type { CodeFiles, ComponentJson, TemplateGroups } from './types';

/** The JavaScript side of a definition, as far as the host looks into it. */
interface Definition {
  behaviors?: unknown[];
  options?: { styleIsolation?: string; addGlobalClass?: boolean };
}
type Constructor = (definition?: Definition) => unknown;

/** The global object a mini program's code sees: `Page`, `Component`, `Behavior`, `wx`, … */
export type Globals = Record<string, unknown>;

/** Registers the files of one code space: the mini program itself, or one plugin. */
export class SpaceLoader {
  private readonly files: CodeFiles['files'] = {};
  private readonly groups = {} as Record<string, unknown>;
  private readonly loaded = new Set<string>();

  constructor(
    readonly codeSpace: CodeSpace,
    private readonly backend: DomBackend,
    private readonly globals: Globals,
  ) {}

  add(code: CodeFiles): void {
    Object.assign(this.files, code.files);
    Object.assign(this.groups, code.groups);
  }

  has(path: string): boolean {
    return this.loaded.has(path);
  }

  json(path: string): ComponentJson | undefined {
    return this.files[path]?.json;
  }

  /** Runs every file in the order in which they were added: dependencies come first. */
  loadAll(): void {
    for (const path of Object.keys(this.files)) this.load(path);
  }

  private load(path: string): void {
    const file = this.files[path];
    if (!file || this.loaded.has(path)) return;
    this.loaded.add(path);
    this.codeSpace.addStyleSheet(path, path, file.scope);
    this.setJson(path, file.json);
    const groupList = this.groups as TemplateGroups;
    const content = this.groups[path];
    if (content) {
      const template = { groupList, content, fallbackListenerOnNativeNode: true };
      this.codeSpace.addCompiledTemplate(path, template as Parameters<CodeSpace['addCompiledTemplate']>[1]);
    }
    this.codeSpace.componentEnv(path, (env) => {
      const { Page, Component, Behavior } = this.globals;
      Object.assign(this.globals, this.constructors(path, env));
      try {
        file.run();
      } finally {
        Object.assign(this.globals, { Page, Component, Behavior });
      }
    });
  }

  private setJson(path: string, json: ComponentJson): void {
    const file = this.files[path];
    if (!file) return;
    type StaticConfig = Parameters<CodeSpace['addComponentStaticConfig']>[1];
    this.codeSpace.addComponentStaticConfig(path, json as StaticConfig);
    const isolation = json.styleIsolation ?? (json.component ? 'isolated' : 'shared');
    const isShared = /^(?:page-)?shared$/.test(isolation) && this.codeSpace.isMainSpace();
    this.backend.registerStyleSheetContent(path, applyScope(file.css, isShared ? '' : file.scope));
  }

  /** `Page`, `Component` and `Behavior` as the file at `path` sees them. */
  private constructors(path: string, env: ComponentEnv): Record<string, unknown> {
    const { Page, Component, Behavior } = env as unknown as Record<
      'Page' | 'Component' | 'Behavior',
      Constructor
    >;
    const prepare = (definition: Definition): Definition => ({
      ...definition,
      ...(definition.behaviors && { behaviors: resolveBehaviors(definition.behaviors, Behavior) }),
    });
    const prepareComponent = (definition: Definition): Definition => {
      const { styleIsolation, addGlobalClass } = definition.options ?? {};
      if (styleIsolation !== undefined || addGlobalClass !== undefined) {
        // The adapter reads both from the JSON file only; there, JSON wins over JavaScript.
        const fromCode = {
          ...(styleIsolation && { styleIsolation }),
          ...(addGlobalClass && { addGlobalClass }),
        };
        this.setJson(path, { ...fromCode, ...this.files[path]?.json });
      }
      return prepare(definition);
    };
    const behavior = (definition?: Definition) => (definition ? Behavior(prepare(definition)) : Behavior());
    return {
      Page: (definition: Definition) => Page(prepare(definition)),
      Component: (definition?: Definition) =>
        definition ? Component(prepareComponent(definition)) : Component(),
      Behavior: Object.assign(behavior, { trait: env.Behavior.trait }),
    };
  }
}

/** The platform's behaviors are named by strings, which the adapter does not know. */
function resolveBehaviors(behaviors: unknown[], Behavior: Constructor): unknown[] {
  const resolved: unknown[] = [];
  for (const behavior of behaviors) {
    if (typeof behavior !== 'string') resolved.push(behavior);
    else if (behavior === 'wx://form-field') {
      resolved.push(Behavior({ properties: { name: String, value: null } } as Definition));
    }
    // 'wx://component-export' needs nothing: the adapter always honours `export`.
  }
  return resolved;
}
