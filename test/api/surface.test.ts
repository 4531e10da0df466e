import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('the public surface and its documents are what the source says: a change shows in review', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/check-api.mjs'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
