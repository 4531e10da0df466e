import fs from 'node:fs';
import path from 'node:path';
import { highlight } from '../docs/highlight';
import type { SourceFile, Story } from './stories';

/** As a reader meets them: what is on the page, what it does, what it needs, how it looks. */
const LANGUAGES = ['wxml', 'js', 'json', 'wxss'];

/** The files of a story's page, coloured. */
export function readSource(project: string, story: Story): SourceFile[] {
  const page = path.join(project, story.page);
  return LANGUAGES.flatMap((language) => {
    const file = `${page}.${language}`;
    // A registry is the project's own, but a page outside of the project is none of a page's.
    if (!file.startsWith(project + path.sep) || !fs.existsSync(file)) return [];
    const text = fs.readFileSync(file, 'utf8');
    return [{ name: path.basename(file), text, html: highlight(text, language) }];
  });
}
