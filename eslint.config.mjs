import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What a mini program's JavaScript engine does not have, with what to use instead. */
const MISSING_GLOBALS = {
  Buffer: 'Node only. Use Uint8Array with the readers and writers of p2p-core/bytes.',
  process: 'Node only. Take what you need as an option.',
  global: 'Node only. Pass objects by argument.',
  window: 'There is no window in a mini program. Ask the port, or wx from a component.',
  document: 'There is no document in a mini program. A component changes its view by setData.',
  TextEncoder: 'Missing in WeChat. Use encodeUtf8 of p2p-core/bytes.',
  TextDecoder: 'Missing in WeChat. Use decodeUtf8 of p2p-core/bytes.',
  URL: 'Missing in WeChat. Parse the few forms we need by hand.',
  URLSearchParams: 'Missing in WeChat. Parse the query string by hand.',
  AbortController: 'Missing in WeChat. Every start has an epoch; compare it.',
  structuredClone: 'Missing in WeChat. Copy the fields you need.',
  queueMicrotask: 'Missing in WeChat. Run the effect after the step, or arm a timer of the Clock.',
  setImmediate: 'Node only. Arm a timer of the Clock.',
  crypto: 'WebCrypto is missing in WeChat. Use p2p-core/crypto, with randomness from FillRandom.',
  performance: 'Not everywhere in WeChat. Take nowMs as an argument.',
  atob: 'Missing in WeChat. Use base64url of p2p-core/bytes.',
  btoa: 'Missing in WeChat. Use base64url of p2p-core/bytes.',
  fetch: 'Missing in WeChat. Ask the port.',
  BigInt: 'Missing below iOS 14. Use two 32-bit halves or limbs of a double.',
  eval: 'Forbidden in mini programs.',
  console:
    'A library must not write to the app’s console. Use the Log of the port, or triggerEvent in a component.',
};

/** What protocol code gets by argument, so that tests can run in virtual time with a known seed. */
const CLOCK_GLOBALS = Object.fromEntries(
  ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'].map((name) => [
    name,
    'Only port files know real time. Take a Clock and use setTimer, so that tests run in virtual time.',
  ]),
);

const asRestricted = (messages) => Object.entries(messages).map(([name, message]) => ({ name, message }));

const CLOCK_PROPERTIES = [
  {
    object: 'Date',
    property: 'now',
    message: 'Only port files read the clock. Take nowMs as an argument, or wallMs() of a Clock.',
  },
  {
    object: 'Math',
    property: 'random',
    message: 'Not secure and not repeatable. Take FillRandom as an argument.',
  },
];

const SHIPPED = ['index.ts', 'p2p-core/**/*.ts', 'store/**/*.ts', 'components/**/*.ts'];
const PORTS = ['p2p-core/port/*-port.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/miniprogram_npm/',
      '**/dist/',
      'miniprogram_dist/',
      '.build/',
      'test/conformance/fixtures/',
      'test/release/consumer/',
      'test/api/*.d.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'performance',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'require',
          'module',
          'exports',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  // What a phone reads as it is: newer syntax fails here, and not only at the official packer.
  {
    files: ['examples/**/*.js'],
    languageOptions: { ecmaVersion: 2017, sourceType: 'commonjs', globals: miniProgramGlobals() },
  },
  {
    files: ['**/*.ts'],
    ignores: ['examples/**'],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: './tsconfig.node.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // A promise that nobody awaits hides its failure, and work that outlives its owner.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      // The codes of a table are a value and a type of one name: `ErrCode`.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 500 }],
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    // `test()` and `describe()` return promises that the runner awaits.
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'describe', 'it', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
  {
    files: SHIPPED,
    rules: {
      'no-restricted-globals': ['error', ...asRestricted({ ...MISSING_GLOBALS, ...CLOCK_GLOBALS })],
      'no-restricted-properties': ['error', ...CLOCK_PROPERTIES],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'Only port files read the clock. Take wallMs of a Clock.',
        },
        { selector: 'Literal[bigint]', message: MISSING_GLOBALS.BigInt },
        {
          selector: 'NewExpression[callee.name="Function"]',
          message: 'Code from strings is forbidden in mini programs.',
        },
        {
          selector: 'ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
          message:
            'The build takes an import once (tools/lib/common-js.cjs). Export a function that tells it.',
        },
      ],
    },
  },
  {
    files: PORTS,
    rules: {
      'no-restricted-globals': ['error', ...asRestricted(MISSING_GLOBALS)],
      'no-restricted-properties': 'off',
      'no-restricted-syntax': 'off',
    },
  },
);

function miniProgramGlobals() {
  const names = ['wx', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'requirePlugin'];
  return Object.fromEntries(
    [...names, 'require', 'module', 'console', 'setTimeout', 'clearTimeout'].map((name) => [
      name,
      'readonly',
    ]),
  );
}
