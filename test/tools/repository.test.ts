import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

const { root, walkFiles } = (await import(pathToFileURL(path.resolve('tools/lib/files.mjs')).href)) as {
  root: string;
  walkFiles(entry: string): string[];
};
const files = walkFiles(root).map((file) => path.relative(root, file));

describe('the repository', () => {
  test('has no broken relative link in its documents', () => {
    const broken: string[] = [];
    for (const file of files.filter((name) => name.endsWith('.md'))) {
      const text = fs.readFileSync(file, 'utf8').replace(/```[^]*?```/g, '');
      for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/i.test(target!)) continue;
        if (!fs.existsSync(path.join(path.dirname(file), target!))) broken.push(`${file}: ${target}`);
      }
    }

    assert.deepEqual(broken, []);
  });

  test('has lockfiles that name no registry host, so that every mirror can install them', () => {
    const named: string[] = [];
    for (const file of files.filter((name) => path.basename(name) === 'package-lock.json')) {
      const { packages } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
        packages: Record<string, { resolved?: string }>;
      };
      for (const [name, { resolved }] of Object.entries(packages)) {
        if (resolved !== undefined && /^[a-z+]+:\/\//.test(resolved)) named.push(`${file}: ${name}`);
      }
    }

    assert.deepEqual(named, []);
  });

  test('gives every component a README', () => {
    const components = fs
      .readdirSync('components')
      .filter((name) => fs.existsSync(`components/${name}/${name}.json`));

    assert.ok(components.length > 0);
    for (const name of components)
      assert.ok(fs.existsSync(`components/${name}/README.md`), `${name} has no README.md`);
  });
});
