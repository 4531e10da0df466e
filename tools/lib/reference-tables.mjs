// docs/api/errors.md: every error code and every timeout, from the source.
import ts from 'typescript';
import { readErrCodes, renderTable } from './errcode-table.mjs';

/** @returns {{ name: string, ms: number, meaning: string }[]} of `Timeouts`, with the values of `DEFAULT_TIMEOUTS` */
export function readTimeouts(source) {
  const file = ts.createSourceFile('timeouts.ts', source, ts.ScriptTarget.Latest, true);
  const meanings = new Map();
  const rows = [];
  const visit = (node) => {
    if (ts.isPropertySignature(node)) {
      const [doc] = ts.getJSDocCommentsAndTags(node);
      meanings.set(node.name.getText(), ts.getTextOfJSDocComment(doc?.comment) ?? '');
    } else if (ts.isPropertyAssignment(node)) {
      const name = node.name.getText();
      rows.push({
        name,
        ms: Number(node.initializer.getText().replaceAll('_', '')),
        meaning: meanings.get(name),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const { name, ms, meaning } of rows) {
    const said = /Default ([\d ]+)\.$/.exec(meaning ?? '');
    if (said === null || Number(said[1].replaceAll(' ', '')) !== ms) {
      throw new Error(`the comment of ${name} must end with its default, ${ms} ms`);
    }
  }
  return rows;
}

/** @param read gives the text of a file of the project */
export function renderReference(read) {
  const codes = readErrCodes(read('p2p-core/errors.ts'));
  const timeouts = readTimeouts(read('p2p-core/api/timeouts.ts'));
  return [
    '# Codes and timeouts',
    'Made by `node tools/check-api.mjs --update` from `p2p-core/errors.ts` and `p2p-core/api/timeouts.ts`.',
    '## Codes',
    'Down to -2799 they are the guide’s, from -2800 on our own. A plugin has its own beyond the guide’s.',
    renderTable(codes, ['errcode', 'name', 'meaning']),
    '## 错误码',
    renderTable(codes, ['errcode', '名称', '说明'], JSON.parse(read('tools/errcodes.zh-CN.json'))),
    '## Timeouts',
    'Of `init({ timeouts })` and `configureP2P({ timeouts })`, in ms.',
    [
      '| name | default | from when to when, and what is told |',
      '| --- | --- | --- |',
      ...timeouts.map(
        ({ name, ms, meaning }) => `| \`${name}\` | ${ms} | ${meaning.replace(/ Default [\d ]+\.$/, '')} |`,
      ),
    ].join('\n'),
    '',
  ].join('\n\n');
}
