import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Path inside the app → text. */
export type AppFiles = Record<string, string>;

/** A mini program in a temporary folder, laid out as a developer would: sources, package.json, node_modules. */
export interface MiniApp {
  /** Holds project.config.json. */
  readonly projectDir: string;
  /** Holds app.json. */
  readonly appDir: string;
  write(files: AppFiles): void;
  remove(): void;
}

export function createMiniApp(files: AppFiles): MiniApp {
  const projectDir = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-app-'));
  const appDir = path.join(projectDir, 'miniprogram');
  const write = (more: AppFiles): void => {
    for (const [name, text] of Object.entries(more)) {
      fs.mkdirSync(path.join(appDir, path.dirname(name)), { recursive: true });
      fs.writeFileSync(path.join(appDir, name), text);
    }
  };
  fs.writeFileSync(
    path.join(projectDir, 'project.config.json'),
    JSON.stringify({
      compileType: 'miniprogram',
      miniprogramRoot: 'miniprogram/',
      appid: APP_ID,
      setting: {},
    }),
  );
  write(files);
  return { projectDir, appDir, write, remove: () => fs.rmSync(projectDir, { recursive: true, force: true }) };
}

/** The official tools want an app id of the right form; they work on files only and never ask anybody about it. */
const APP_ID = 'wx1234567890abcdef';

/** Everything under `dir` except installed packages, as paths relative to it. */
export function listFiles(dir: string, extension: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !name.split(path.sep).includes('node_modules'))
    .sort();
}

/** Packs the package in `packageDir` as `npm publish` would and unpacks it into the app's node_modules. */
export function installPacked(app: MiniApp, packageDir: string): void {
  const packed = spawnSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', app.projectDir],
    {
      cwd: packageDir,
      encoding: 'utf8',
    },
  );
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stderr}`);
  const [{ filename, name }] = JSON.parse(packed.stdout) as [{ filename: string; name: string }];
  const target = path.join(app.appDir, 'node_modules', name);
  fs.mkdirSync(target, { recursive: true });
  const tarball = path.join(app.projectDir, filename);
  const unpacked = spawnSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], {
    encoding: 'utf8',
  });
  if (unpacked.status !== 0) throw new Error(`tar failed:\n${unpacked.stderr}`);
  fs.rmSync(tarball);
}

/** Copies an installed package and its dependencies from `nodeModules` into the app's node_modules. */
export function copyInstalled(app: MiniApp, nodeModules: string, name: string): void {
  const target = path.join(app.appDir, 'node_modules', name);
  if (fs.existsSync(target)) return;
  const source = path.join(nodeModules, name);
  fs.cpSync(source, target, { recursive: true });
  const manifest = JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (fs.existsSync(path.join(target, 'node_modules', dependency))) continue;
    copyInstalled(app, nodeModules, dependency);
  }
}
