import fs from 'node:fs';
import path from 'node:path';
import { collectProject } from '../../devkit/preview/project';
import { builtins } from '../../devkit/preview/runtime/builtins';
import { compileBuiltinTemplates, compileTemplates } from '../../devkit/preview/templates';
import { NAIVE, OURS, PLUGIN_COMPONENTS } from './contenders';
import type { PreparedProject } from './contenders';

/**
 * Compiles the templates of both contenders, which takes WebAssembly and therefore a process with a JIT. The built
 * package and the naive component are put into one folder, as one mini program.
 */
export function prepare(repository: string, folder: string): PreparedProject {
  fs.cpSync(path.join(repository, 'miniprogram_dist'), folder, { recursive: true });
  fs.cpSync(path.join(repository, 'bench/ui', NAIVE), path.join(folder, NAIVE), { recursive: true });
  const project = collectProject({
    repository,
    root: folder,
    tags: new Set(Object.keys(builtins)),
    entries: [OURS, `${NAIVE}/${NAIVE}`],
  });
  const failed = project.diagnostics.filter(({ isError }) => isError);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return {
    root: folder,
    builtinTemplates: compileBuiltinTemplates(repository, builtins),
    pluginTemplates: compileTemplates(repository, PLUGIN_COMPONENTS),
    templates: project.templates,
    files: [...project.files],
  };
}
