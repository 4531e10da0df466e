import fs from 'node:fs';
import path from 'node:path';
import { escapeHtml } from './html';
import { type Rendered, renderMarkdown } from './markdown';

export type SiteLanguage = 'en' | 'zh-CN';

/** One page of the documents. */
export interface SitePage {
  /** Markdown file, from the repository's root. */
  source: string;
  /** From the site's root, such as `components/iot-p2p-voice.html`. */
  url: string;
  title: string;
  /** `a.zh-CN.md` is `a.md` in Chinese. */
  language: SiteLanguage;
}

export interface SiteGroup {
  title: string;
  pages: SitePage[];
}

const IMAGES = 'docs/images/';

/** What stands where in the list of pages. A document that no group names comes under "More". */
const GROUPS: [title: Record<SiteLanguage, string>, sources: string[]][] = [
  [
    { en: 'Begin', 'zh-CN': '入门' },
    ['docs/README.md', 'docs/start.md', 'docs/recipes.md', 'docs/faq.md', 'docs/migrate.md'],
  ],
  [{ en: 'Components', 'zh-CN': '组件' }, ['docs/components.md', 'components/*']],
  [
    { en: 'Reference', 'zh-CN': '参考' },
    ['docs/api/errors.md', 'docs/limits.md', 'docs/texts.md', 'docs/api/p2p-core.md', 'docs/api/store*'],
  ],
  [{ en: 'Run your own', 'zh-CN': '自己运行' }, ['docs/preview.md', 'docs/camera.md', 'docs/deploy.md']],
  [
    { en: 'Inside', 'zh-CN': '内部' },
    [
      ...['docs/protocol.md', 'docs/transport.md', 'docs/security.md', 'docs/platform.md'],
      ...['docs/swarm.md', 'docs/scale.md', 'docs/simulation.md', 'docs/benchmarks.md'],
    ],
  ],
  [
    { en: 'Project', 'zh-CN': '项目' },
    ['CHANGELOG.md', 'CONTRIBUTING.md', 'docs/releasing.md', 'SECURITY.md', 'docs/licences.md'],
  ],
];
const MORE = { en: 'More', 'zh-CN': '其他' };
/** Where the heading says too little in a list. */
const TITLES: Record<string, string> = { 'docs/README.md': 'Overview', 'docs/README.zh-CN.md': '概览' };
/** The READMEs of the root say what the first page says. */
const FIRST_PAGES: Record<string, string> = {
  'README.md': 'docs/README.md',
  'README.zh-CN.md': 'docs/README.zh-CN.md',
};
const WORDS: Record<SiteLanguage, Record<'allPages' | 'onThisPage' | 'skip' | 'other', string>> = {
  en: { allPages: 'All pages', onThisPage: 'On this page', skip: 'Skip to the text', other: '中文' },
  'zh-CN': { allPages: '全部页面', onThisPage: '本页内容', skip: '跳到正文', other: 'English' },
};
const CHINESE = '.zh-CN.md';
/** A longer list of what is on a page helps nobody; the browser's search does. */
const MAX_CONTENTS = 40;

/** The same document in the other language; it need not be there. */
const inOtherLanguage = (source: string): string =>
  source.endsWith(CHINESE) ? source.replace(CHINESE, '.md') : source.replace(/\.md$/, CHINESE);

/** Every page of the site, in both languages. */
export function readPages(repository: string): SitePage[] {
  const list = (folder: string): string[] => fs.readdirSync(path.join(repository, folder)).sort();
  return [
    ...list('.'),
    ...list('docs').map((name) => `docs/${name}`),
    ...list('docs/api').map((name) => `docs/api/${name}`),
    ...list('components').flatMap((name) =>
      ['README.md', `README${CHINESE}`].map((file) => `components/${name}/${file}`),
    ),
  ]
    .filter((source) => source.endsWith('.md') && !(source in FIRST_PAGES))
    .filter((source) => fs.existsSync(path.join(repository, source)))
    .map((source) => ({
      source,
      url: urlOf(source),
      title: titleOf(repository, source),
      language: source.endsWith(CHINESE) ? 'zh-CN' : 'en',
    }));
}

/**
 * The list of pages for readers of a language, in its order. What there is in English alone stands in the Chinese list as
 * well; in the English one nothing is Chinese.
 */
export function groupPages(pages: readonly SitePage[], language: SiteLanguage): SiteGroup[] {
  const has = new Set(pages.map(({ source }) => source));
  const shown = pages.filter(({ source, language: own }) =>
    language === 'en' ? own === 'en' : own === 'zh-CN' || !has.has(inOtherLanguage(source)),
  );
  const englishName = (page: SitePage): string =>
    page.language === 'en' ? page.source : inOtherLanguage(page.source);
  const isNamed = (page: SitePage, name: string): boolean =>
    name.endsWith('*') ? page.source.startsWith(name.slice(0, -1)) : englishName(page) === name;
  const named = GROUPS.map(([title, names]) => ({
    title: title[language],
    pages: names.flatMap((name) => shown.filter((page) => isNamed(page, name))),
  }));
  const known = new Set(named.flatMap((group) => group.pages));
  const others = { title: MORE[language], pages: shown.filter((page) => !known.has(page)) };
  return [...named, others].filter((group) => group.pages.length > 0);
}

function urlOf(source: string): string {
  return source
    .replace(/^docs\/README/, 'index')
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
  const pages = readPages(repository);
  const page = pages.find((each) => each.url === url);
  if (!page) return null;
  const groups = groupPages(pages, page.language);
  const order = groups.flatMap((group) => group.pages);
  const index = order.indexOf(page);
  const find = (source: string): SitePage | undefined => pages.find((each) => each.source === source);
  const other = find(inOtherLanguage(page.source)) ?? find(inOtherLanguage(firstPageOf(page.language)));
  const markdown = fs.readFileSync(path.join(repository, page.source), 'utf8');
  const rendered = renderMarkdown(markdown, (href) => resolveLink(pages, page, href));
  return layout({ groups, page, other, previous: order[index - 1], next: order[index + 1], rendered });
}

const firstPageOf = (language: SiteLanguage): string =>
  FIRST_PAGES[language === 'en' ? 'README.md' : 'README.zh-CN.md']!;

/** A link of `page` as the site has it: to another page, a picture or the web; null for other files of the repository. */
export function resolveLink(pages: readonly SitePage[], page: SitePage, href: string): string | null {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [file = '', anchor] = href.split('#');
  const target = path.posix.join(path.posix.dirname(page.source), file);
  if (target.startsWith(IMAGES)) return relative(page, target.slice('docs/'.length));
  const source = FIRST_PAGES[target] ?? target;
  const found = pages.find((each) => each.source === source);
  if (!found) return null;
  return relative(page, found.url) + (anchor === undefined ? '' : `#${anchor}`);
}

const relative = (from: SitePage, url: string): string =>
  path.posix.relative(path.posix.dirname(from.url), url) || path.posix.basename(url);

interface Layout {
  groups: SiteGroup[];
  page: SitePage;
  /** Where the other language is read: the same page in it, or else its first one. */
  other: SitePage | undefined;
  previous: SitePage | undefined;
  next: SitePage | undefined;
  rendered: Rendered;
}

function layout({ groups, page, other, previous, next, rendered }: Layout): string {
  const words = WORDS[page.language];
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
      ? `<nav class="contents" aria-label="${words.onThisPage}"><h2>${words.onThisPage}</h2>${parts
          .map(({ level, id, text }) => `<a class="level-${level}" href="#${id}">${escapeHtml(text)}</a>`)
          .join('')}</nav>`
      : '';
  const otherLanguage = other
    ? `<a class="language" lang="${other.language}" hreflang="${other.language}" href="${relative(page, other.url)}">${words.other}</a>`
    : '';
  const home = `index${page.language === 'en' ? '' : '.zh-cn'}.html`;
  return `<!doctype html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)} · iot-p2p-player</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${relative(page, 'site.css')}">
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
<header><a class="home" href="${relative(page, home)}"><span class="logo"></span>iot-p2p-player</a>${otherLanguage}</header>
<div class="columns">
<input type="checkbox" id="menu" aria-label="${words.allPages}"><label for="menu">${words.allPages}</label>
<nav class="pages" aria-label="${words.allPages}">${list}</nav>
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
