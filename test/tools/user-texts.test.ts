import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Finding {
  line: number;
  text: string;
}
interface Scanner {
  textsInTemplate(wxml: string): Finding[];
  textsInScript(fileName: string, text: string): Finding[];
}

const { textsInScript, textsInTemplate } = (await import(
  pathToFileURL(path.resolve('tools/lib/user-texts.mjs')).href
)) as Scanner;

/** The tables themselves. */
const TABLES = path.join('store', 'locale');

function filesUnder(folders: string[], extension: string): string[] {
  return folders.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name))
      .filter((name) => name.endsWith(extension) && !/node_modules|miniprogram_npm/.test(name)),
  );
}

const findings = (files: string[], scan: (file: string, text: string) => Finding[]): string[] =>
  files.flatMap((file) =>
    scan(file, fs.readFileSync(file, 'utf8')).map(({ line, text }) => `${file}:${line}: ${text}`),
  );

describe('words for users', () => {
  test('stand in the tables of the languages, not in templates', () => {
    const files = filesUnder(['components', 'examples'], '.wxml');
    assert.ok(files.length > 10);

    assert.deepEqual(
      findings(files, (_file, text) => textsInTemplate(text)),
      [],
    );
  });

  test('stand in the tables of the languages, not in scripts', () => {
    const shipped = filesUnder(['components', 'store'], '.ts').filter((file) => !file.startsWith(TABLES));
    const files = [...shipped, ...filesUnder(['examples'], '.js')];
    assert.ok(files.length > 60);

    assert.deepEqual(findings(files, textsInScript), []);
  });

  test('are no titles in the JSON of a page, which knows one language only', () => {
    const titles = filesUnder(['examples', 'components'], '.json').flatMap((file) => {
      const { navigationBarTitleText: title } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<
        string,
        unknown
      >;
      return title === undefined || title === 'iot-p2p-player' ? [] : [`${file}: ${String(title)}`];
    });
    assert.deepEqual(titles, []);
  });

  for (const [what, wxml] of [
    ['a text node', '<view>Retry</view>'],
    ['a Chinese text node beside a binding', '<view>{{n}} 秒</view>'],
    ['a label that is read out', '<view aria-label="Close the menu"/>'],
    ['a placeholder', '<input placeholder="搜索"/>'],
    ['a string in a binding', "<view>{{isOn ? '打开' : name}}</view>"],
  ] as const) {
    test(`are found in a template: ${what}`, () => assert.equal(textsInTemplate(wxml).length, 1));
  }

  for (const [what, script] of [
    ['Chinese', "const title = '设备离线';"],
    ['a sentence', "show('The camera is offline.');"],
    ['the part of a template string', 'show(`还有 ${n} 秒`);'],
    ['a table of one language only', "const TEXT = { zh: '设备离线' };"],
  ] as const) {
    test(`are found in a script: ${what}`, () => assert.ok(textsInScript('a.ts', script).length > 0));
  }

  test('are not what developers read, names, classes, bindings, comments, or a table of both languages', () => {
    const script = `
      // 注释
      const TEXT = { zh: { title: '设备' }, en: { title: 'The camera is offline' } };
      throw errorOf(-2000, 'targetId is missing');
      const state: 'Not for users' = x;`;
    assert.deepEqual(textsInScript('a.ts', script), []);
    const wxml = '<!-- 注释 --><view class="a b" data-mode="live view">{{text.title}} · {{n}}×</view>';
    assert.deepEqual(textsInTemplate(wxml), []);
  });
});
