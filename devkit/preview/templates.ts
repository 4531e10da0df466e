import fs from 'node:fs';
import type { TmplGroup } from 'glass-easel-template-compiler';
import { type Diagnostic, formatDiagnostic } from './diagnostics';
import { devkitRequire } from './repository';
import type { Builtins } from './runtime/types';
import { builtinTemplatePath } from './runtime/template-path';

/** What the compiler reports; the wasm bindings type it `any`. */
interface CompilerFinding {
  path: string;
  code: number;
  isError: boolean;
  message: string;
  startLine: number;
  startColumn: number;
}

/** Compiles the WXML of one code space, with everything it imports. */
export class TemplateSet {
  readonly diagnostics: Diagnostic[] = [];
  private readonly group: TmplGroup;
  private readonly added = new Set<string>();

  /** `fileOf` maps a path in the mini program (with extension) to a file on disk. */
  constructor(
    repository: string,
    private readonly fileOf: (virtualPath: string) => string,
  ) {
    const compiler = devkitRequire(repository)('glass-easel-template-compiler') as {
      TmplGroup: new () => TmplGroup;
    };
    this.group = new compiler.TmplGroup();
  }

  addSource(path: string, wxml: string): void {
    this.added.add(path);
    for (const finding of this.group.addTmpl(path, wxml) as CompilerFinding[]) {
      this.diagnostics.push({
        isError: finding.isError,
        file: `${path}.wxml`,
        line: finding.startLine + 1,
        column: finding.startColumn + 1,
        message: finding.message,
      });
    }
  }

  /** Adds `path`.wxml, its `<import>`s, `<include>`s and `<wxs>` modules. */
  addFile(path: string): void {
    if (this.added.has(path)) return;
    const wxml = this.read(`${path}.wxml`);
    if (wxml === null) return;
    this.addSource(path, wxml);
    for (const dependency of this.group.getDirectDependencies(path) as string[]) this.addFile(dependency);
    for (const script of this.group.getScriptDependencies(path) as string[]) this.addScript(script);
  }

  /** A JavaScript expression that evaluates to all generators by path. The set cannot be used afterwards. */
  generate(): string {
    const code = this.group.getTmplGenObjectGroups();
    this.group.free();
    return code;
  }

  private addScript(path: string): void {
    const key = `${path.replace(/\.wxs$/, '')}.wxs`;
    if (this.added.has(key)) return;
    this.added.add(key);
    const source = this.read(key);
    if (source !== null) this.group.addScript(path, source);
  }

  private read(virtualPath: string): string | null {
    const file = this.fileOf(virtualPath);
    if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
    this.diagnostics.push({ isError: true, file: virtualPath, message: 'the file does not exist' });
    return null;
  }
}

/** The code of the built-ins' templates. */
export function compileBuiltinTemplates(repository: string, builtins: Builtins): string {
  const byPath = Object.entries(builtins).map(
    ([name, builtin]) => [builtinTemplatePath(name), builtin] as const,
  );
  return compileTemplates(repository, Object.fromEntries(byPath));
}

/** The code of templates that stand in TypeScript, by path. Throws on the first error: they are our own. */
export function compileTemplates(
  repository: string,
  sources: Readonly<Record<string, { wxml: string }>>,
): string {
  const templates = new TemplateSet(repository, (path) => path);
  for (const [path, { wxml }] of Object.entries(sources)) templates.addSource(path, wxml);
  const failed = templates.diagnostics.find((diagnostic) => diagnostic.isError);
  if (failed) throw new Error(formatDiagnostic(failed));
  return templates.generate();
}
