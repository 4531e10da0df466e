import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'install-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** A folder for PATH with these programs and nothing else: no Chromium, no package manager, unless given. */
function makePath(programs: Record<string, string>): string {
  const dir = fs.mkdtempSync(path.join(scratch, 'bin-'));
  for (const [name, script] of Object.entries(programs)) {
    fs.writeFileSync(path.join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  fs.symlinkSync('/usr/bin/env', path.join(dir, 'env'));
  return dir;
}

const CALL =
  "import { ensureChromium } from './tools/lib/install.mjs'; console.log('use', await ensureChromium());";
const ensureChromium = (searchPath: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', CALL], {
    encoding: 'utf8',
    env: { PATH: searchPath },
  });

describe('ensureChromium', () => {
  test('takes the Chromium of PATH', () => {
    const bin = makePath({ chromium: 'true' });

    assert.match(ensureChromium(bin).stdout, new RegExp(`use ${bin}/chromium`));
  });

  test('says what is missing and how to get it where nothing can install it', () => {
    const { status, stderr } = ensureChromium(makePath({}));

    assert.notEqual(status, 0);
    assert.match(stderr, /No Chromium was found.*Install Chromium or Chrome and put it in PATH/s);
  });

  test(
    'installs the Debian package as root, and uses it',
    { skip: process.getuid?.() !== 0 && 'needs root' },
    () => {
      // The stand-in answers `update`, and `install -y … chromium` by putting a program beside itself.
      const install = 'case "$*" in *"install -y"*chromium) /bin/cp /bin/true "${0%/*}/chromium";; esac';
      const bin = makePath({ 'apt-get': install });

      assert.match(ensureChromium(bin).stdout, new RegExp(`use ${bin}/chromium`));
    },
  );
});
