import fs from 'node:fs';
import path from 'node:path';

/**
 * The files that docs/deploy.md shows: a fenced block behind `<!-- file: name -->`. `replacements` puts the test's ports,
 * paths and passwords in place of the page's; each must be found, so that a change of the page is noticed.
 */
export function docFile(name: string, replacements: readonly (readonly [string, string])[]): string {
  const page = fs.readFileSync(path.join(process.cwd(), 'docs', 'deploy.md'), 'utf8');
  const marker = `<!-- file: ${name} -->\n`;
  const start = page.indexOf(marker);
  const block = /```[^\n]*\n([\s\S]*?)\n```/.exec(page.slice(start + marker.length));
  if (start < 0 || block === null) throw new Error(`docs/deploy.md shows no file ${name}`);
  let text = `${block[1]}\n`;
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`${name} of docs/deploy.md does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}
