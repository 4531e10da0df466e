import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** What has not begun by then never will. */
const START_MS = 60_000;
/** Debian keeps servers where the PATH of a user may not look. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** The program's path, null where it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file)) ?? null;
}

/** A folder that goes away with the process. Readable for daemons that give up root. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-deploy-'));
  fs.chmodSync(folder, 0o755);
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Daemon {
  readonly child: ChildProcess;
  output(): string;
  kill(): Promise<void>;
}

/** Starts a server in the foreground and waits until it accepts connections on the TCP port. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  tcpPort: number,
): Promise<Daemon> {
  const file = findProgram(program);
  if (file === null) throw new Error(`${program} is not installed`);
  // A process group of its own, so that its workers end with it.
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = once(child, 'exit');
  const killGroup = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  process.on('exit', killGroup);
  const daemon: Daemon = {
    child,
    output: () => output,
    async kill() {
      process.off('exit', killGroup);
      killGroup();
      await exited;
    },
  };
  const deadlineMs = performance.now() + START_MS;
  while (!(await accepts(tcpPort))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await daemon.kill();
      throw new Error(`${program} does not listen on ${tcpPort}:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return daemon;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Runs a script of the page with sh. Throws with its output when it fails. */
export function runScript(
  text: string,
  options: { args?: string[]; env?: Record<string, string> } = {},
): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', text, 'sh', ...(options.args ?? [])], {
    env: { ...process.env, PATH: `${process.env['PATH']}:${SYSTEM_FOLDERS.join(':')}`, ...options.env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`a script of docs/deploy.md ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}
