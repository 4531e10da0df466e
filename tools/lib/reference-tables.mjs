// docs/api/errors.md, in both languages: every error code and every timeout, from the source.
import ts from 'typescript';
import { readErrCodes, renderTable } from './errcode-table.mjs';

/** @returns {{ name: string, ms: number, meaning: string }[]} of `Timeouts`, with the values of `DEFAULT_TIMEOUTS` */
export function readTimeouts(source) {
  const file = ts.createSourceFile('timeouts.ts', source, ts.ScriptTarget.Latest, true);
  const meanings = new Map();
  const rows = [];
  const visit = (node) => {
    if (ts.isPropertySignature(node)) {
      const [doc] = ts.getJSDocCommentsAndTags(node);
      const comment = ts.getTextOfJSDocComment(doc?.comment) ?? '';
      meanings.set(node.name.getText(), comment.replace(/\s+/g, ' '));
    } else if (ts.isPropertyAssignment(node)) {
      const name = node.name.getText();
      rows.push({
        name,
        ms: Number(node.initializer.getText().replaceAll('_', '')),
        meaning: meanings.get(name),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const { name, ms, meaning } of rows) {
    const said = /Default ([\d ]+)\.$/.exec(meaning ?? '');
    if (said === null || Number(said[1].replaceAll(' ', '')) !== ms) {
      throw new Error(`the comment of ${name} must end with its default, ${ms} ms`);
    }
  }
  return rows;
}

const WORDS = {
  en: {
    title: '# Codes and timeouts',
    madeBy:
      'Made by `node tools/check-api.mjs --update` from `p2p-core/errors.ts` and `p2p-core/api/timeouts.ts`.',
    other: '[简体中文](errors.zh-CN.md)',
    codes: '## Codes',
    whose:
      'Down to -2799 they are the guide’s, from -2800 on our own. A plugin has its own beyond the guide’s.',
    codeHead: ['errcode', 'name', 'meaning'],
    timeouts: '## Timeouts',
    where: 'Of `init({ timeouts })` and `configureP2P({ timeouts })`, in ms.',
    timeoutHead: '| name | default | from when to when, and what is told |',
  },
  'zh-CN': {
    title: '# 错误码与超时',
    madeBy:
      '由 `node tools/check-api.mjs --update` 从 `p2p-core/errors.ts` 和 `p2p-core/api/timeouts.ts` 生成；说明来自 `tools/errcodes.zh-CN.json` 和 `tools/timeouts.zh-CN.json`。',
    other: '[English](errors.md)',
    codes: '## 错误码',
    whose: '-2799 及以上是指南的错误码，-2800 及以下是我们的。插件在指南之外还有自己的错误码。',
    codeHead: ['errcode', '名称', '说明'],
    timeouts: '## 超时',
    where: '用于 `init({ timeouts })` 和 `configureP2P({ timeouts })`，单位毫秒。',
    timeoutHead: '| 名称 | 默认值 | 从何时到何时，超时后怎样 |',
  },
};

/**
 * @param read gives the text of a file of the project
 * @param {'en' | 'zh-CN'} language
 */
export function renderReference(read, language) {
  const words = WORDS[language];
  const codes = readErrCodes(read('p2p-core/errors.ts'));
  const timeouts = readTimeouts(read('p2p-core/api/timeouts.ts'));
  const translations = (name) =>
    language === 'en' ? undefined : JSON.parse(read(`tools/${name}.zh-CN.json`));
  const chinese = translations('timeouts');
  const meaningOf = ({ name, meaning }) => {
    const text = chinese ? chinese[name] : meaning.replace(/ Default [\d ]+\.$/, '');
    if (!text) throw new Error(`no translation of ${name}: add it to tools/timeouts.zh-CN.json`);
    return text;
  };
  return [
    words.title,
    words.madeBy,
    words.other,
    words.codes,
    words.whose,
    renderTable(codes, words.codeHead, translations('errcodes')),
    words.timeouts,
    words.where,
    [
      words.timeoutHead,
      '| --- | --- | --- |',
      ...timeouts.map((each) => `| \`${each.name}\` | ${each.ms} | ${meaningOf(each)} |`),
    ].join('\n'),
    '',
  ].join('\n\n');
}
