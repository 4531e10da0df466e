// npm start: builds what changed, then runs the devkit's `start` (rendezvous, STUN, a simulated camera, the preview).
// The devkit runs inside this process, so a signal reaches it directly and nothing can be left behind.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildError, ensureBuilt } from './lib/builds.mjs';
import { root } from './lib/files.mjs';

const PARENT_CHECK_MS = 500;
const children = new Set();
const track = (child) => {
  children.add(child);
  child.on('close', () => children.delete(child));
};
const stopBuilds = (signal) => {
  for (const child of children) child.kill(signal);
  process.exit(130);
};
process.on('SIGINT', stopBuilds);
process.on('SIGTERM', stopBuilds);

try {
  // Side by side: neither reads what the other writes.
  const lines = await Promise.all(['library', 'devkit'].map((name) => ensureBuilt(name, track)));
  for (const line of lines) console.log(line);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exit(1);
}
// From here on the devkit answers the signals itself.
process.off('SIGINT', stopBuilds);
process.off('SIGTERM', stopBuilds);

announceTimeToUrl();
if (process.env.npm_lifecycle_event) endWithParent();
const cli = path.join(root, 'devkit', 'dist', 'cli.mjs');
process.argv = [process.argv[0], cli, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(cli).href);

/** Says once, after the first line that holds a URL, how long it took since `npm start`. */
function announceTimeToUrl() {
  const write = process.stdout.write;
  process.stdout.write = function (chunk, ...rest) {
    const accepted = write.call(process.stdout, chunk, ...rest);
    if (/https?:\/\//.test(String(chunk))) {
      process.stdout.write = write;
      process.stdout.write(
        `${(performance.now() / 1000).toFixed(1)} s from npm start to this address, builds included\n`,
      );
    }
    return accepted;
  };
}

/** A signal to npm ends npm and its shell but is not passed on, so what remains of it is watched for. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
}
