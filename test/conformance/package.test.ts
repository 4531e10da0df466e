import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { lintGaps } from './gap-lint';
import { copyInstalled, createMiniApp, installPacked, listFiles, type MiniApp } from './mini-app';
import { runOfficialTools } from './official-tools';

const NOT_SOURCES = new Set(['node_modules', 'miniprogram_npm', 'project.config.json']);
/** The sub-package that holds every page with a component; the packer puts the package into it. */
const PAGES = 'pages';
const PACKAGE = 'iot-p2p-player';

/** The examples in a temporary project, with the packed package installed as an app would get it from npm. */
function createExamplesApp(): MiniApp {
  const app = createMiniApp({});
  fs.cpSync('examples', app.appDir, {
    recursive: true,
    filter: (file) => !NOT_SOURCES.has(path.basename(file)),
  });
  installPacked(app, process.cwd());
  const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(manifest.dependencies)) copyInstalled(app, 'node_modules', name);
  addPageOfEveryComponent(app);
  useProjectConfig(app);
  return app;
}

const shippedComponents = (): string[] =>
  listFiles('miniprogram_dist', '.json')
    .map((file) =>
      file
        .replace(/\.json$/, '')
        .split(path.sep)
        .join('/'),
    )
    .filter((file) => fs.existsSync(`miniprogram_dist/${file}.wxml`));

/** The official tools check only what a page reaches, so one page uses every component of the package. */
function addPageOfEveryComponent(app: MiniApp): void {
  const tags = shippedComponents().map((file) => [path.posix.basename(file), `${PACKAGE}/${file}`] as const);
  const appJson = JSON.parse(fs.readFileSync(path.join(app.appDir, 'app.json'), 'utf8')) as {
    pages: string[];
    subPackages: { root: string; pages: string[] }[];
  };
  const subPackage = appJson.subPackages.find(({ root }) => root === PAGES);
  subPackage?.pages.push('every-component/page');
  app.write({
    'app.json': JSON.stringify(appJson),
    'pages/every-component/page.json': JSON.stringify({ usingComponents: Object.fromEntries(tags) }),
    'pages/every-component/page.js': 'Page({});',
    'pages/every-component/page.wxml': tags.map(([tag]) => `<${tag}/>`).join('\n'),
  });
}

/** Where the packer puts packages is a setting of the project, which DevTools reads too. */
function useProjectConfig(app: MiniApp): void {
  const read = (file: string) => JSON.parse(fs.readFileSync(file, 'utf8')) as { setting: object };
  const file = path.join(app.projectDir, 'project.config.json');
  const config = { ...read(file), setting: read('examples/project.config.json').setting };
  fs.writeFileSync(file, JSON.stringify(config));
}

describe('the packed package, used by the examples', () => {
  let app: MiniApp;
  before(() => {
    app = createExamplesApp();
  });
  after(() => app.remove());

  test('holds built files, their types and the documents, and no sources', () => {
    const dir = path.join(app.appDir, 'node_modules', PACKAGE);
    const topLevel = fs.readdirSync(dir).sort();

    assert.deepEqual(topLevel, [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'README.zh-CN.md',
      'miniprogram_dist',
      'package.json',
    ]);
    assert.ok(fs.existsSync(path.join(dir, 'miniprogram_dist/index.js')));
    const strange = listFiles(path.join(dir, 'miniprogram_dist'), '').filter(
      (file) => path.extname(file) !== '' && !/\.(js|d\.ts|json|wxml|wxss|wxs)$/.test(file),
    );
    assert.deepEqual(strange, []);
  });

  test('has components, and every one has its four files', () => {
    const components = shippedComponents();

    assert.ok(components.length > 0);
    for (const component of components) {
      for (const extension of ['js', 'json', 'wxml', 'wxss']) {
        assert.ok(fs.existsSync(`miniprogram_dist/${component}.${extension}`), `${component}.${extension}`);
      }
    }
  });

  test('passes the official packer and compilers', async () => {
    assert.deepEqual(await runOfficialTools(app, ['packNpm', 'analyse', 'wcc', 'wcsc', 'compile']), []);
  });

  test('leaves the main package to the catalog, far below its limit of 2 MB', () => {
    const own = listFiles(app.appDir, '').filter((file) => !file.split(path.sep).includes(PAGES));
    const bytes = own.reduce((sum, file) => {
      const stat = fs.statSync(path.join(app.appDir, file));
      return sum + (stat.isFile() ? stat.size : 0);
    }, 0);

    assert.deepEqual(
      own.filter((file) => /\.wxml$/.test(file)),
      [path.join('catalog', 'catalog.wxml')],
    );
    assert.ok(!own.includes('miniprogram_npm'));
    assert.ok(bytes < 64 * 1024, `${bytes} bytes`);
    assert.ok(fs.existsSync(path.join(app.appDir, PAGES, 'miniprogram_npm', PACKAGE)));
  });

  test('has none of the faults that those let pass', () => {
    assert.deepEqual(lintGaps(app), []);
  });
});
