// Renders the table of error codes from the doc comments of p2p-core/errors.ts, so that the READMEs cannot drift from it.
import ts from 'typescript';

const BEGIN = '<!-- errcodes: made by `node tools/errcodes.mjs` -->';
const END = '<!-- /errcodes -->';

/** @returns {{ name: string, code: number, meaning: string }[]} in the order of the source */
export function readErrCodes(source) {
  const file = ts.createSourceFile('errors.ts', source, ts.ScriptTarget.Latest, true);
  const rows = [];
  const visit = (node) => {
    const isTable =
      ts.isVariableDeclaration(node) &&
      node.name.getText() === 'ErrCode' &&
      node.initializer &&
      ts.isAsExpression(node.initializer);
    if (isTable) for (const property of node.initializer.expression.properties) rows.push(readRow(property));
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return rows;
}

function readRow(property) {
  const [doc] = ts.getJSDocCommentsAndTags(property);
  const meaning = ts.getTextOfJSDocComment(doc?.comment) ?? '';
  const name = property.name.getText();
  if (meaning === '') throw new Error(`ErrCode.${name} has no doc comment: say what it means`);
  return { name, code: Number(property.initializer.getText()), meaning: meaning.replace(/\s+/g, ' ') };
}

/** `translations` maps a code to its meaning in another language; without it the source's own words are used. */
export function renderTable(rows, heading, translations) {
  const lines = rows.map(({ name, code, meaning }) => {
    const text = translations ? translations[code] : meaning;
    if (!text) throw new Error(`no translation of ${code} (${name}): add it to tools/errcodes.zh-CN.json`);
    return `| ${code} | \`${name}\` | ${text} |`;
  });
  return [`| ${heading.join(' | ')} |`, '| --- | --- | --- |', ...lines].join('\n');
}

/** `document` with what stands between the marks replaced by `table`. */
export function replaceTable(document, table) {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`expected the marks "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}
