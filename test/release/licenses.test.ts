import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Entry {
  name: string;
  version: string;
  licence: string;
  isShipped: boolean;
}
interface Licenses {
  isAllowed(expression: string, allowed: ReadonlySet<string>): boolean;
  problemsOf(lockfile: string, entries: readonly Entry[]): string[];
  readLockfile(file: string): Entry[];
}
const { isAllowed, problemsOf, readLockfile } = (await import(
  pathToFileURL(path.resolve('tools/lib/licenses.mjs')).href
)) as Licenses;

describe('licences', () => {
  test('of everything that is installed are on the list', () => {
    const { status, stderr } = spawnSync(process.execPath, ['tools/check-licenses.mjs'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  test('that are not on the list, or not named, are found', () => {
    const entry = (licence: string, isShipped: boolean): Entry => ({
      name: 'x',
      version: '1.0.0',
      licence,
      isShipped,
    });
    for (const bad of [entry('GPL-3.0', false), entry('', false), entry('MPL-2.0', true)]) {
      assert.equal(problemsOf('lock', [bad]).length, 1, JSON.stringify(bad));
    }
    assert.deepEqual(problemsOf('lock', [entry('MPL-2.0', false), entry('MIT', true)]), []);
  });

  test('joined by OR need one side, by AND both', () => {
    const allowed = new Set(['MIT', 'Zlib']);
    assert.ok(isAllowed('(MIT OR GPL-3.0-or-later)', allowed));
    assert.ok(isAllowed('(MIT AND Zlib)', allowed));
    assert.ok(!isAllowed('MIT AND GPL-3.0', allowed));
  });

  test('of what ships are told in the documents, with every direct dependency', () => {
    const document = fs.readFileSync('docs/licences.md', 'utf8');
    for (const { name, licence } of readLockfile('package-lock.json').filter(({ isShipped }) => isShipped)) {
      assert.ok(document.includes(`| \`${name}\``) && document.includes(licence), name);
    }
    for (const file of [
      'package.json',
      'devkit/package.json',
      'test/camera/package.json',
      'test/conformance/package.json',
      'test/swarm/package.json',
    ]) {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
        fs.readFileSync(file, 'utf8'),
      ) as Record<string, Record<string, string>>;
      for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
        assert.ok(document.includes(`\`${name}\``), `${name} of ${file}`);
      }
    }
  });
});
