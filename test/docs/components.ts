import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import esbuild from 'esbuild';
import ts from 'typescript';
import { read } from './documents';

export interface Property {
  type: string;
  value: unknown;
}

export interface Component {
  name: string;
  properties: Record<string, Property>;
  /** What `selectComponent` gives. */
  methods: string[];
  externalClasses: string[];
  readme: string;
}

/** `type: null` takes a value of any type. */
type PropertyDefinitions = Record<string, { type: { name: string } | null; value: unknown }>;

/** Every component of the package, from its sources and the README beside it. */
export async function readComponents(): Promise<Component[]> {
  const names = fs
    .readdirSync('components')
    .filter((name) => fs.existsSync(path.join('components', name, 'props.ts')))
    .sort();
  const outdir = fs.mkdtempSync(path.resolve('.build', 'props-'));
  try {
    await esbuild.build({
      entryPoints: names.map((name) => ({ in: `components/${name}/props.ts`, out: name })),
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const components: Component[] = [];
    for (const name of names) {
      const exported = (await import(pathToFileURL(path.join(outdir, `${name}.mjs`)).href)) as Record<
        string,
        PropertyDefinitions
      >;
      const [, definitions] = Object.entries(exported).find(([key]) => key.endsWith('_PROPS')) ?? [];
      if (!definitions) throw new Error(`components/${name}/props.ts exports no …_PROPS`);
      const own = read(`components/${name}/${name}.ts`);
      const isPlayer = own.includes('definePlayer(');
      const script = isPlayer ? read('components/common/player-component.ts') : own;
      components.push({
        name,
        properties: Object.fromEntries(
          Object.entries(definitions).map(([key, { type, value }]) => [
            key,
            { type: type?.name ?? 'any', value },
          ]),
        ),
        methods: methodsOf(script),
        externalClasses: [
          ...(/externalClasses: \[([^\]]*)\]/.exec(script)?.[1] ?? '').matchAll(/'([^']+)'/g),
        ].map(([, each]) => each!),
        readme: read(`components/${name}/README.md`),
      });
    }
    return components;
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

/** Keys of the object that the component's `export()` returns. */
function methodsOf(script: string): string[] {
  const methods: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isMethodDeclaration(node) && node.name.getText() === 'export') {
      const [statement] = node.body!.statements.filter(ts.isReturnStatement);
      const object = statement?.expression;
      if (object && ts.isObjectLiteralExpression(object))
        methods.push(...object.properties.map(({ name }) => name!.getText()));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('component.ts', script, ts.ScriptTarget.Latest, true));
  return methods;
}
