import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { headingsOf, linksOf } from '../../devkit/docs/markdown';
import { DOCUMENTS, read } from './documents';

/** Hosts that may stand in a link; addresses of examples are code, not links. */
const isWebAddress = (href: string): boolean => {
  if (!/^https?:\/\//.test(href)) return false;
  const { protocol, hostname } = new URL(href);
  return protocol === 'https:' && hostname.includes('.');
};

const anchors = new Map<string, Set<string>>();
function anchorsOf(file: string): Set<string> {
  const known = anchors.get(file) ?? new Set(headingsOf(read(file)).map(({ id }) => id));
  anchors.set(file, known);
  return known;
}

/** What is wrong with a link of `document`; null: nothing. */
function problemOf(document: string, href: string): string | null {
  if (/^[a-z]+:/i.test(href)) return isWebAddress(href) ? null : 'not an https address';
  const [file = '', anchor] = href.split('#');
  const target = file === '' ? document : path.posix.join(path.posix.dirname(document), decodeURI(file));
  if (!fs.existsSync(target)) return 'no such file';
  if (anchor === undefined || anchorsOf(target).has(decodeURIComponent(anchor))) return null;
  return 'no such heading';
}

describe('links of the documents', () => {
  test('lead to files, headings and pictures that are there, and else to https addresses', () => {
    let count = 0;
    const dead = DOCUMENTS.flatMap((document) =>
      linksOf(read(document)).flatMap((href) => {
        count += 1;
        const problem = problemOf(document, href);
        return problem === null ? [] : [`${document}: ${href}: ${problem}`];
      }),
    );

    assert.deepEqual(dead, []);
    assert.ok(count > 100, `${count} links`);
  });

  for (const [what, href] of [
    ['a file', 'gone.md'],
    ['a heading', 'start.md#gone'],
    ['a heading of the same page', '#gone'],
    ['http', 'http://example.com/'],
    ['another scheme', 'javascript:alert(1)'],
  ] as const) {
    test(`are found dead: ${what}`, () => assert.notEqual(problemOf('docs/faq.md', href), null));
  }

  test('every picture of the documents is shown by one, and weighs little', () => {
    const shown = new Set(
      DOCUMENTS.flatMap((document) =>
        linksOf(read(document)).map((href) => path.posix.join(path.posix.dirname(document), href)),
      ),
    );
    for (const name of fs.readdirSync('docs/images')) {
      const file = `docs/images/${name}`;
      assert.ok(shown.has(file), `${file} is shown nowhere`);
      const limit = name.startsWith('tour.') ? 1.5e6 : 60 * 1024;
      assert.ok(fs.statSync(file).size <= limit, `${file} has ${fs.statSync(file).size} bytes`);
    }
  });
});
