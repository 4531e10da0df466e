import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { formatDiagnostic } from '../../devkit/preview/diagnostics';
import { collectProject, type Project } from '../../devkit/preview/project';
import { findRepositoryRoot } from '../../devkit/preview/repository';

const repository = findRepositoryRoot();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

/** Writes files (a value that is no string as JSON) and returns their folder. */
function write(files: Record<string, unknown>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-project-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

function component(name: string, json: object = {}, wxml = '<view/>'): Record<string, unknown> {
  return {
    [`${name}.json`]: { component: true, ...json },
    [`${name}.wxml`]: wxml,
    [`${name}.js`]: 'Component({});',
  };
}

function collect(
  root: string,
  options: { entries?: string[]; packages?: Record<string, string> } = {},
): Project {
  return collectProject({ repository, root, tags: new Set(['view', 'text']), ...options });
}

const problems = (project: Project) => project.diagnostics.map(formatDiagnostic);

describe('the project collector', () => {
  test('finds components relatively, absolutely, as index files and in packages, dependencies first', () => {
    const packageFolder = write(component('components/player/player'));
    const root = write({
      'app.json': { pages: ['pages/home/home'] },
      ...component('pages/home/home', {
        usingComponents: {
          near: './near',
          far: '/shared/far/far',
          folder: '/shared/folder',
          packed: 'some-player/components/player/player',
          native: 'built/x/x',
        },
      }),
      ...component('pages/home/near'),
      ...component('shared/far/far'),
      ...component('shared/folder/index'),
      ...component('miniprogram_npm/built/x/x'),
    });

    const project = collect(root, { packages: { 'some-player': packageFolder } });

    assert.deepEqual(problems(project), []);
    assert.equal([...project.files.keys()].at(-1), 'pages/home/home');
    assert.deepEqual(project.files.get('pages/home/home')?.json.usingComponents, {
      near: '/pages/home/near',
      far: '/shared/far/far',
      folder: '/shared/folder/index',
      packed: '/miniprogram_npm/some-player/components/player/player',
      native: '/miniprogram_npm/built/x/x',
    });
  });

  test('collects the pages of sub-packages, and takes a given package whatever lies in their folders', () => {
    const packageFolder = write(component('components/player/player'));
    const root = write({
      'app.json': { pages: ['home/home'], subPackages: [{ root: 'more', pages: ['live/live'] }] },
      ...component('home/home'),
      ...component('more/live/live', { usingComponents: { player: 'some-player/components/player/player' } }),
      ...component('more/miniprogram_npm/some-player/components/player/player'),
    });

    const project = collect(root, { packages: { 'some-player': packageFolder } });

    assert.deepEqual(problems(project), []);
    const given = 'miniprogram_npm/some-player/components/player/player';
    assert.deepEqual([...project.files.keys()], ['home/home', given, 'more/live/live']);
  });

  test('leaves plugin references and generics of plugins as they are', () => {
    const root = write(
      component('a', {
        usingComponents: { p: 'plugin://some/p' },
        componentGenerics: { one: true, two: { default: 'plugin://some/p' }, three: { default: './b' } },
      }),
    );
    fs.cpSync(write(component('b')), root, { recursive: true });

    const project = collect(root, { entries: ['a'] });

    assert.deepEqual(problems(project), []);
    const { usingComponents, componentGenerics } = project.files.get('a')!.json;
    assert.deepEqual(usingComponents, { p: 'plugin://some/p' });
    assert.deepEqual(componentGenerics, {
      one: true,
      two: { default: 'plugin://some/p' },
      three: { default: '/b' },
    });
  });

  test('stands components that use each other, and one that uses itself', () => {
    const root = write({
      ...component('a', { usingComponents: { b: './b', self: './a' } }),
      ...component('b', { usingComponents: { a: './a' } }),
    });

    const project = collect(root, { entries: ['a'] });

    assert.deepEqual(problems(project), []);
    assert.deepEqual([...project.files.keys()], ['b', 'a']);
  });

  test('gives components of one name different style scopes', () => {
    const root = write({ ...component('one/card/card'), ...component('two/card/card') });

    const project = collect(root, { entries: ['one/card/card', 'two/card/card'] });

    const scopes = [...project.files.values()].map(({ scope }) => scope);
    assert.equal(new Set(scopes).size, 2);
  });

  test('names every fault with its file, and goes on', () => {
    const root = write({
      'app.json': { pages: ['pages/a', 'pages/none'] },
      ...component(
        'pages/a',
        { usingComponents: { x: './missing', y: './broken' } },
        '<view>{{ a b }}</view>',
      ),
      'pages/a.wxss': '@import "x.wxss"; .a {',
      'pages/broken.json': '{ nope',
    });

    const found = problems(collect(root));

    for (const expected of [
      /pages\/a\.json error: usingComponents\.x: cannot resolve "\.\/missing"/,
      /pages\/broken\.json error: .*JSON/,
      /pages\/none\.json error: the file does not exist/,
      /pages\/a\.wxml:1:\d+ error/,
      /pages\/a\.wxss:1:\d+ error: Unclosed block/,
    ]) {
      assert.ok(
        found.some((line) => expected.test(line)),
        `${String(expected)} in\n${found.join('\n')}`,
      );
    }
  });

  test('reports a missing template import', () => {
    const root = write(component('a', {}, '<import src="./none.wxml"/><view/>'));

    assert.match(
      problems(collect(root, { entries: ['a'] })).join('\n'),
      /none\.wxml error: the file does not exist/,
    );
  });
});
