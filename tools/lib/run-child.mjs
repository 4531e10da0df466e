// Runs one command in a process group of its own, so that a timeout or Ctrl-C ends everything it started.
import { spawn } from 'node:child_process';
import { root } from './files.mjs';

const running = new Set();

const killGroup = (child, signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it is gone already
  }
};

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of running) killGroup(child, 'SIGKILL');
    process.exit(130);
  });
}

/**
 * Runs `command` with inherited output. Resolves with `{ code, isTimedOut }`; `code` is 127 when it could not be started.
 * `isKept`: what it says is not shown, and comes as `output`. What is left of its group is killed afterwards.
 */
export function runChild(command, args, { timeoutMs, env = {}, isKept = false }) {
  return new Promise((resolve) => {
    const out = isKept ? 'pipe' : 'inherit';
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', out, out],
      env: { ...process.env, ...env },
      detached: true,
    });
    let isTimedOut = false;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    const timer = setTimeout(() => {
      isTimedOut = true;
      killGroup(child, 'SIGKILL');
    }, timeoutMs);
    const finish = (code) => {
      clearTimeout(timer);
      if (running.delete(child)) killGroup(child, 'SIGKILL');
      resolve({ code, isTimedOut, ...(isKept && { output }) });
    };
    running.add(child);
    child.on('error', () => {
      running.delete(child);
      finish(127);
    });
    // 'close' comes when all of the output is read.
    child.on(isKept ? 'close' : 'exit', (code) => finish(code ?? 1));
  });
}
