// docs/components.md: every component with its properties, events and methods, from the READMEs beside the components.
import fs from 'node:fs';
import path from 'node:path';

/** Screens and pushers that an app does not put on a page, but may replace. */
const BUILDING_BLOCKS = /^p2p-/;

/** Names in the first column of the table under `heading`. */
function firstColumn(markdown, heading) {
  const [, section = ''] = markdown.split(new RegExp(`^## ${heading}$`, 'm'));
  const [body] = section.split(/^## /m);
  return [...body.matchAll(/^\| (`[^|]+?`) +\|/gm)].map(([, name]) => name);
}

/** The first paragraph under the title. */
const summaryOf = (markdown) => markdown.split('\n\n')[1].replaceAll('\n', ' ');

/** @param root folder of the repository */
export function componentsDocument(root) {
  const folder = path.join(root, 'components');
  const components = fs
    .readdirSync(folder)
    .filter((name) => fs.existsSync(path.join(folder, name, 'README.md')))
    .sort()
    .map((name) => ({ name, readme: fs.readFileSync(path.join(folder, name, 'README.md'), 'utf8') }));
  const rows = (list) => [
    '| component | what it is |',
    '| --- | --- |',
    ...list.map(
      ({ name, readme }) => `| [\`${name}\`](../components/${name}/README.md) | ${summaryOf(readme)} |`,
    ),
  ];
  const index = components
    .filter(({ name }) => !BUILDING_BLOCKS.test(name))
    .map(({ name, readme }) => {
      const lines = ['Properties', 'Events', 'Methods']
        .map((heading) => [heading, firstColumn(readme, heading)])
        .filter(([, names]) => names.length > 0)
        .map(([heading, names]) => `- ${heading}: ${names.join(', ')}`);
      return [`### ${name}`, lines.join('\n')].join('\n\n');
    });
  return [
    '# Components',
    'Made by `node tools/check-api.mjs --update` from the README beside each component; a test holds those to the sources.',
    rows(components.filter(({ name }) => !BUILDING_BLOCKS.test(name))).join('\n'),
    'Everything with the same `targetId` shares one link to the camera. Name a component in `usingComponents` as `iot-p2p-player/components/<name>/<name>`.',
    '## What can be replaced',
    rows(components.filter(({ name }) => BUILDING_BLOCKS.test(name))).join('\n'),
    '## Names',
    ...index,
    '',
  ].join('\n\n');
}
