import { escapeHtml } from './html';

const KEYWORDS =
  'as async await break case catch class const continue declare default delete else export extends false finally for from ' +
  'function get if implements import in instanceof interface let new null of private readonly return set static super switch ' +
  'this throw true try type typeof undefined var void while';
const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;

/** What is coloured in a language: class → expression. The first one that matches at a place wins. */
const RULES: Record<string, [name: string, expression: RegExp][]> = {
  js: [
    ['comment', /\/\/[^\n]*|\/\*[\s\S]*?\*\//],
    ['string', STRING],
    ['keyword', new RegExp(`\\b(?:${KEYWORDS.replaceAll(' ', '|')})\\b`)],
    ['number', /\b\d[\d_.]*\b/],
    ['name', /\b[a-zA-Z_$][\w$]*(?=\()/],
  ],
  json: [
    ['name', /"(?:\\.|[^"\\\n])*"(?=\s*:)/],
    ['string', STRING],
    ['number', /-?\b\d[\d.]*\b|\b(?:true|false|null)\b/],
  ],
  xml: [
    ['comment', /<!--[\s\S]*?-->/],
    ['string', STRING],
    ['keyword', /<\/?[\w-]+|\/?>/],
    ['name', /\b[a-zA-Z][\w:-]*(?==)/],
  ],
  css: [
    ['comment', /\/\*[\s\S]*?\*\//],
    ['string', STRING],
    ['name', /--[\w-]+|[a-z-]+(?=\s*:)/],
    ['number', /#[0-9a-f]{3,8}\b|\b\d[\d.]*(?:px|rpx|vh|%)?/],
  ],
  sh: [
    ['comment', /(?:^|(?<=\s))#[^\n]*/],
    ['string', STRING],
    ['name', /(?:^|(?<=\s))--?[a-zA-Z][\w-]*/],
    ['keyword', /(?<=^|\n)(?:[A-Z_0-9]+=\S+ )*[\w./-]+/],
  ],
};
const ALIASES: Record<string, string> = {
  ts: 'js',
  wxml: 'xml',
  wxss: 'css',
  bash: 'sh',
  ini: 'sh',
  nginx: 'sh',
};

/** HTML of a piece of code; of a language that is not known, the text as it is. */
export function highlight(text: string, language: string): string {
  const rules = RULES[ALIASES[language] ?? language];
  if (!rules) return escapeHtml(text);
  const any = new RegExp(rules.map(([name, { source }]) => `(?<${name}>${source})`).join('|'), 'g');
  let html = '';
  let end = 0;
  for (const match of text.matchAll(any)) {
    const [name] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined) ?? [];
    html += `${escapeHtml(text.slice(end, match.index))}<i class="${name}">${escapeHtml(match[0])}</i>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(end));
}
