import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

interface Edit {
  start: number;
  end: number;
  text: string;
}
const require = createRequire(path.resolve('package.json'));
const { toCommonJs } = require('./tools/lib/common-js.cjs') as {
  toCommonJs(code: string, options: { name: string; isEntry: boolean }): string;
};
const { edit } = require('./tools/lib/edit.cjs') as { edit(source: string, edits: Edit[]): string };
const { renamePrivates } = require('./tools/lib/private-names.cjs') as {
  renamePrivates(options: { program: ts.Program; root: string; sourceDirs: string[] }): {
    editsOf: Map<string, Edit[]>;
    members: { source: string; member: string; placeholder: string }[];
  };
};

/** `source`, the file lib/a.ts of a program of its own, with its private members renamed. */
function rename(source: string): { code: string; members: Record<string, string> } {
  const options: ts.CompilerOptions = { noLib: true, target: ts.ScriptTarget.ES2017 };
  const host = ts.createCompilerHost(options);
  const fileName = '/project/lib/a.ts';
  host.fileExists = (name) => name === fileName;
  host.readFile = (name) => (name === fileName ? source : undefined);
  host.getSourceFile = (name, target) =>
    name === fileName ? ts.createSourceFile(name, source, target, true) : undefined;
  const program = ts.createProgram([fileName], options, host);
  const { editsOf, members } = renamePrivates({ program, root: '/project', sourceDirs: ['lib'] });
  return {
    code: edit(source, editsOf.get('lib/a.ts')!),
    members: Object.fromEntries(members.map(({ member, placeholder }) => [member, placeholder])),
  };
}

/** What a script exports, whose imports are `modules`. */
function load(code: string, modules: Record<string, object> = {}): Record<string, unknown> {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2017 } });
  const module = { exports: {} as Record<string, unknown> };
  const required = (name: string): object => modules[name]!;
  new Function('module', 'exports', 'require', outputText)(module, module.exports, required);
  return module.exports;
}

describe('private members of shipped classes', () => {
  test('are counted in each class, and a subclass goes on where its base class ends', () => {
    const { members } = rename(`
      class Base { private once = 1; private often = 2; sum() { return this.once + this.often + this.often; } }
      class Sub extends Base { private own = 3; all() { return this.sum() + this.own; } }
      class Other { private own = 4; get() { return this.own; } }`);

    assert.deepEqual(members, {
      'Base.often': 'private0_',
      'Base.once': 'private1_',
      'Sub.own': 'private2_',
      'Other.own': 'private0_',
    });
  });

  test('go by their new name wherever they are named, and what others see keeps its own', () => {
    const { code } = rename(`
      export class Pair<T> {
        private held: T;
        constructor(private readonly left: number, held: T, private limit = left + 1) {
          this.held = held;
          this.seen = { left, limit };
        }
        readonly seen: { left: number; limit: number };
        private get double() { return this.left * 2; }
        tell() {
          const { left, limit: end, double } = this;
          const held = { held: this.held };
          return { left, end, double, ...held, of: Pair.of(this) };
        }
        static of(pair: Pair<unknown>) { return pair.left; }
      }`);

    assert.doesNotMatch(code, /this\.(left|limit|held|double)\b/);
    const { Pair } = load(code.replace('export class', 'class') + '\nmodule.exports = { Pair };') as {
      Pair: new (left: number, held: string) => { seen: object; tell(): object };
    };
    const pair = new Pair(3, 'x');
    assert.deepEqual(pair.seen, { left: 3, limit: 4 });
    assert.deepEqual(pair.tell(), { left: 3, end: 4, double: 6, held: 'x', of: 3 });
  });

  test('keep a name that a string of the file says as well', () => {
    const { members } = rename(`class A { private told = 1; private not = 2; } const key = 'told';`);

    assert.deepEqual(members, { 'A.not': 'private0_' });
  });
});

describe('modules of shipped scripts', () => {
  const asScript = (code: string): string => toCommonJs(code, { name: 'script', isEntry: false });

  test('take their imports once and hand out all exports', () => {
    const script = asScript(`import { one as first } from './a';
      import * as rest from './b';
      import './c';
      export const sum = first + rest.two;
      export function twice() { return sum * 2; }
      class Kept {}
      export { Kept as Renamed };
      export { one } from './a';
      export * from './b';`);

    const exported = load(script, { './a': { one: 1 }, './b': { two: 2 }, './c': {} });
    assert.deepEqual(Object.keys(exported).sort(), ['Renamed', 'one', 'sum', 'twice', 'two']);
    assert.deepEqual([exported.sum, (exported.twice as () => number)(), exported.one], [3, 6, 1]);
  });

  test('say that they were modules where others require them', () => {
    const script = toCommonJs('export const a = 1;', { name: 'script', isEntry: true });

    assert.deepEqual(load(script), { __esModule: true, a: 1 });
  });

  test('are refused with a default, which no importer here would find', () => {
    assert.throws(() => asScript('export default 1;'), /script: cannot ship `export default 1;`/);
    assert.throws(() => asScript(`import a from './a';`), /cannot ship/);
  });
});
