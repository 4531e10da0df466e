import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fencesOf } from '../../devkit/docs/fences';
import { headingsOf, linksOf } from '../../devkit/docs/markdown';
import { read } from './documents';

/** Documents in English and Chinese. */
const PAIRS = [
  ['README.md', 'README.zh-CN.md'],
  ['docs/start.md', 'docs/start.zh-CN.md'],
  ['docs/faq.md', 'docs/faq.zh-CN.md'],
] as const;

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

/** Of a picture with words in it there is one for each language. */
const common = (href: string): string => href.replace('.zh.', '.').replace('.zh-CN.', '.');

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
      const places = (markdown: string): string[] => linksOf(markdown).map(common).sort();
      assert.deepEqual(places(chinese), places(english));
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
