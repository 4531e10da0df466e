import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fromHex } from '../../../p2p-core/bytes/hex';

/** Parses a file of test/vectors; the caller knows its shape. */
export function readVectors<T>(fileName: string): T {
  return JSON.parse(fs.readFileSync(path.join(process.cwd(), 'test/vectors', fileName), 'utf8')) as T;
}

/** Hexadecimal text to bytes; a typing error in a vector fails the test. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  assert.ok(bytes, `not hexadecimal: ${text}`);
  return bytes;
}
