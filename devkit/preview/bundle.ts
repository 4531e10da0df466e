import fs from 'node:fs';
import path from 'node:path';
import type { BuildFailure, BuildOptions, BuildResult, Message, Plugin } from 'esbuild';
import type { Diagnostic } from './diagnostics';
import { playerPlugin } from './player/p2p-player';
import { collectProject, type Project, type ProjectOptions, resolveProjectFile } from './project';
import { devkitRequire } from './repository';
import { builtins } from './runtime/builtins';
import { compileBuiltinTemplates, compileTemplates } from './templates';

export interface BundleOptions {
  repository: string;
  /** Folder of the mini program. */
  root: string;
  /** As in ProjectOptions: npm packages by name. */
  packages: Readonly<Record<string, string>>;
}

export interface Bundle {
  /** What the pages load: file name → content. Empty when there are errors. */
  files: Map<string, string>;
  diagnostics: Diagnostic[];
  /** Every file that went in; a change of one makes the bundle stale. */
  inputs: string[];
}

/** Builds the scripts and styles of the preview's two pages in memory: the frame, and the phone with the mini program. */
export async function buildBundle(options: BundleOptions): Promise<Bundle> {
  const { repository } = options;
  const tags = new Set(Object.keys(builtins));
  const projectOptions: ProjectOptions = { ...options, tags };
  const project = collectProject(projectOptions);
  const inputs = [
    path.join(options.root, 'app.json'),
    path.join(options.root, 'app.wxss'),
    ...sourcesOf(project),
  ];
  const bundle: Bundle = { files: new Map(), diagnostics: project.diagnostics, inputs };
  if (project.diagnostics.some(({ isError }) => isError)) return bundle;

  const preview = path.join(repository, 'devkit', 'preview');
  const esbuild = devkitRequire(repository)('esbuild') as {
    build(options: BuildOptions): Promise<BuildResult>;
  };
  try {
    const result = await esbuild.build({
      absWorkingDir: repository,
      entryPoints: {
        phone: path.join(preview, 'phone', 'phone.ts'),
        'phone-style': path.join(preview, 'phone', 'phone.css'),
        frame: path.join(preview, 'frame', 'frame.ts'),
        'frame-style': path.join(preview, 'frame', 'frame.css'),
      },
      outdir: '/',
      write: false,
      bundle: true,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      target: 'chrome110',
      // One copy of every package: required from a mini program and imported from the runtime alike.
      mainFields: ['main'],
      define: { 'process.env.NODE_ENV': '"development"' },
      sourcemap: 'inline',
      logLevel: 'silent',
      plugins: [projectPlugin(projectOptions, project)],
    });
    for (const file of result.outputFiles ?? []) bundle.files.set(path.basename(file.path), file.text);
    for (const input of Object.keys(result.metafile?.inputs ?? {})) {
      if (!input.includes(':')) inputs.push(path.resolve(repository, input));
    }
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!errors) throw error;
    bundle.diagnostics.push(...errors.map(toDiagnostic));
  }
  return bundle;
}

/** Provides `preview:project`, and resolves the project's requires as WeChat does. */
function projectPlugin(options: ProjectOptions, project: Project): Plugin {
  const { repository, root, packages } = options;
  return {
    name: 'mini-program',
    setup(build) {
      build.onResolve({ filter: /^preview:project$/ }, ({ path: id }) => ({
        path: id,
        namespace: 'preview',
      }));
      build.onLoad({ filter: /.*/, namespace: 'preview' }, () => ({
        contents: projectModule(options, project),
        resolveDir: repository,
        loader: 'js',
      }));
      // Bare names: `miniprogram_npm` first, else page and component would get two copies of a store.
      build.onResolve({ filter: /^[@a-zA-Z]/ }, ({ path: id, importer }) => {
        const isProjects =
          importer.startsWith(root) || Object.values(packages ?? {}).some((d) => importer.startsWith(d));
        if (!isProjects) return undefined;
        for (const suffix of ['', '.js', '/index.js']) {
          const file = resolveProjectFile(options, `miniprogram_npm/${id}${suffix}`);
          if (fs.existsSync(file) && fs.statSync(file).isFile()) return { path: file };
        }
        return undefined;
      });
    },
  };
}

/** The mini program as one module; the JavaScript of pages and components runs when the host registers them. */
function projectModule(
  { repository, root }: ProjectOptions,
  { appJson, appCss, files, templates }: Project,
): string {
  const appScript = path.join(root, 'app.js');
  const runApp = fs.existsSync(appScript) ? `require(${JSON.stringify(appScript)})` : '';
  const entries = [...files].map(([file, { json, scope, css, script }]) => {
    const fields = JSON.stringify({ json, scope, css }).slice(1, -1);
    return `${JSON.stringify(file)}: { ${fields}, run() { require(${JSON.stringify(script)}); } }`;
  });
  return `
export const builtinTemplates = ${compileBuiltinTemplates(repository, builtins)};
export const pluginTemplates = ${compileTemplates(repository, playerPlugin.components)};
export const main = { groups: ${templates}, files: { ${entries.join(',\n')} } };
export const appCss = ${JSON.stringify(appCss)};
export const appJson = ${JSON.stringify(appJson)};
export const runApp = () => { ${runApp} };
`;
}

function sourcesOf(project: Project): string[] {
  return [...project.files.values()].flatMap(({ script }) => {
    const base = script.slice(0, -'.js'.length);
    return [script, `${base}.json`, `${base}.wxml`, `${base}.wxss`];
  });
}

function toDiagnostic({ text, location }: Message): Diagnostic {
  return {
    isError: true,
    file: location?.file ?? '',
    message: text,
    ...(location && { line: location.line, column: location.column + 1 }),
  };
}
