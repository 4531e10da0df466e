import fs from 'node:fs';
import path from 'node:path';
import { escapeHtml } from './html';
import { type Rendered, renderMarkdown } from './markdown';

/** One page of the documents. */
export interface SitePage {
  /** Markdown file, from the repository's root. */
  source: string;
  /** From the site's root, such as `components/iot-p2p-voice.html`. */
  url: string;
  title: string;
}

export interface SiteGroup {
  title: string;
  pages: SitePage[];
}

const IMAGES = 'docs/images/';

/** What stands where in the list of pages. A document that no group names comes under "More". */
const GROUPS: [title: string, sources: string[]][] = [
  ['Begin', ['docs/README.md', 'docs/start.md', 'docs/recipes.md', 'docs/faq.md', 'docs/migrate.md']],
  ['中文', ['README.zh-CN.md', 'docs/start.zh-CN.md', 'docs/faq.zh-CN.md']],
  ['Components', ['docs/components.md', 'components/*']],
  [
    'Reference',
    ['docs/api/errors.md', 'docs/limits.md', 'docs/texts.md', 'docs/api/p2p-core.md', 'docs/api/store*'],
  ],
  ['Run your own', ['docs/preview.md', 'docs/camera.md', 'docs/deploy.md']],
  [
    'Inside',
    [
      ...['docs/protocol.md', 'docs/transport.md', 'docs/security.md', 'docs/platform.md'],
      ...['docs/swarm.md', 'docs/scale.md', 'docs/simulation.md', 'docs/benchmarks.md'],
    ],
  ],
  ['Project', ['CHANGELOG.md', 'CONTRIBUTING.md', 'docs/releasing.md', 'SECURITY.md', 'docs/licences.md']],
];
const MORE = 'More';
/** Where the heading says too little in a list. */
const TITLES: Record<string, string> = { 'docs/README.md': 'Overview', 'README.zh-CN.md': '说明' };
/** A longer list of what is on a page helps nobody; the browser's search does. */
const MAX_CONTENTS = 40;

/** Every document of the repository, in the order in which the site lists them. */
export function readGroups(repository: string): SiteGroup[] {
  const list = (folder: string): string[] => fs.readdirSync(path.join(repository, folder)).sort();
  const documents = [
    ...list('.'),
    ...list('docs').map((name) => `docs/${name}`),
    ...list('docs/api').map((name) => `docs/api/${name}`),
    ...list('components').map((name) => `components/${name}/README.md`),
  ].filter((source) => source.endsWith('.md') && fs.existsSync(path.join(repository, source)));
  const isNamed = (source: string, name: string): boolean =>
    name.endsWith('*') ? source.startsWith(name.slice(0, -1)) : source === name;
  const named = GROUPS.map(([title, names]) => ({
    title,
    sources: names.flatMap((name) => documents.filter((source) => isNamed(source, name))),
  }));
  const known = new Set(['README.md', ...named.flatMap(({ sources }) => sources)]);
  const others = { title: MORE, sources: documents.filter((source) => !known.has(source)) };
  return [...named, others]
    .map(({ title, sources }) => ({
      title,
      pages: sources.map((source) => ({ source, url: urlOf(source), title: titleOf(repository, source) })),
    }))
    .filter(({ pages }) => pages.length > 0);
}

function urlOf(source: string): string {
  if (source === 'docs/README.md') return 'index.html';
  return source
    .replace(/^docs\//, '')
    .replace(/^(components\/[^/]+)\/README/, '$1')
    .replace(/\.md$/, '.html')
    .toLowerCase();
}

function titleOf(repository: string, source: string): string {
  const own = TITLES[source];
  if (own !== undefined) return own;
  const [, title] = /^# (.+)$/m.exec(fs.readFileSync(path.join(repository, source), 'utf8')) ?? [];
  return title ?? path.basename(source, '.md');
}

/** The HTML of the page at `url`; null where there is none. Read anew each time, so that an edit shows at the next load. */
export function renderPage(repository: string, url: string): string | null {
  const groups = readGroups(repository);
  const pages = groups.flatMap((group) => group.pages);
  const index = pages.findIndex((page) => page.url === url);
  const page = pages[index];
  if (!page) return null;
  const markdown = fs.readFileSync(path.join(repository, page.source), 'utf8');
  const rendered = renderMarkdown(markdown, (href) => resolveLink(pages, page, href));
  return layout({ groups, page, previous: pages[index - 1], next: pages[index + 1], rendered });
}

/** A link of `page` as the site has it: to another page, a picture or the web; null for other files of the repository. */
export function resolveLink(pages: readonly SitePage[], page: SitePage, href: string): string | null {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [file = '', anchor] = href.split('#');
  const target = path.posix.join(path.posix.dirname(page.source), file);
  if (target.startsWith(IMAGES)) return relative(page, target.slice('docs/'.length));
  // The READMEs of the root say what the first page says.
  const source = target === 'README.md' ? 'docs/README.md' : target;
  const found = pages.find((each) => each.source === source);
  if (!found) return null;
  return relative(page, found.url) + (anchor === undefined ? '' : `#${anchor}`);
}

const relative = (from: SitePage, url: string): string =>
  path.posix.relative(path.posix.dirname(from.url), url) || path.posix.basename(url);

interface Layout {
  groups: SiteGroup[];
  page: SitePage;
  previous: SitePage | undefined;
  next: SitePage | undefined;
  rendered: Rendered;
}

function layout({ groups, page, previous, next, rendered }: Layout): string {
  const link = (to: SitePage, attributes = ''): string =>
    `<a href="${relative(page, to.url)}"${attributes}>${escapeHtml(to.title)}</a>`;
  const list = groups
    .map(({ title, pages }) => {
      const items = pages.map(
        (each) => `<li>${link(each, each === page ? ' aria-current="page"' : '')}</li>`,
      );
      return `<h2>${title}</h2><ul>${items.join('')}</ul>`;
    })
    .join('');
  const parts = rendered.headings.filter(({ level }) => level === 2 || level === 3);
  const contents =
    parts.length > 1 && parts.length <= MAX_CONTENTS
      ? `<nav class="contents" aria-label="On this page"><h2>On this page</h2>${parts
          .map(({ level, id, text }) => `<a class="level-${level}" href="#${id}">${escapeHtml(text)}</a>`)
          .join('')}</nav>`
      : '';
  const isChinese = page.source.endsWith('.zh-CN.md');
  return `<!doctype html>
<html lang="${isChinese ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)} · iot-p2p-player</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${relative(page, 'site.css')}">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header><a class="home" href="${relative(page, 'index.html')}"><span class="logo"></span>iot-p2p-player</a></header>
<div class="columns">
<input type="checkbox" id="menu" aria-label="All pages"><label for="menu">All pages</label>
<nav class="pages" aria-label="All pages">${list}</nav>
<main id="content">
${rendered.html}
<footer>${previous ? `<span>← ${link(previous)}</span>` : '<span></span>'}${next ? `<span>${link(next)} →</span>` : ''}</footer>
</main>
${contents}
</div>
</body>
</html>
`;
}
