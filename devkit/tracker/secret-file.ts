import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

const NEW_SECRET_BYTES = 32;
const MIN_SECRET_CHARS = 32;

/**
 * The secret that stream tokens are made with: the text of `file` without white space around it, as bytes. Throws an Error
 * where there is none, where it is short, and where others may read it.
 */
export function readTrackerSecret(file: string): Uint8Array {
  const { mode } = fs.statSync(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(`${file} holds the tracker's secret but others may read it: chmod 600 ${file}`);
  }
  const text = fs.readFileSync(file, 'utf8').trim();
  if (text.length < MIN_SECRET_CHARS) {
    throw new Error(
      `${file} must hold ${MIN_SECRET_CHARS} characters or more, such as: openssl rand -hex 32`,
    );
  }
  return new Uint8Array(Buffer.from(text));
}

/** As `readTrackerSecret`; makes a new one where there is no such file. */
export function loadOrCreateTrackerSecret(file: string): Uint8Array {
  try {
    // 'wx': never over a file that is there.
    fs.writeFileSync(file, `${randomBytes(NEW_SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readTrackerSecret(file);
}
