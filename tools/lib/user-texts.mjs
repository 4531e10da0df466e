// Finds words for users that stand in sources and templates instead of the tables of a language.
import ts from 'typescript';

const CJK = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/;
/** Two words and more, the first with a capital. Texts for developers (`errmsg`, logs) begin with a small letter here. */
const SENTENCE = /^[A-Z][a-z’']+(?:,? [a-z][a-z’']*)+[.!?…]?$/;
const TEXT_ATTRIBUTES = /\b(aria-label|alt|title|placeholder|confirm-text|content)\s*=\s*"([^"]*)"/g;

const isForUsers = (text) => CJK.test(text) || SENTENCE.test(text.trim());

/**
 * Of a template: words in text nodes, and in attributes that are shown or read out. One word is a text too; names and units
 * that are the same in every language (`XP2P…`, `×`) have no small letters.
 * @returns {{ line: number, text: string }[]}
 */
export function textsInTemplate(wxml) {
  const found = [];
  const source = wxml.replace(/<!--[\s\S]*?-->|<wxs[\s\S]*?<\/wxs>/g, (part) => part.replace(/[^\n]/g, ' '));
  const add = (index, text) => {
    const words = text.trim();
    if (!CJK.test(words) && !/[a-z]{2}/.test(words)) return;
    found.push({ line: source.slice(0, index).split('\n').length, text: words });
  };
  // A `>` in a binding is no end of a tag.
  const markup = source.replace(/\{\{[\s\S]*?\}\}/g, (part) => part.replace(/[^\n]/g, ' '));
  for (const match of markup.matchAll(/>([^<]+)</g)) add(match.index, match[1]);
  for (const match of markup.matchAll(TEXT_ATTRIBUTES)) add(match.index, match[2]);
  // Words inside a binding: {{ok ? 'Yes sir' : name}}.
  for (const { 0: binding, index } of source.matchAll(/\{\{[\s\S]*?\}\}/g)) {
    for (const [, text] of binding.matchAll(/'([^']*)'/g)) if (isForUsers(text)) add(index, text);
  }
  return found;
}

/**
 * Of a script: strings with Chinese characters, and English sentences. What stands under `zh` or `en` of an object that has
 * both is a table.
 * @returns {{ line: number, text: string }[]}
 */
export function textsInScript(fileName, text) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (isTable(node) || ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    const isText =
      ts.isStringLiteral(node) ||
      ts.isNoSubstitutionTemplateLiteral(node) ||
      [ts.SyntaxKind.TemplateHead, ts.SyntaxKind.TemplateMiddle, ts.SyntaxKind.TemplateTail].includes(
        node.kind,
      );
    if (isText && isForUsers(node.text)) {
      found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTable(node) {
  if (!ts.isObjectLiteralExpression(node)) return false;
  const names = node.properties.map((property) => property.name?.getText() ?? '');
  return names.includes('zh') && names.includes('en');
}
