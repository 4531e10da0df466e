import fs from 'node:fs';
import path from 'node:path';
import { readPages, renderPage } from './site';

export interface DocsAnswer {
  /** Extension of the content: `html`, `css` or that of a picture. */
  type: string;
  content: string | Buffer;
}

/** Of pictures that the documents may show. */
export const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

const styleFile = (repository: string): string => path.join(repository, 'devkit', 'docs', 'site.css');
const imageFolder = (repository: string): string => path.join(repository, 'docs', 'images');

/** What stands at `name` (from the site's root, such as `start.html`); null where there is nothing. */
export function answerDocs(repository: string, name: string): DocsAnswer | null {
  if (name === 'site.css') return { type: 'css', content: fs.readFileSync(styleFile(repository), 'utf8') };
  const [, image] = /^images\/([\w.-]+)$/.exec(name) ?? [];
  if (image !== undefined) {
    const type = path.extname(image).slice(1);
    const file = path.join(imageFolder(repository), image);
    if (!(type in IMAGE_TYPES) || !fs.existsSync(file)) return null;
    return { type, content: fs.readFileSync(file) };
  }
  const html = renderPage(repository, name === '' ? 'index.html' : name);
  return html === null ? null : { type: 'html', content: html };
}

/** Writes the whole site into `folder`, for any web server. Returns how many files it has. */
export function writeSite(repository: string, folder: string): number {
  const images = fs
    .readdirSync(imageFolder(repository))
    .filter((name) => path.extname(name).slice(1) in IMAGE_TYPES)
    .map((name) => `images/${name}`);
  const pages = readPages(repository).map(({ url }) => url);
  const names = ['site.css', ...images, ...pages];
  for (const name of names) {
    const answer = answerDocs(repository, name);
    if (!answer) throw new Error(`${name} cannot be made`);
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, answer.content);
  }
  return names.length;
}
