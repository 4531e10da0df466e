import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { TemplateSet } from '../../devkit/preview/templates';
import { createMiniApp } from '../conformance/mini-app';
import { runOfficialTools } from '../conformance/official-tools';
import { SNIPPETS } from './snippets';

const isThere = fs.existsSync('test/conformance/node_modules/miniprogram-compiler');
const of = (language: string) => SNIPPETS.filter((snippet) => snippet.language === language);

function findings(templates: readonly string[]): string[] {
  const set = new TemplateSet(process.cwd(), (file) => file);
  templates.forEach((text, index) => set.addSource(`page-${index}`, text));
  set.generate();
  return set.diagnostics.map(({ file, message }) => `${file}: ${message}`);
}

describe('views in the documents', () => {
  test('compile in the preview', () => {
    const templates = of('xml');

    assert.deepEqual(findings(templates.map(({ text }) => text)), []);
    assert.notEqual(findings(['<view><text></view>']).length, 0);
  });

  test('compile with WeChat’s compilers', { skip: !isThere && 'they are not installed' }, async () => {
    const pages = [...of('xml').entries()].map(([index, { text }]) => [`page-${index}.wxml`, text]);
    const styles = [...of('css').entries()].map(([index, { text }]) => [`page-${index}.wxss`, text]);
    const app = createMiniApp({
      'app.json': JSON.stringify({ pages: pages.map((_, index) => `page-${index}`) }),
      ...(Object.fromEntries([...pages, ...styles]) as Record<string, string>),
    });
    try {
      assert.deepEqual(await runOfficialTools(app, ['wcc', 'wcsc']), []);
    } finally {
      app.remove();
    }
  });
});
