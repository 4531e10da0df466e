import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MiniApp } from './mini-app';

/** One finding, e.g. `[wcc] …`; the tool's name lets a test say who has to find what. */
export type Problem = string;

/** `packNpm` comes first: the others read its miniprogram_npm. `compile` takes some seconds. */
export type Step = 'packNpm' | 'analyse' | 'wcc' | 'wcsc' | 'compile';

const TIMEOUT_MS = 240_000;

/** Runs WeChat's packer and compilers over `app`. Rejects when they cannot be run at all. */
export async function runOfficialTools(app: MiniApp, steps: readonly Step[]): Promise<Problem[]> {
  const args = ['test/conformance/official-tools.mjs', app.projectDir, ...steps];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Problem[];
}
