import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fencesOf } from '../../devkit/docs/fences';
import { headingsOf, linksOf } from '../../devkit/docs/markdown';
import { DOCUMENTS, read } from './documents';

const isChinese = (file: string): boolean => file.endsWith('.zh-CN.md');
const toEnglish = (file: string): string => file.replace('.zh-CN.md', '.md');
const toChinese = (file: string): string => file.replace(/\.md$/, '.zh-CN.md');

/** Documents in English and Chinese. */
const PAIRS = DOCUMENTS.filter(isChinese).map((file) => [toEnglish(file), file] as const);

/** How many rows each table has, heads and rulers included. */
function tableSizes(markdown: string): number[] {
  const sizes: number[] = [];
  let isInTable = false;
  for (const line of markdown.split('\n')) {
    const isRow = line.startsWith('|');
    if (isRow && !isInTable) sizes.push(0);
    if (isRow) sizes[sizes.length - 1]! += 1;
    isInTable = isRow;
  }
  return sizes;
}

/** Code without its comments and words: `[^\x00-\x7f]` are what a drawing or a comment says. */
const bare = (text: string): string => text.replace(/(?:#|\/\/).*$/gm, '').replace(/[^\x21-\x7e]/g, '');

/**
 * A link of `document` as both languages have it: the English document, and of a heading its number there. Of a picture with
 * words in it there is one for each language.
 */
function common(document: string, href: string): string {
  const [file = '', anchor] = href.split('#');
  const place = toEnglish(file).replace('.zh.', '.');
  if (anchor === undefined || /^https?:/.test(href)) return place;
  const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
  const ids = headingsOf(read(target)).map(({ id }) => id);
  return `${file === '' ? '' : place}#${ids.indexOf(decodeURIComponent(anchor))}`;
}

/** Links of `document` to documents that there are in the other language too, the document's own counterpart apart. */
const strayLinks = (document: string): string[] =>
  linksOf(read(document))
    .filter((href) => !/^https?:/.test(href) && href.split('#')[0]!.endsWith('.md'))
    .map((href) => path.posix.join(path.posix.dirname(document), href.split('#')[0]!))
    .filter((target) =>
      isChinese(document)
        ? !isChinese(target) && DOCUMENTS.includes(toChinese(target)) && toChinese(target) !== document
        : isChinese(target) && toEnglish(target) !== document,
    );

/** What a cell of code, a code of errors or a type says; anything else is prose, which differs. */
const nameIn = (cell: string): string | null =>
  /^(?:`[^`]+`(?:(?:, |、| )`[^`]+`)*|-?\d+|String|Number|Boolean|Object|Array|any)$/.test(cell)
    ? cell.replaceAll('、', ', ')
    : null;

/** Names in the rows of the tables, such as a property with its type and default: the same in both languages. */
const rowNames = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row]) => row!.split(' | ').map((cell) => nameIn(cell.trim())))
    .map((names) => names.filter((name) => name !== null).join(' | '));

/**
 * Numbers of the text, the code apart: each once, as what is said twice in one language may be said once in the other. A
 * single digit may be a word ("two").
 */
const figuresOf = (markdown: string): string[] =>
  [...new Set(markdown.replace(/^ *```[\s\S]*?^ *```$/gm, '').match(/\d(?:[.,]?\d)+/g) ?? [])].sort();

for (const [inEnglish, inChinese] of PAIRS) {
  describe(`${inEnglish} and ${inChinese}`, () => {
    const english = read(inEnglish);
    const chinese = read(inChinese);

    test('have the same headings', () => {
      const levels = (markdown: string): number[] => headingsOf(markdown).map(({ level }) => level);
      assert.deepEqual(levels(chinese), levels(english));
    });

    test('have tables of the same sizes', () => {
      assert.deepEqual(tableSizes(chinese), tableSizes(english));
      assert.ok(tableSizes(english).length >= (inEnglish === 'README.md' ? 5 : 0));
    });

    test('have the same code', () => {
      const code = (markdown: string): string[] =>
        fencesOf(markdown)
          .filter(({ language }) => language !== '')
          .map(({ language, text }) => `${language}: ${bare(text)}`);
      assert.deepEqual(code(chinese), code(english));
      assert.equal(fencesOf(chinese).length, fencesOf(english).length);
    });

    test('lead to the same places, and show the same pictures', () => {
      const places = (document: string): string[] =>
        linksOf(read(document))
          .map((href) => common(document, href))
          .sort();
      assert.deepEqual(places(inChinese), places(inEnglish));
    });

    test('lead to each other, and the reader from neither into the other language', () => {
      assert.ok(linksOf(english).includes(path.posix.basename(inChinese)), `${inEnglish} has no link to it`);
      assert.ok(linksOf(chinese).includes(path.posix.basename(inEnglish)), `${inChinese} has no link back`);
      assert.deepEqual([...strayLinks(inEnglish), ...strayLinks(inChinese)], []);
    });

    test('have tables of the same names in the same order', () => {
      assert.deepEqual(rowNames(chinese), rowNames(english));
    });

    test('have as many list items and numbers', () => {
      const items = (markdown: string): number => markdown.match(/^ *(?:-|\d+\.) /gm)?.length ?? 0;
      assert.equal(items(chinese), items(english));
      assert.deepEqual(figuresOf(chinese), figuresOf(english));
    });

    test('name the same commands, components and codes', () => {
      const names = (markdown: string): string[] => [
        ...new Set(
          [...markdown.matchAll(/`((?:npm run |iot-p2p)[\w :-]+|-\d{4})`/g)].map(([, name]) => name!),
        ),
      ];
      assert.deepEqual(names(chinese).sort(), names(english).sort());
    });
  });
}
