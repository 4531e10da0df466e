import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { highlight } from '../../devkit/docs/highlight';
import { headingsOf, renderMarkdown } from '../../devkit/docs/markdown';
import { writeSite } from '../../devkit/docs/serve';
import { groupPages, readPages, renderPage } from '../../devkit/docs/site';
import { DOCUMENTS } from './documents';

const root = process.cwd();

describe('the site of the documents', () => {
  test('has every document once, and lists it for the readers of its language', () => {
    const pages = readPages(root);
    const forReaders = DOCUMENTS.filter((file) => !/^(?:README\.|test|\.github)/.test(file));
    assert.deepEqual(pages.map(({ source }) => source).sort(), [...forReaders].sort());

    const listed = (language: 'en' | 'zh-CN'): string[] =>
      groupPages(pages, language).flatMap((group) => group.pages.map(({ source }) => source));
    const isChinese = (source: string): boolean => source.endsWith('.zh-CN.md');
    assert.deepEqual(listed('en').sort(), forReaders.filter((file) => !isChinese(file)).sort());
    // In Chinese, or in English where there is no Chinese yet.
    const inChinese = listed('zh-CN');
    assert.deepEqual(inChinese.map((source) => source.replace('.zh-CN.', '.')).sort(), listed('en').sort());
    assert.deepEqual(inChinese.filter(isChinese).sort(), forReaders.filter(isChinese).sort());
  });

  test('leads from each page to the same one in the other language, or else to its first one', () => {
    const languageLink = (url: string): string | undefined =>
      /<a class="language"[^>]* href="([^"]+)"/.exec(renderPage(root, url)!)?.[1];

    assert.equal(languageLink('start.html'), 'start.zh-cn.html');
    assert.equal(languageLink('start.zh-cn.html'), 'start.html');
    assert.equal(languageLink('index.html'), 'index.zh-cn.html');
    assert.equal(languageLink('api/p2p-core.html'), '../index.zh-cn.html');
    assert.match(renderPage(root, 'start.zh-cn.html')!, /class="home" href="index\.zh-cn\.html"/);
  });

  test('has no dead link between its own files, as they are written for a web server', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-docs-'));
    try {
      const count = writeSite(root, folder);
      const files = fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((n) => n.endsWith('.html'));
      assert.ok(count > files.length && files.length > 20);
      const dead = files.flatMap((file) => {
        const html = fs.readFileSync(path.join(folder, file), 'utf8');
        return [...html.matchAll(/(?:href|src)="([^"#:]+)(?:#([^"]*))?"/g)]
          .map(([, target, anchor]) => [path.join(folder, path.dirname(file), target!), anchor] as const)
          .filter(([target, anchor]) => {
            if (!fs.existsSync(target)) return true;
            return (
              anchor !== undefined && !fs.readFileSync(target, 'utf8').includes(`id="${decodeURI(anchor)}"`)
            );
          })
          .map(([target, anchor]) => `${file}: ${path.relative(folder, target)}#${anchor ?? ''}`);
      });
      assert.deepEqual(dead, []);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe('Markdown', () => {
  test('makes the anchors that GitHub makes', () => {
    const headings = headingsOf('# A `code` & more!\n\n## 对讲：按住\n\n## Twice\n\n## Twice\n');
    assert.deepEqual(
      headings.map(({ id }) => id),
      ['a-code--more', '对讲按住', 'twice', 'twice-1'],
    );
  });

  test('shows HTML as text, and leaves comments out', () => {
    const { html } = renderMarkdown(
      '<script>alert(1)</script>\n\n<!-- made by a tool -->\n\nA <b>b</b>.',
      () => null,
    );
    assert.doesNotMatch(html, /<script|<b>|made by/);
    assert.match(html, /&#60;script/);
  });

  test('joins lines between Chinese characters without a blank, and other lines as they are', () => {
    const html = (markdown: string): string => renderMarkdown(markdown, () => null).html.trim();
    assert.equal(html('画面，\n声音\n`code`\n字'), '<p>画面，声音\n<code>code</code>\n字</p>');
    assert.equal(html('- 一行\n  两行\n- a\n  b'), '<ul>\n<li>一行两行</li>\n<li>a\nb</li>\n</ul>');
    assert.match(html('```\n字\n字\n```'), /字\n字/);
  });

  test('keeps the words of a link that leads nowhere in the site', () => {
    assert.equal(renderMarkdown('[words](x.ts)', () => null).html.trim(), '<p>words</p>');
  });

  test('colours code and changes none of it', () => {
    for (const [language, code] of [
      ['js', "const a = `x ${b}`; // it's <b> & more\nf('\\'', 1_000);"],
      ['json', '{ "a": [1, true, "</x>"] }'],
      ['xml', '<view wx:if="{{a > 1}}">{{b}}</view><!-- c -->'],
      ['sh', 'A=1 npm run x -- --flag "y" # comment'],
      ['', 'a < b'],
    ] as const) {
      const html = highlight(code, language);
      const text = html
        .replace(/<\/?i[^>]*>/g, '')
        .replace(/&#(\d+);/g, (_, point: string) => String.fromCharCode(Number(point)));
      assert.equal(text, code);
      assert.equal(html.includes('<i class'), language !== '');
    }
  });
});
