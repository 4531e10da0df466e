import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { ESLint } from 'eslint';

// With CI=true typescript-eslint takes a run for a single one, and reads the file instead of the text it is given.
const eslint = new ESLint({
  cwd: process.cwd(),
  overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
});

/** Lints `code` as if it stood in `filePath`, which has to exist because typed rules read the project. */
async function messagesOf(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\nexport {};\n`, { filePath });
  return result!.messages.map((message) => `${message.ruleId}: ${message.message}`);
}

const SHIPPED_FILE = 'p2p-core/errors.ts';
const PORT_FILE = 'p2p-core/port/wx-port.ts';
const FORBIDDEN_IN_SHIPPED_CODE = {
  'the Node buffer': ['export const a = Buffer.alloc(1);', /no-restricted-globals.*Use Uint8Array/],
  'a platform text codec': ['export const a = new TextEncoder();', /no-restricted-globals.*encodeUtf8/],
  'a timer of the platform': ['setTimeout(() => undefined, 1);', /no-restricted-globals.*Take a Clock/],
  'the clock of the platform': ['export const a = Date.now();', /no-restricted-properties.*Take nowMs/],
  'a new Date of now': ['export const a = new Date();', /no-restricted-syntax.*Take wallMs/],
  'insecure randomness': ['export const a = Math.random();', /no-restricted-properties.*FillRandom/],
  'a BigInt literal': ['export const a = 1n;', /no-restricted-syntax.*iOS 14/],
  'the console': ["console.log('x');", /no-restricted-globals.*Use the Log/],
  'a promise that nobody awaits': ['Promise.reject(new Error());', /no-floating-promises/],
} as const;

describe('the lint rules for shipped code', () => {
  for (const [what, [code, expected]] of Object.entries(FORBIDDEN_IN_SHIPPED_CODE)) {
    test(`reject ${what} and say what to use instead`, async () => {
      const messages = await messagesOf(code, SHIPPED_FILE);

      assert.ok(
        messages.some((message) => expected.test(message)),
        `got: ${messages.join('\n')}`,
      );
    });
  }

  test('let a port file read the clock and arm timers', async () => {
    const messages = await messagesOf('setTimeout(() => undefined, Date.now());', PORT_FILE);

    assert.deepEqual(messages, []);
  });

  test('leave the devkit its Node globals', async () => {
    const messages = await messagesOf(
      'export const a = Buffer.from(String(Date.now()));',
      'test/tools/eslint-config.test.ts',
    );

    assert.deepEqual(messages, []);
  });
});
