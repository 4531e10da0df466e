// docs/texts.md: every text that a user can read, by its key.

/** @param {Record<string, string>} chinese @param {Record<string, string>} english */
export function textsDocument(chinese, english) {
  return [
    '# Texts',
    'Everything that a user can read, from `store/locale`. Made by `node tools/docs.mjs --update`.',
    'The property `texts` of a component replaces single ones by key; `addLocale` adds a language ([recipes](recipes.md#your-own-words-and-languages)). `{n}` is a number.',
    [
      '| key | en | zh-CN |',
      '| --- | --- | --- |',
      ...Object.keys(chinese).map((key) => `| \`${key}\` | ${english[key]} | ${chinese[key]} |`),
    ].join('\n'),
    '',
  ].join('\n\n');
}
