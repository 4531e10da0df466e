import fs from 'node:fs';
import path from 'node:path';
import type { Declaration, Root, Rule } from 'postcss';
import { devkitRequire } from './repository';
import { CLASS_MARK, HOST_MARK, phoneUnits } from './runtime/css-marks';

export interface WxssOptions {
  /** The repository, for postcss. */
  repository: string;
  /** Folder of `/absolute` imports. */
  root: string;
  /** Tags of the host's built-ins, whose elements are called `wx-…`. */
  tags: ReadonlySet<string>;
}

/**
 * WXSS as CSS: `@import` inlined, units of the phone through variables, tag selectors renamed, class selectors marked for the scope that
 * the host fills in. Returns '' for a missing file; throws postcss' CssSyntaxError on invalid WXSS.
 */
export function compileWxss(file: string, { repository, root, tags }: WxssOptions): string {
  const source = inlineImports(file, root, new Set());
  if (source.trim() === '') return '';
  const { parse } = devkitRequire(repository)('postcss') as { parse(css: string, options: object): Root };
  const css = parse(source, { from: file });
  css.walkDecls((declaration: Declaration) => {
    declaration.value = phoneUnits(declaration.value);
  });
  css.walkAtRules((rule) => {
    // A media query cannot hold calc() of a custom property; 750rpx is the design width of 375 px.
    rule.params = rule.params.replace(/([\d.]+)rpx\b/g, (_, rpx: string) => `${Number(rpx) / 2}px`);
    const theme = rule.name === 'media' && /^\(\s*prefers-color-scheme:\s*(\w+)\s*\)$/.exec(rule.params);
    if (theme) {
      // The phone has a theme of its own, whatever the desk around it has.
      rule.name = 'container';
      rule.params = `style(--phone-theme: ${theme[1]})`;
    }
  });
  css.walkRules((rule: Rule) => {
    const parent = rule.parent;
    if (parent?.type === 'atrule' && 'name' in parent && /keyframes$/.test(String(parent.name))) return;
    rule.selector = transformSelector(rule.selector, tags);
  });
  return css.toString();
}

function inlineImports(file: string, root: string, seen: Set<string>): string {
  if (seen.has(file) || !fs.existsSync(file)) return '';
  seen.add(file);
  const source = fs.readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return source.replace(/@import\s*(?:url\()?["']([^"']+)["']\)?\s*;?/g, (_, target: string) => {
    const from = target.startsWith('/') ? root : path.dirname(file);
    return inlineImports(path.join(from, target), root, seen);
  });
}

/** Class names, `:host` and tag names; what stands in brackets or quotes is left alone. */
function transformSelector(selector: string, tags: ReadonlySet<string>): string {
  return selector.replace(
    /\[[^\]]*\]|\.(-?[_a-zA-Z][\w-]*)|:host\b|(?<![\w.#:-])([a-z][\w-]*)/g,
    (match, className?: string, tag?: string) => {
      if (className) return `.${CLASS_MARK}${className}`;
      if (match === ':host') return HOST_MARK;
      if (tag === 'page') return 'wx-page';
      return tag && tags.has(tag) ? `wx-${tag}` : match;
    },
  );
}
