// docs/texts.md: every text that a user can read, by its key.
import ts from 'typescript';

/** Keys and texts of the one object that a table of `store/locale` holds. */
function readTable(source) {
  const texts = new Map();
  const visit = (node) => {
    if (ts.isPropertyAssignment(node)) texts.set(node.name.text, node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('table.ts', source, ts.ScriptTarget.Latest, true));
  return texts;
}

/** @param read gives the text of a file of the project */
export function textsDocument(read) {
  const chinese = readTable(read('store/locale/zh-cn.ts'));
  const english = readTable(read('store/locale/en.ts'));
  return [
    '# Texts',
    'Everything that a user can read, from `store/locale`. Made by `node tools/check-api.mjs --update`.',
    'The property `texts` of a component replaces single ones by key; `addLocale` adds a language ([recipes](recipes.md#your-own-words-and-languages)). `{n}` is a number.',
    [
      '| key | en | zh-CN |',
      '| --- | --- | --- |',
      ...[...chinese].map(([key, text]) => `| \`${key}\` | ${english.get(key)} | ${text} |`),
    ].join('\n'),
    '',
  ].join('\n\n');
}
