import { Marked, type Token, type Tokens } from 'marked';
import { highlight } from './highlight';
import { escapeHtml } from './html';
import { Slugs } from './slug';

export interface Heading {
  level: number;
  text: string;
  /** The anchor, without `#`. */
  id: string;
}

export interface Rendered {
  html: string;
  headings: Heading[];
}

/** Where a link or a picture leads; null: nowhere in this site, so that its words stand without a link. */
export type ResolveLink = (href: string) => string | null;

/** The end of a line between Chinese characters: HTML would show a blank there, which Chinese does not have. */
const CHINESE_LINE_END = /(?<=[\u3000-\u9fff\uff00-\uffef“”…])\n(?=[\u3000-\u9fff\uff00-\uffef“”…])/g;

/** HTML of a document. What is HTML in it stands as text, comments are left out. */
export function renderMarkdown(markdown: string, resolve: ResolveLink): Rendered {
  const headings: Heading[] = [];
  const slugs = new Slugs();
  const marked = new Marked({
    walkTokens(token) {
      if (token.type === 'text') token.text = (token as Tokens.Text).text.replace(CHINESE_LINE_END, '');
    },
    renderer: {
      heading({ tokens, depth }) {
        const text = plainText(tokens);
        const id = slugs.next(text);
        headings.push({ level: depth, text, id });
        const anchor = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${anchor}</h${depth}>\n`;
      },
      code({ text, lang = '' }) {
        const [language = '', ...file] = lang.split(' ');
        const title = file.length > 0 ? `<figcaption>${escapeHtml(file.join(' '))}</figcaption>` : '';
        return `<figure class="code">${title}<pre tabindex="0"><code>${highlight(text, language)}</code></pre></figure>\n`;
      },
      table(token) {
        const row = (cells: Tokens.TableCell[], tag: 'th' | 'td'): string =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        const head = token.header.some(({ text }) => text !== '')
          ? `<thead>${row(token.header, 'th')}</thead>`
          : '';
        const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
        return `<div class="table" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
      link({ href, tokens }) {
        const target = resolve(href);
        const words = this.parser.parseInline(tokens);
        if (target === null) return words;
        const rel = /^https?:/.test(target) ? ' rel="noreferrer" target="_blank"' : '';
        return `<a href="${escapeHtml(target)}"${rel}>${words}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escapeHtml(resolve(href) ?? href)}" alt="${escapeHtml(text)}" loading="lazy">`;
      },
      html({ text }) {
        return escapeHtml(text.replace(/<!--[\s\S]*?-->/g, ''));
      },
    },
  });
  return { html: marked.parse(markdown, { async: false }), headings };
}

/** Headings of a document, without its HTML. */
export const headingsOf = (markdown: string): Heading[] => renderMarkdown(markdown, () => null).headings;

/** Targets of every link and picture of a document, in its order. */
export function linksOf(markdown: string): string[] {
  const links: string[] = [];
  renderMarkdown(markdown, (href) => {
    links.push(href);
    return null;
  });
  return links;
}

function plainText(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if ('tokens' in token && token.tokens) return plainText(token.tokens);
      return 'text' in token ? (token.text as string) : token.raw;
    })
    .join('');
}
