import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const COMPONENTS = path.resolve('components');
const ICON = /\bicon-[a-z][a-z-]*/g;

/** Every icon class that the templates name, in plain text or in an expression. */
function namedIcons(): string[] {
  const templates = fs
    .readdirSync(COMPONENTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wxml'));
  const names = templates.flatMap(
    (name) => fs.readFileSync(path.join(COMPONENTS, name), 'utf8').match(ICON) ?? [],
  );
  return [...new Set(names)].sort();
}

test('every icon that a template names is drawn: one that is not shows as a full square', () => {
  const styles = fs.readFileSync(path.join(COMPONENTS, 'common/icons.wxss'), 'utf8');
  const drawn = new Set([...styles.matchAll(/^\.(icon-[a-z-]+)\s*\{/gm)].map(([, name]) => name));

  assert.deepEqual(
    namedIcons().filter((name) => !drawn.has(name)),
    [],
  );
  assert.ok(namedIcons().length > 5);
});
