import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fencesOf } from '../../devkit/docs/fences';
import { createMiniApp, type MiniApp } from '../conformance/mini-app';

const GUIDE = 'docs/start.md';
const PLACEHOLDER = 'the xp2pInfo that npm start printed';
const run = promisify(execFile);

/** An empty mini program with the files that the start page of the documents names, and `xp2pInfo` where it says so. */
export function createNewcomerApp(xp2pInfo: string): MiniApp {
  const fences = fencesOf(fs.readFileSync(GUIDE, 'utf8')).filter(({ file }) => file !== '');
  const files = Object.fromEntries(fences.map(({ file, text }) => [file, text]));
  const [page] = (JSON.parse(files['app.json'] ?? '{}') as { pages: string[] }).pages;
  const script = files[`${page}.js`] ?? '';
  if (!script.includes(PLACEHOLDER)) throw new Error(`${GUIDE}: ${page}.js has no place for the xp2pInfo`);
  return createMiniApp({
    'package.json': JSON.stringify({ name: 'my-app', version: '1.0.0', private: true }),
    'app.js': 'App({});',
    ...files,
    [`${page}.js`]: script.replace(PLACEHOLDER, xp2pInfo),
  });
}

/**
 * `npm install` of the package as `npm publish` would upload it. Its dependencies come from tarballs of the installed ones, so
 * that npm checks their versions and asks no registry.
 */
export async function installFromTarball(app: MiniApp): Promise<void> {
  const { dependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const sources = [
    '.',
    ...Object.keys(dependencies).map((name) => `./${path.posix.join('node_modules', name)}`),
  ];
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { stdout } = await run('npm', [
    'pack',
    '--json',
    ...quiet,
    '--pack-destination',
    app.projectDir,
    ...sources,
  ]);
  const tarballs = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) =>
    path.join(app.projectDir, filename),
  );
  await run('npm', ['install', '--offline', ...quiet, ...tarballs], { cwd: app.appDir });
}
