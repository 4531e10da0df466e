import fs from 'node:fs';
import path from 'node:path';

const ROOT_DOCUMENTS = ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

/** Every Markdown file of the repository that people read, by its path. */
export const DOCUMENTS: readonly string[] = [
  ...ROOT_DOCUMENTS.filter((name) => fs.existsSync(name)),
  ...['docs', 'components', 'test/vectors', '.github']
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.posix.join(folder, ...name.split(path.sep)))
        .sort(),
    ),
];

export const read = (file: string): string => fs.readFileSync(file, 'utf8');
