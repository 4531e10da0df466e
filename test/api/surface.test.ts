import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { DEFAULT_TIMEOUTS } from '../../p2p-core/api/timeouts';
import { ErrCode } from '../../p2p-core/errors';

test('the public surface and its documents are what the source says: a change shows in review', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/check-api.mjs'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

const { readTimeouts } = (await import(
  pathToFileURL(path.resolve('tools/lib/reference-tables.mjs')).href
)) as { readTimeouts(source: string): { name: string; ms: number }[] };

for (const file of ['docs/api/errors.md', 'docs/api/errors.zh-CN.md']) {
  test(`${file} has every code and timeout, with the number that the core uses`, () => {
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    for (const [name, errcode] of Object.entries(ErrCode)) {
      const rows = cells.filter(([, code, named]) => code === String(errcode) && named === `\`${name}\``);
      assert.deepEqual([rows.length, rows[0]?.[3] !== ''], [1, true], name);
    }
    for (const [name, ms] of Object.entries(DEFAULT_TIMEOUTS)) {
      const rows = cells.filter(([, named, value]) => named === `\`${name}\`` && value === String(ms));
      assert.deepEqual([rows.length, rows[0]?.[3] !== ''], [1, true], name);
    }
  });
}

test('a comment that says another default than the source has is refused', () => {
  const source = (said: string): string =>
    `interface T {\n/** A wait. Default ${said}. */\naMs?: number }\nconst D = { aMs: 10_000 };`;
  assert.deepEqual(
    readTimeouts(source('10 000')).map(({ name, ms }) => [name, ms]),
    [['aMs', 10_000]],
  );
  assert.throws(() => readTimeouts(source('9 000')), /aMs must end with its default, 10000 ms/);
});
