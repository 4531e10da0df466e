import fs from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from './diagnostics';
import type { ComponentJson } from './runtime/types';
import { TemplateSet } from './templates';
import { compileWxss } from './wxss';

export interface ProjectOptions {
  /** The repository, whose devkit holds the compilers. */
  repository: string;
  /** The mini program's folder: the one that holds app.json, or a folder of single components. */
  root: string;
  /** Tags of the host's built-ins. */
  tags: ReadonlySet<string>;
  /** Components to collect besides the pages of app.json. */
  entries?: readonly string[];
  /** Packages that the packer would put into `miniprogram_npm/<name>`: name → folder of its built files. */
  packages?: Readonly<Record<string, string>>;
}

/** A collected page or component: all but its JavaScript is ready. */
export interface ProjectFile {
  json: ComponentJson;
  scope: string;
  css: string;
  /** Its JavaScript file on disk. */
  script: string;
}

export interface AppJson {
  pages: string[];
  subPackages?: SubPackage[];
  /** The other way to write it. */
  subpackages?: SubPackage[];
  usingComponents?: Record<string, string>;
  plugins?: Record<string, { version: string; provider: string }>;
  window?: Record<string, string>;
}

interface SubPackage {
  root: string;
  pages: string[];
}

/** All pages, those of sub-packages too. */
export function pagesOf({ pages, subPackages = [], subpackages = [] }: AppJson): string[] {
  const inside = [...subPackages, ...subpackages].flatMap(({ root, pages: own }) =>
    own.map((page) => path.posix.join(root, page)),
  );
  return [...pages, ...inside];
}

export interface Project {
  appJson: AppJson;
  appCss: string;
  /** By path without extension; what a file uses stands before it. */
  files: Map<string, ProjectFile>;
  /** A JavaScript expression: the compiled WXML. */
  templates: string;
  diagnostics: Diagnostic[];
}

/** Reads a mini program (or single components) as WeChat's compiler would: pages, components, npm packages, styles. */
export function collectProject(options: ProjectOptions): Project {
  return new Collector(options).collect();
}

/** Where a `miniprogram_npm` path lies on disk: in a mounted package, or in the project itself. */
export function resolveProjectFile(
  options: Pick<ProjectOptions, 'root' | 'packages'>,
  virtualPath: string,
): string {
  for (const [name, folder] of Object.entries(options.packages ?? {})) {
    const mount = `miniprogram_npm/${name}/`;
    if (virtualPath.startsWith(mount)) return path.join(folder, virtualPath.slice(mount.length));
  }
  return path.join(options.root, virtualPath);
}

class Collector {
  private readonly files = new Map<string, ProjectFile>();
  private readonly visited = new Set<string>();
  private readonly scopes = new Set<string>();
  private readonly templates: TemplateSet;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly appJson: AppJson;

  constructor(private readonly options: ProjectOptions) {
    this.templates = new TemplateSet(options.repository, (file) => this.diskPath(file));
    const appFile = path.join(options.root, 'app.json');
    this.appJson = { pages: [], ...(fs.existsSync(appFile) && this.readJson<AppJson>('app.json')) };
  }

  collect(): Project {
    for (const [name, folder] of Object.entries(this.options.packages ?? {})) {
      if (!fs.existsSync(folder)) this.fail(name, `${folder} does not exist; build the package first`);
    }
    for (const entry of [...pagesOf(this.appJson), ...(this.options.entries ?? [])]) this.addFile(entry);
    return {
      appJson: this.appJson,
      appCss: this.css('app'),
      files: this.files,
      diagnostics: [...this.diagnostics, ...this.templates.diagnostics],
      templates: this.templates.generate(),
    };
  }

  private addFile(file: string): void {
    if (this.visited.has(file)) return;
    this.visited.add(file);
    const script = this.diskPath(`${file}.js`);
    const own = this.readJson<ComponentJson>(`${file}.json`);
    if (!own) return;
    if (!fs.existsSync(script)) return this.fail(`${file}.js`, 'the file does not exist');

    const json: ComponentJson = { ...own, usingComponents: this.resolveUsed(file, own) };
    if (own.componentGenerics) json.componentGenerics = this.resolveGenerics(file, own.componentGenerics);
    this.templates.addFile(file);
    this.files.set(file, { json, scope: this.scopeOf(file), css: this.css(file), script });
  }

  /** app.json's components are every page's and component's; their own entries win. */
  private resolveUsed(file: string, json: ComponentJson): Record<string, string> {
    const resolved: Record<string, string> = {};
    const add = (tag: string, target: string, base: string) => {
      if (target.startsWith('plugin://')) {
        resolved[tag] = target;
        return;
      }
      const found = this.resolveComponent(target, base);
      if (!found) {
        this.fail(`${base}.json`, `usingComponents.${tag}: cannot resolve "${target}"`);
      } else if (found !== file || base === file) {
        resolved[tag] = `/${found}`;
        this.addFile(found);
      }
    };
    for (const [tag, target] of Object.entries(this.appJson.usingComponents ?? {})) {
      if (!json.usingComponents?.[tag]) add(tag, target, 'app');
    }
    for (const [tag, target] of Object.entries(json.usingComponents ?? {})) add(tag, target, file);
    return resolved;
  }

  private resolveGenerics(file: string, generics: NonNullable<ComponentJson['componentGenerics']>) {
    const resolved: NonNullable<ComponentJson['componentGenerics']> = {};
    for (const [name, generic] of Object.entries(generics)) {
      const target = generic === true ? undefined : generic.default;
      resolved[name] = generic;
      if (target === undefined || target.startsWith('plugin://')) continue;
      const found = this.resolveComponent(target, file);
      if (!found) this.fail(`${file}.json`, `componentGenerics.${name}: cannot resolve "${target}"`);
      else {
        resolved[name] = { default: `/${found}` };
        this.addFile(found);
      }
    }
    return resolved;
  }

  /** Absolute, relative, or in a `miniprogram_npm` from the file's folder upwards; `x/index` where `x` is a folder. */
  private resolveComponent(target: string, base: string): string | null {
    // A mounted package is what the preview was given, whatever a packer left in a folder of the project.
    const isMounted = Object.keys(this.options.packages ?? {}).some((name) => target.startsWith(`${name}/`));
    const folders = [isMounted ? '.' : path.posix.dirname(base)];
    while (folders[0] !== '.' && folders[0] !== '/')
      folders.unshift(path.posix.dirname(folders[0] as string));
    const candidates = target.startsWith('/')
      ? [target.slice(1)]
      : [
          path.posix.join(path.posix.dirname(base), target),
          ...folders.reverse().map((folder) => path.posix.join(folder, 'miniprogram_npm', target)),
        ];
    for (const candidate of candidates.flatMap((file) => [file, `${file}/index`])) {
      if (fs.existsSync(this.diskPath(`${candidate}.json`))) return candidate;
    }
    return null;
  }

  private css(file: string): string {
    const { repository, root, tags } = this.options;
    try {
      return compileWxss(this.diskPath(`${file}.wxss`), { repository, root, tags });
    } catch (error) {
      const { reason, line, column } = error as { reason?: string; line?: number; column?: number };
      if (reason === undefined) throw error;
      this.diagnostics.push({
        isError: true,
        file: `${file}.wxss`,
        message: reason,
        ...(line !== undefined && { line }),
        ...(column !== undefined && { column }),
      });
      return '';
    }
  }

  private scopeOf(file: string): string {
    const name = path.posix.basename(file);
    let scope = name === 'index' ? path.posix.basename(path.posix.dirname(file)) : name;
    while (this.scopes.has(scope)) scope += '_';
    this.scopes.add(scope);
    return scope;
  }

  private readJson<T>(file: string): T | null {
    const onDisk = this.diskPath(file);
    if (!fs.existsSync(onDisk)) {
      this.fail(file, 'the file does not exist');
      return null;
    }
    try {
      return JSON.parse(fs.readFileSync(onDisk, 'utf8')) as T;
    } catch (error) {
      this.fail(file, (error as Error).message);
      return null;
    }
  }

  private diskPath(virtualPath: string): string {
    return resolveProjectFile(this.options, virtualPath);
  }

  private fail(file: string, message: string): void {
    this.diagnostics.push({ isError: true, file, message });
  }
}
