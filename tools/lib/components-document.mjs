// docs/components.md, in both languages: every component with its properties, events and methods, from the READMEs beside the
// components. A test holds the two READMEs of a component to the same names (test/docs/readmes.test.ts).
import fs from 'node:fs';
import path from 'node:path';

/** Screens and pushers that an app does not put on a page, but may replace. */
const BUILDING_BLOCKS = /^p2p-/;

const CHINESE = '.zh-CN.md';

const WORDS = {
  en: {
    suffix: '.md',
    title: '# Components',
    madeBy:
      'Made by `node tools/check-api.mjs --update` from the README beside each component; a test holds those to the sources.',
    other: `[简体中文](components${CHINESE})`,
    head: '| component | what it is |',
    shared:
      'Everything with the same `targetId` shares one link to the camera. Name a component in `usingComponents` as `iot-p2p-player/components/<name>/<name>`.',
    replaceable: '## What can be replaced',
    names: '## Names',
    lists: ['Properties', 'Events', 'Methods'],
    separators: [': ', ', '],
  },
  'zh-CN': {
    suffix: CHINESE,
    title: '# 组件',
    madeBy:
      '由 `node tools/check-api.mjs --update` 从各组件旁边的 README 生成；README 与源码是否一致由测试保证。',
    other: '[English](components.md)',
    head: '| 组件 | 是什么 |',
    shared:
      '`targetId` 相同的一切共用一条到摄像机的链路。在 `usingComponents` 中写组件的路径：`iot-p2p-player/components/<name>/<name>`。',
    replaceable: '## 可以替换的部分',
    names: '## 名称',
    lists: ['属性', '事件', '方法'],
    separators: ['：', '、'],
  },
};

/** Names in the first column of the table under `heading`. */
function firstColumn(markdown, heading) {
  const [, section = ''] = markdown.split(new RegExp(`^## ${heading}$`, 'm'));
  const [body] = section.split(/^## /m);
  return [...body.matchAll(/^\| (`[^|]+?`) +\|/gm)].map(([, name]) => name);
}

/** The first paragraph under the title. Between Chinese characters a line ends without a blank. */
const summaryOf = (markdown) =>
  markdown
    .split('\n\n')[1]
    .replace(/(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff])/g, '')
    .replaceAll('\n', ' ');

/**
 * @param root folder of the repository
 * @param {'en' | 'zh-CN'} language
 */
export function componentsDocument(root, language) {
  const words = WORDS[language];
  const [colon, comma] = words.separators;
  const folder = path.join(root, 'components');
  const components = fs
    .readdirSync(folder)
    .filter((name) => fs.existsSync(path.join(folder, name, 'README.md')))
    .sort()
    .map((name) => ({
      name,
      readme: fs.readFileSync(path.join(folder, name, `README${words.suffix}`), 'utf8'),
    }));
  const rows = (list) => [
    words.head,
    '| --- | --- |',
    ...list.map(
      ({ name, readme }) =>
        `| [\`${name}\`](../components/${name}/README${words.suffix}) | ${summaryOf(readme)} |`,
    ),
  ];
  const index = components
    .filter(({ name }) => !BUILDING_BLOCKS.test(name))
    .map(({ name, readme }) => {
      const lines = words.lists
        .map((heading) => [heading, firstColumn(readme, heading)])
        .filter(([, names]) => names.length > 0)
        .map(
          ([heading, names]) => `- ${heading}${colon}${names.join(comma).replaceAll('`, `', `\`${comma}\``)}`,
        );
      return [`### ${name}`, lines.join('\n')].join('\n\n');
    });
  return [
    words.title,
    words.madeBy,
    words.other,
    rows(components.filter(({ name }) => !BUILDING_BLOCKS.test(name))).join('\n'),
    words.shared,
    words.replaceable,
    rows(components.filter(({ name }) => BUILDING_BLOCKS.test(name))).join('\n'),
    words.names,
    ...index,
    '',
  ].join('\n\n');
}
