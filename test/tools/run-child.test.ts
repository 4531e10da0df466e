import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';

const { runChild } = (await import(pathToFileURL(path.resolve('tools/lib/run-child.mjs')).href)) as {
  runChild(
    command: string,
    args: string[],
    options: { timeoutMs: number; isKept?: boolean },
  ): Promise<{ code: number; isTimedOut: boolean; output?: string }>;
};

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'run-child-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody has asked for yet still answers.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function untilGone(pid: number): Promise<void> {
  for (let i = 0; i < 100 && isAlive(pid); i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A shell that starts a process of its own, notes its id, and goes on as `tail` says. */
const withGrandchild = (pidFile: string, tail: string): [string, string[]] => [
  'sh',
  ['-c', `sleep 300 & echo $! > ${pidFile}; ${tail}`],
];

describe('runChild', () => {
  test('tells the exit code of the command', async () => {
    const result = await runChild('sh', ['-c', 'exit 3'], { timeoutMs: 10_000 });

    assert.deepEqual(result, { code: 3, isTimedOut: false });
  });

  test('keeps what a command says, of both its outputs and whole', async () => {
    const script = 'for i in $(seq 20000); do echo line; done; echo trouble >&2; exit 1';
    const { code, output } = await runChild('sh', ['-c', script], { timeoutMs: 20_000, isKept: true });

    assert.equal(code, 1);
    assert.equal(output!.split('line\n').length, 20_001);
    assert.match(output!, /trouble\n/);
  });

  test('answers 127 for a command that does not exist', async () => {
    const result = await runChild('no-such-command-anywhere', [], { timeoutMs: 10_000 });

    assert.deepEqual(result, { code: 127, isTimedOut: false });
  });

  test('at its timeout ends the command with everything it started', async () => {
    const pidFile = path.join(scratch, 'timeout');

    const { isTimedOut } = await runChild(...withGrandchild(pidFile, 'wait'), { timeoutMs: 400 });

    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    await untilGone(pid);
    assert.ok(isTimedOut);
    assert.ok(!isAlive(pid));
  });

  test('ends what a command left running when it finished', async () => {
    const pidFile = path.join(scratch, 'left');

    const result = await runChild(...withGrandchild(pidFile, 'exit 0'), { timeoutMs: 10_000 });

    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    await untilGone(pid);
    assert.deepEqual(result, { code: 0, isTimedOut: false });
    assert.ok(!isAlive(pid));
  });
});
