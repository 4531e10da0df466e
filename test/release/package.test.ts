import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { listPacked, type PackedPackage } from './packed';

interface Manifest {
  [field: string]: unknown;
  name: string;
  version: string;
  main: string;
  types: string;
  miniprogram: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  scripts: Record<string, string>;
}
const readJson = (file: string): Manifest => JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest;
const manifest = readJson('package.json');

/** Of the archive: what every install downloads, declarations and documents included. */
const MAX_ARCHIVE_BYTES = 400e3;

describe('the package as it is published', () => {
  let packed: PackedPackage;
  let names: Set<string>;
  before(() => {
    packed = listPacked();
    names = new Set(packed.files.map(({ path: file }) => file));
  });

  test('has what its manifest names, its licence, both READMEs and the changelog', () => {
    const { main, types } = manifest;
    for (const file of [
      main,
      types,
      'package.json',
      'LICENSE',
      'README.md',
      'README.zh-CN.md',
      'CHANGELOG.md',
    ]) {
      assert.ok(names.has(file), file);
    }
    assert.ok(main.startsWith(`${manifest.miniprogram}/`));
  });

  test('has nothing else but built files', () => {
    const root = ['package.json', 'LICENSE', 'README.md', 'README.zh-CN.md', 'CHANGELOG.md'];
    const strange = [...names].filter(
      (file) =>
        !root.includes(file) &&
        !/^miniprogram_dist\/[\w./-]+(?:\.js|\.d\.ts|\.json|\.wxml|\.wxss)$/.test(file),
    );
    assert.deepEqual(strange, []);
    assert.ok(packed.size < MAX_ARCHIVE_BYTES, `${packed.size} bytes`);
  });

  test('has every component of the sources, each with four files and the declarations of its properties and events', () => {
    const components = fs
      .readdirSync('components')
      .filter((name) => fs.existsSync(`components/${name}/${name}.json`));
    assert.ok(components.length >= 8);
    for (const name of components) {
      for (const file of [
        ...['js', 'json', 'wxml', 'wxss'].map((end) => `${name}.${end}`),
        'props.d.ts',
        'events.d.ts',
      ]) {
        assert.ok(names.has(`miniprogram_dist/components/${name}/${file}`), `${name}/${file}`);
      }
    }
  });

  test('names no place of the machine that built it, and needs nothing at install time', () => {
    for (const file of [...names].filter((name) => name.startsWith('miniprogram_dist'))) {
      const text = fs.readFileSync(file, 'utf8');
      assert.ok(!text.includes(process.cwd()) && !text.includes('sourceMappingURL'), file);
    }
    const scripts = Object.keys(manifest.scripts).filter((name) =>
      /^(?:pre|post)?(?:install|prepare)$/.test(name),
    );
    assert.deepEqual(scripts, []);
  });

  test('depends on exact versions, which are those of the lockfile', () => {
    const manifests = [
      'package.json',
      'devkit/package.json',
      'bench/package.json',
      'test/camera/package.json',
      'test/conformance/package.json',
      'test/swarm/package.json',
    ];
    for (const file of manifests) {
      const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = readJson(file);
      const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
      for (const [name, version] of Object.entries(all)) {
        assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, `${file}: ${name}`);
      }
    }
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      assert.equal(readJson(path.join('node_modules', name, 'package.json')).version, version);
    }
  });

  test('is checked before it is published', () => {
    const commands = manifest.scripts['prepublishOnly'] ?? '';
    for (const command of ['npm run check', 'npm run check:licenses', 'npm run test:release']) {
      assert.ok(commands.includes(command), command);
    }
  });

  test('has its version in the changelog, or is not released yet', () => {
    const changelog = fs.readFileSync('CHANGELOG.md', 'utf8');
    const released = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/gm)].map(
      ([, version]) => version,
    );
    assert.match(changelog, /^## \[Unreleased\]$/m);
    if (released.length > 0) assert.equal(released[0], manifest.version);
  });
});
