import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import ts from 'typescript';
import { createConsumer, listPacked } from './packed';

/** Settings that apps in TypeScript use. The declarations themselves are checked, too. */
const SETTINGS: [name: string, options: ts.CompilerOptions][] = [
  [
    'CommonJS, as WeChat’s templates have it',
    { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 },
  ],
  [
    'a bundler',
    {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      exactOptionalPropertyTypes: true,
    },
  ],
];

const COMMON: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2017,
  lib: ['lib.es2017.d.ts'],
  types: ['miniprogram-api-typings'],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Reads each file once for all programs. */
const host = ts.createCompilerHost(COMMON);
const parse = host.getSourceFile;
const parsed = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (file, ...rest) => {
  if (!parsed.has(file)) parsed.set(file, parse(file, ...rest));
  return parsed.get(file);
};

describe('the packed declarations', () => {
  let consumer: ReturnType<typeof createConsumer>;
  before(() => {
    consumer = createConsumer(listPacked());
  });
  after(() => consumer?.remove());

  for (const [name, options] of SETTINGS) {
    test(`serve an app in strict TypeScript: ${name}`, () => {
      const program = ts.createProgram({
        rootNames: [path.join(consumer.folder, 'app.ts')],
        options: { ...COMMON, ...options },
        host,
      });
      // Those of WeChat and of TypeScript are theirs to check.
      const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(consumer.folder));
      assert.ok(files.length > 50, `${files.length} declarations were read`);
      const problems = [
        ...program.getOptionsDiagnostics(),
        ...files.flatMap((file) => [
          ...program.getSyntacticDiagnostics(file),
          ...program.getSemanticDiagnostics(file),
        ]),
      ];
      assert.deepEqual(problems.map(describeProblem), []);
    });
  }

  function describeProblem({ file, start = 0, messageText }: ts.Diagnostic): string {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `${path.relative(consumer.folder, file?.fileName ?? '')}:${line}: ${message}`;
  }
});
