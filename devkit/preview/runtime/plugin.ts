import type { Globals } from './code-space';
import type { HostPlugin } from './host';
import type { TemplateGroups } from './types';

/** A plugin component written in place: its files, and the argument of `Component()`. */
export interface PluginComponent {
  wxml: string;
  /** CSS with the marks of `css-marks.ts`. */
  css?: string;
  [member: string]: unknown;
}

export interface PluginDefinition {
  components: Record<string, PluginComponent>;
  /** What `requirePlugin()` returns. */
  exports?: unknown;
}

/** A plugin made of definitions instead of files. `groups` are its components' compiled WXML, by name. */
export function makePlugin(
  { components, exports }: PluginDefinition,
  groups: TemplateGroups,
  globals: Globals = globalThis as unknown as Globals,
): HostPlugin {
  const names = Object.keys(components);
  const files = Object.fromEntries(
    Object.entries(components).map(([name, { wxml: _wxml, css = '', ...definition }]) => [
      name,
      {
        json: { component: true },
        scope: name,
        css,
        run: () => (globals['Component'] as (definition: object) => void)(definition),
      },
    ]),
  );
  return {
    code: { groups, files },
    publicComponents: Object.fromEntries(names.map((name) => [name, name])),
    exports: exports ?? {},
  };
}
