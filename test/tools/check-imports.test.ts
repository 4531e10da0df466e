import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface Violation {
  file: string;
  line: number;
  message: string;
}
const checker = (await import(pathToFileURL(path.resolve('tools/imports/check.mjs')).href)) as {
  checkImports(root: string): Violation[];
};

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'check-imports-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** Checks a tree that holds only `files`. */
function check(files: Record<string, string>): Violation[] {
  const root = fs.mkdtempSync(path.join(scratch, 'tree-'));
  const manifest = JSON.stringify({ dependencies: { 'mobx-miniprogram': '6.12.3' } });
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
    fs.mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return checker.checkImports(root);
}

const CLEAN_TREE = {
  'index.ts': "export { a } from './store/player-store';\nexport { core } from './p2p-core/index';\n",
  'components/ipc/ipc.ts':
    "import { a } from '../../store/player-store';\nimport { b } from '../common/b';\nwx.nextTick(() => [a, b]);\n",
  'components/ipc/events.ts': "import type { B } from '../base/events';\nexport type Events = B;\n",
  'components/base/events.ts': 'export type B = string;\n',
  'components/common/b.ts': 'export const b = 1;\n',
  'store/player-store.ts':
    "import { observable } from 'mobx-miniprogram';\nimport { core } from '../p2p-core/index';\nexport const a = [observable, core];\n",
  'p2p-core/index.ts':
    "export * from './api/types';\nimport { createModule } from './api/module';\nimport { wxPort } from './port/wx-port';\nexport const core = createModule(wxPort);\n",
  'p2p-core/api/types.ts': 'export type Id = string;\n',
  'p2p-core/api/module.ts':
    "import { ask } from '../http/client';\nimport type { Port } from '../port/port';\nexport const createModule = (port: Port) => ask(port);\n",
  'p2p-core/http/client.ts':
    "import { Code } from '../errors';\nimport { read } from '../bytes/reader';\nexport const ask = (x: { wx?: number }) => [x.wx, Code, read];\n",
  'p2p-core/signaling/types.ts': "import type { Path } from '../path/types';\nexport type Call = Path;\n",
  'p2p-core/path/types.ts': 'export type Path = string;\n',
  'p2p-core/bytes/reader.ts': "import { Code } from '../errors';\nexport const read = Code;\n",
  'p2p-core/errors.ts': 'export const Code = 1;\n',
  'p2p-core/port/port.ts': 'export interface Port { id: string }\n',
  'p2p-core/port/wx-port.ts':
    "import type { Port } from './port';\nexport const wxPort: Port = { id: wx.getSystemInfoSync().brand };\n",
  'devkit/camera/agent.ts':
    "import fs from 'node:fs';\nimport { read } from '../../p2p-core/bytes/reader';\nexport const agent = [fs, read];\n",
  'examples/pages/live/live.ts':
    "import { core } from 'iot-p2p-player/p2p-core/index';\nwx.reportEvent(core);\n",
};

/** One file that breaks one rule, added to the clean tree, and what the message has to say. */
const FAULTS: Record<string, [file: string, text: string, expected: RegExp]> = {
  'the core imports from outside': [
    'p2p-core/session/a.ts',
    "import { a } from '../../store/player-store';",
    /the core builds and tests alone/,
  ],
  'the core imports a package': ['p2p-core/session/a.ts', "import 'tweetnacl';", /the core stands alone/],
  'a Node built-in with its prefix': [
    'store/a.ts',
    "import fs from 'node:fs';",
    /Node built-in.*Ask the port/,
  ],
  'a Node built-in without prefix': ['store/a.ts', "const c = require('crypto');", /Node built-in/],
  'a package that is no dependency': ['store/a.ts', "import 'lodash';", /not a dependency.*would not get it/],
  'a lower layer imports a higher one': [
    'p2p-core/transport/a.ts',
    "import type { S } from '../session/types';",
    /transport must not import session.*downwards only/,
  ],
  'bytes import anything': ['p2p-core/bytes/a.ts', "import '../crypto/x';", /bytes must not import crypto/],
  'neighbours share code': [
    'p2p-core/signaling/a.ts',
    "import { Path } from '../path/types';",
    /side by side: only `import type`/,
  ],
  'neighbours share a type that is not in types.ts': [
    'p2p-core/path/a.ts',
    "import type { X } from '../transport/packet';",
    /only `import type` from transport\/types/,
  ],
  'an unknown layer': ['p2p-core/media/a.ts', "import '../bytes/reader';", /p2p-core\/media is no layer yet/],
  'the WeChat port used by protocol code': [
    'p2p-core/session/a.ts',
    "import { wxPort } from '../port/wx-port';",
    /must not import wx-port.*Take a Port/,
  ],
  'the error table imports something': [
    'p2p-core/errors.ts',
    "import type { Port } from './port/port';\nexport const Code = 1;",
    /files that all of the core uses import nothing/,
  ],
  'a store looks behind the core’s entry': [
    'store/a.ts',
    "import { read } from '../p2p-core/bytes/reader';",
    /through p2p-core\/index, its only entry/,
  ],
  'a store imports a component': [
    'store/a.ts',
    "import '../components/ipc/ipc';",
    /store must not import.*one way/,
  ],
  'a component imports another component': [
    'components/ptz/ptz.ts',
    "import '../ipc/ipc';",
    /must not import another one's code.*components\/common/,
  ],
  'an example reaches into the sources': [
    'examples/app.ts',
    "import '../store/player-store';",
    /examples must not import.*iot-p2p-player/,
  ],
  'the devkit imports a store': [
    'devkit/a.ts',
    "import '../store/player-store';",
    /devkit must not import.*p2p-core/,
  ],
  'a dynamic import': ['store/a.ts', "void import('./player-store');", /dynamic import\(\) in shipped code/],
  'a require with a variable': ['store/a.ts', 'const x = require(name);', /WeChat resolves literals only/],
  'a require under another name': ['examples/a.js', 'const load = require;', /WeChat resolves literals only/],
  'an export star outside of an index': [
    'store/a.ts',
    "export * from './player-store';",
    /only index.ts may use it/,
  ],
  'a platform name in the core': [
    'p2p-core/session/a.ts',
    'export const t = wx.getAppBaseInfo();',
    /wx belongs to the platform/,
  ],
  'a platform name in a store': [
    'store/a.ts',
    "requirePlugin('xp2p');",
    /requirePlugin belongs to the platform/,
  ],
};

describe('check-imports', () => {
  test('accepts a tree that keeps every rule', () => {
    assert.deepEqual(check(CLEAN_TREE), []);
  });

  for (const [what, [file, text, expected]] of Object.entries(FAULTS)) {
    test(`reports ${what}, with the reason and the remedy`, () => {
      const violations = check({ ...CLEAN_TREE, [file]: text });

      assert.equal(violations.length, 1, JSON.stringify(violations));
      assert.equal(violations[0]!.file, file);
      assert.equal(violations[0]!.line, 1);
      assert.match(violations[0]!.message, expected);
    });
  }

  test('reports a cycle with the files it runs through', () => {
    const violations = check({
      'store/a.ts': "import './b';",
      'store/b.ts': "export {};\nimport type { C } from './c';",
      'store/c.ts': "export { x } from './a';",
    });

    assert.deepEqual(
      violations.map(({ file, line }) => [file, line]),
      [['store/c.ts', 1]],
    );
    assert.match(violations[0]!.message, /store\/a → store\/b → store\/c → store\/a/);
  });

  test('does not take a member, a key or a parameter for the platform’s name', () => {
    const violations = check({
      'store/a.ts':
        'export const f = (wx: { wx: number }) => ({ wx: 1, x: [].wx });\nexport type T = A.wx;\n',
    });

    assert.deepEqual(violations, []);
  });
});
