// docs/texts.md, in both languages: every text that a user can read, by its key.
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

const WORDS = {
  en: {
    title: '# Texts',
    about: [
      'Everything that a user can read, from `store/locale`. Made by `node tools/check-api.mjs --update`.',
      '[简体中文](texts.zh-CN.md)',
      'The property `texts` of a component replaces single ones by key; `addLocale` adds a language ([recipes](recipes.md#your-own-words-and-languages)). `{n}` is a number.',
    ],
    key: 'key',
  },
  'zh-CN': {
    title: '# 文案',
    about: [
      '用户能看到的全部文字，来自 `store/locale`。由 `node tools/check-api.mjs --update` 生成。',
      '[English](texts.md)',
      '组件的属性 `texts` 按键名替换单条文案；`addLocale` 增加一种语言（[做法](recipes.zh-CN.md#自己的文案与语言)）。`{n}` 是数字。',
    ],
    key: '键名',
  },
};

/**
 * @param read gives the text of a file of the project
 * @param {'en' | 'zh-CN'} language the reader's, whose texts come first
 */
export function textsDocument(read, language) {
  const words = WORDS[language];
  const tables = {
    en: readTable(read('store/locale/en.ts')),
    'zh-CN': readTable(read('store/locale/zh-cn.ts')),
  };
  const [first, second] = language === 'en' ? ['en', 'zh-CN'] : ['zh-CN', 'en'];
  return [
    words.title,
    ...words.about,
    [
      `| ${words.key} | ${first} | ${second} |`,
      '| --- | --- | --- |',
      ...[...tables['zh-CN'].keys()].map(
        (key) => `| \`${key}\` | ${tables[first].get(key)} | ${tables[second].get(key)} |`,
      ),
    ].join('\n'),
    '',
  ].join('\n\n');
}
