// What some test stages need beyond `npm install`: a Chromium, and WeChat's packer and compiler.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './files.mjs';
import { runChild } from './run-child.mjs';
import { hashInputs } from './stamp.mjs';

const INSTALL_TIMEOUT_MS = 6 * 60_000;
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Something that cannot be installed here. The message says what is missing and how to get it. */
export class MissingToolError extends Error {
  /** True: a machine without it is no reason to fail; the stage is skipped and the summary says so. */
  mayBeSkipped = false;
}

/** Debian keeps servers where the PATH of a user may not look. */
const SYSTEM_DIRS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

const findInPath = (name) =>
  [...(process.env.PATH ?? '').split(path.delimiter), ...SYSTEM_DIRS]
    .map((dir) => path.join(dir, name))
    .find((file) => fs.existsSync(file));

/** The Chromium to use: $CHROMIUM, else the first one in PATH. */
export function findChromium() {
  const given = process.env.CHROMIUM;
  if (given) return fs.existsSync(given) ? given : undefined;
  return CHROMIUM_NAMES.map(findInPath).find(Boolean);
}

/** The prefix that lets apt-get install: none for root, `sudo -n` where that works; undefined otherwise. */
function findAptPrefix() {
  if (!findInPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return sudo.status === 0 ? ['sudo', '-n'] : undefined;
}

/** Installs Debian packages; false where that is not possible here. */
async function aptInstall(packages) {
  const prefix = findAptPrefix();
  if (!prefix) return false;
  console.log(`installing with apt-get: ${packages.join(' ')}`);
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  for (const step of [
    ['update', '-q'],
    [...wait, 'install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    const [command, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...step];
    await runChild(command, args, { timeoutMs: INSTALL_TIMEOUT_MS });
  }
  return true;
}

export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (await aptInstall(['chromium'])) {
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new MissingToolError(
    'No Chromium was found, and it could not be installed here (that takes apt-get, and root or sudo without a password).\n' +
      'Install Chromium or Chrome and put it in PATH, or set CHROMIUM to its executable.',
  );
}

/**
 * Makes sure that programs exist which only some tests need, from the Debian packages of the same entry. Where they cannot
 * be installed the error lets the stage be skipped.
 */
export async function ensurePrograms(packageOf) {
  await ensureAll(packageOf, (program) => Boolean(findInPath(program)));
}

/** GStreamer's RTSP server, as a module of Debian's Python. */
export async function ensureRtspServer() {
  const plugins = ['base', 'good', 'bad'].map((name) => `gstreamer1.0-plugins-${name}`);
  await ensureAll({ GstRtspServer: ['python3-gi', 'gir1.2-gst-rtsp-server-1.0', ...plugins] }, (name) => {
    const program = `import gi; gi.require_version("${name}", "1.0"); from gi.repository import ${name}`;
    return spawnSync('/usr/bin/python3', ['-c', program], { stdio: 'ignore' }).status === 0;
  });
}

async function ensureAll(packagesOf, isThere) {
  const missing = () => Object.keys(packagesOf).filter((name) => !isThere(name));
  if (missing().length === 0) return;
  await aptInstall([...new Set(missing().flatMap((name) => packagesOf[name]))]);
  if (missing().length === 0) return;
  const error = new MissingToolError(
    `Not installed, and not to be had here with apt-get (that takes Debian, and root or sudo without a password): ${missing().join(', ')}`,
  );
  error.mayBeSkipped = true;
  throw error;
}

/** Installs test/conformance from its own lockfile, once per lockfile. */
export const ensureConformanceTools = () =>
  ensureFolder(path.join('test', 'conformance'), "WeChat's packer and compiler (about 280 MB)");

/** The http-flv server that viewers of a swarm watch. */
export const ensureFlvServer = () => ensureFolder(path.join('test', 'swarm'), 'node-media-server (12 MB)');

/** The oldest Node.js that the devkit must run on. */
export const ensureOldestNode = () => ensureFolder(path.join('test', 'camera'), 'Node.js 18 (40 MB)');

async function ensureFolder(dir, what) {
  const stamp = path.join(root, dir, 'node_modules', '.installed');
  const wanted = hashInputs([path.join(dir, 'package-lock.json')]);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`installing ${what} into ${dir}`);
  const { code } = await runChild('npm', ['ci', '--prefix', dir, '--no-audit', '--no-fund'], {
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (code !== 0) {
    throw new MissingToolError(
      `${what} could not be installed.\nRun this with a network: npm ci --prefix ${dir}`,
    );
  }
  fs.writeFileSync(stamp, wanted);
}

/** Whether a process can be run in a network namespace without any interface: proves that a stage works offline. */
export const canIsolateNetwork = () =>
  spawnSync('unshare', ['-rn', 'true'], { stdio: 'ignore' }).status === 0;
