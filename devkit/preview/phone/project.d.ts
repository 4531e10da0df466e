/** The mini program, as the bundler hands it to the phone's page. */
declare module 'preview:project' {
  import type { CodeFiles, TemplateGroups } from '../runtime/types';

  export const builtinTemplates: TemplateGroups;
  export const pluginTemplates: TemplateGroups;
  export const main: CodeFiles;
  export const appCss: string;
  export const appJson: { pages: string[]; window?: Record<string, string> };
  export const runApp: () => void;
}
