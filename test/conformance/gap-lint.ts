import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Linter } from 'eslint';
import { listFiles, type MiniApp } from './mini-app';
import type { Problem } from './official-tools';

/** Faults that a phone shows and the official tools let pass. */
export function lintGaps(app: MiniApp): Problem[] {
  return [
    ...lintComponents(app),
    ...lintPluginReferences(app),
    ...lintPageKeys(app),
    ...lintWxml(app),
    ...lintScripts(app),
  ].map((text) => `[lint] ${text}`);
}

interface ComponentJson {
  component?: boolean;
  usingComponents?: Record<string, string>;
  componentGenerics?: Record<string, true | { default?: string }>;
  [key: string]: unknown;
}
interface AppJson extends ComponentJson {
  pages?: string[];
  plugins?: Record<string, unknown>;
  subPackages?: Subpackage[];
  subpackages?: Subpackage[];
}
interface Subpackage {
  root: string;
  pages?: string[];
  plugins?: Record<string, unknown>;
}

const readJson = (app: MiniApp, file: string): ComponentJson =>
  JSON.parse(fs.readFileSync(path.join(app.appDir, file), 'utf8')) as ComponentJson;
const readAppJson = (app: MiniApp): AppJson => readJson(app, 'app.json') as AppJson;
const subpackagesOf = (appJson: AppJson): Subpackage[] => [
  ...(appJson.subPackages ?? []),
  ...(appJson.subpackages ?? []),
];

/** The JSON files of pages, components and the app, not those of packages' own data. */
function* eachViewJson(app: MiniApp): Generator<[file: string, json: ComponentJson]> {
  for (const file of listFiles(app.appDir, '.json')) {
    const hasView = fs.existsSync(path.join(app.appDir, file.replace(/json$/, 'wxml')));
    if (hasView || file === 'app.json') yield [file, readJson(app, file)];
  }
}

/** Every component that `json` names, by tag or as the default of a generic. */
function usedComponents(json: ComponentJson): string[] {
  const defaults = Object.values(json.componentGenerics ?? {}).map((generic) =>
    generic === true ? undefined : generic.default,
  );
  return [...Object.values(json.usingComponents ?? {}), ...defaults.filter((value) => value !== undefined)];
}

/** As the client looks: `/absolute`, relative, then miniprogram_npm of every folder upwards. */
function resolveComponent(app: MiniApp, fromFile: string, request: string): string | undefined {
  const from = path.posix.dirname(fromFile.split(path.sep).join('/'));
  const candidates = request.startsWith('/') ? [request.slice(1)] : [path.posix.join(from, request)];
  if (!/^[./]/.test(request)) {
    const parts = from.split('/');
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      candidates.push(path.posix.join(...parts.slice(0, depth), 'miniprogram_npm', request));
    }
  }
  return candidates
    .flatMap((candidate) => [candidate, `${candidate}/index`])
    .find((candidate) => fs.existsSync(path.join(app.appDir, `${candidate}.json`)));
}

function* lintComponents(app: MiniApp): Generator<string> {
  for (const [file, json] of eachViewJson(app)) {
    for (const request of usedComponents(json)) {
      if (request.startsWith('plugin://')) continue;
      const target = resolveComponent(app, file, request);
      if (!target) yield `${file}: component "${request}" has no .json`;
      else if (readJson(app, `${target}.json`).component !== true)
        yield `${target}.json: "component": true is missing`;
    }
    if (json.component !== true) continue;
    for (const extension of ['.js', '.wxml']) {
      const sibling = file.replace(/\.json$/, extension);
      if (!fs.existsSync(path.join(app.appDir, sibling))) yield `${sibling}: missing beside its .json`;
    }
  }
}

function* lintPluginReferences(app: MiniApp): Generator<string> {
  const appJson = readAppJson(app);
  const declared = new Set([
    ...Object.keys(appJson.plugins ?? {}),
    ...subpackagesOf(appJson).flatMap((subpackage) => Object.keys(subpackage.plugins ?? {})),
  ]);
  const report = (file: string, alias: string): string[] =>
    declared.has(alias) ? [] : [`${file}: plugin "${alias}" is used but app.json does not declare it`];
  for (const [file, json] of eachViewJson(app)) {
    for (const request of usedComponents(json)) {
      const alias = /^plugin:\/\/([^/]+)\//.exec(request)?.[1];
      if (alias !== undefined) yield* report(file, alias);
    }
  }
  for (const file of listFiles(app.appDir, '.js')) {
    const text = fs.readFileSync(path.join(app.appDir, file), 'utf8');
    for (const [, alias] of text.matchAll(/\brequirePlugin\(\s*['"]([^'"]+)['"]/g))
      yield* report(file, alias!);
  }
}

/** Keys of a page's and of a component's JSON, from the reference of both. */
const VIEW_KEYS = new Set([
  ...['component', 'usingComponents', 'componentGenerics', 'componentPlaceholder', 'styleIsolation'],
  ...[
    'addGlobalClass',
    'renderer',
    'rendererOptions',
    'componentFramework',
    'virtualHost',
    'pureDataPattern',
  ],
  ...['navigationBarBackgroundColor', 'navigationBarTextStyle', 'navigationBarTitleText', 'navigationStyle'],
  ...['homeButton', 'backgroundColor', 'backgroundColorContent', 'backgroundTextStyle', 'backgroundColorTop'],
  ...['backgroundColorBottom', 'enablePullDownRefresh', 'onReachBottomDistance', 'pageOrientation'],
  ...['disableScroll', 'initialRenderingCache', 'style', 'singlePage', 'restartStrategy'],
  ...['handleWebviewPreload', 'visualEffectInBackground', 'enablePassiveEvent', '$schema'],
]);

function* lintPageKeys(app: MiniApp): Generator<string> {
  for (const [file, json] of eachViewJson(app)) {
    if (file === 'app.json') continue;
    for (const key of Object.keys(json)) if (!VIEW_KEYS.has(key)) yield `${file}: unknown key "${key}"`;
  }
}

const WX_DIRECTIVES = new Set(['if', 'elif', 'else', 'for', 'for-items', 'for-item', 'for-index', 'key']);

function* lintWxml(app: MiniApp): Generator<string> {
  for (const file of listFiles(app.appDir, '.wxml')) {
    const text = fs.readFileSync(path.join(app.appDir, file), 'utf8').replace(/<!--[\s\S]*?-->/g, '');
    for (const [tag] of text.matchAll(/<[a-zA-Z](?:"[^"]*"|'[^']*'|[^'">])*>/g)) {
      const names = tag.replace(/"[^"]*"|'[^']*'/g, '""');
      for (const [, directive] of names.matchAll(/\swx:([\w-]+)/g)) {
        if (!WX_DIRECTIVES.has(directive!)) yield `${file}: unknown attribute wx:${directive}`;
      }
    }
  }
}

interface SourceScanner {
  scanSource(file: string, text: string): { oddities: { line: number; kind: string }[] };
}
const { scanSource } = (await import(
  pathToFileURL(path.resolve('tools/imports/scan.mjs')).href
)) as SourceScanner;
const linter = new Linter();

/**
 * The client adds missing functions, never missing syntax, and an app may exclude miniprogram_npm from its own lowering.
 * Packages of others are theirs to check: only ours and the app's files are read.
 */
function* lintScripts(app: MiniApp): Generator<string> {
  for (const file of listFiles(app.appDir, '.js')) {
    if (/miniprogram_npm[\\/]mobx-/.test(file)) continue;
    const text = fs.readFileSync(path.join(app.appDir, file), 'utf8');
    const config = { languageOptions: { ecmaVersion: 2017, sourceType: 'commonjs' } } as const;
    for (const message of linter.verify(text, config)) {
      if (message.fatal) yield `${file}:${message.line}: not ES2017: ${message.message}`;
    }
    for (const { line, kind } of scanSource(file, text).oddities) {
      if (kind === 'opaque-require') yield `${file}:${line}: require needs a literal path`;
    }
  }
}
