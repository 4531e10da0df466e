import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ErrCode } from '../../p2p-core/errors';

interface Row {
  name: string;
  code: number;
  meaning: string;
}
const { readErrCodes, renderTable, replaceTable } = (await import(
  pathToFileURL(path.resolve('tools/lib/errcode-table.mjs')).href
)) as {
  readErrCodes(source: string): Row[];
  renderTable(rows: Row[], heading: string[], translations?: Record<string, string>): string;
  replaceTable(document: string, table: string): string;
};

describe('the table of error codes', () => {
  test('has no code twice', () => {
    const codes = Object.values(ErrCode);

    assert.equal(new Set(codes).size, codes.length);
  });

  test('in both READMEs says what the source says', () => {
    const check = spawnSync(process.execPath, ['tools/errcodes.mjs', '--check'], { encoding: 'utf8' });

    assert.equal(check.status, 0, check.stderr);
  });

  test('is read from the doc comments, and replaces what stood between the marks', () => {
    const rows = readErrCodes('export const ErrCode = {\n  /** All\n * is well. */\n  Ok: 0,\n} as const;');
    const marks = ['<!-- errcodes: made by `node tools/errcodes.mjs` -->', '<!-- /errcodes -->'] as const;

    assert.deepEqual(rows, [{ name: 'Ok', code: 0, meaning: 'All is well.' }]);
    const document = replaceTable(`a\n${marks[0]}old${marks[1]}\nb`, renderTable(rows, ['x', 'y', 'z']));
    assert.match(document, /^a\n[^]*\| 0 \| `Ok` \| All is well\. \|[^]*\nb$/);
    assert.doesNotMatch(document, /old/);
  });

  test('cannot be made when a code has no meaning or no translation', () => {
    assert.throws(() => readErrCodes('const ErrCode = { Bad: -1 } as const;'), /Bad has no doc comment/);
    assert.throws(
      () => renderTable([{ name: 'Bad', code: -1, meaning: 'x' }], [], {}),
      /no translation of -1/,
    );
  });
});
