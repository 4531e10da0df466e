import path from 'node:path';
import ts from 'typescript';
import type { Snippet } from './snippets';

/** Names that a reader fills in. */
const FREE_NAMES = `
  declare const appParams: import('${path.resolve('p2p-core/index')}').AppParams;
  declare const username: string, password: string, xp2pInfo: string, token: string;
`;

/** Members that a page adds to itself: the typings of WeChat do not know them. */
const OWN_MEMBER = /on type 'Instance<|on type '\{ [\s\S]*\} & .*Instance</;

export interface Compiled {
  /** What the compiler says about the snippets. */
  problems: string[];
  /** Names of the events of a component, by the map that its events.ts exports. */
  eventsOf(component: string): string[];
}

const eventsFile = (component: string): string => path.resolve('components', component, 'events.ts');

/** One program of all snippets in JavaScript and TypeScript, in which `iot-p2p-player` is these sources, and the components' events. */
export function compile(snippets: readonly Snippet[], components: readonly string[]): Compiled {
  const names = new Map<string, Snippet>();
  const texts = new Map<string, string>([[path.resolve('snippets', 'free-names.d.ts'), FREE_NAMES]]);
  snippets.forEach((snippet, index) => {
    const file = path.resolve('snippets', `${index}.${snippet.language === 'ts' ? 'ts' : 'js'}`);
    names.set(file, snippet);
    // Each is a module of its own, so that two may use one name.
    texts.set(file, `${snippet.text}\nexport {};\n`);
  });
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2017,
    lib: ['lib.es2018.d.ts'],
    types: ['miniprogram-api-typings'],
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    noImplicitAny: false,
    noImplicitThis: false,
    baseUrl: process.cwd(),
    paths: { 'iot-p2p-player': ['./index.ts'], 'iot-p2p-player/*': ['./*'] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(path.resolve(file)) || fileExists(file);
  host.readFile = (file) => texts.get(path.resolve(file)) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(path.resolve(file));
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0]);
  };
  const program = ts.createProgram([...texts.keys(), ...components.map(eventsFile)], options, host);
  const checker = program.getTypeChecker();
  return {
    problems: [...names].flatMap(([file, snippet]) => problemsOf(program, file, snippet)),
    eventsOf(component) {
      const module = checker.getSymbolAtLocation(program.getSourceFile(eventsFile(component))!)!;
      const [map, ...others] = checker
        .getExportsOfModule(module)
        .filter((symbol) => symbol.name.endsWith('EventMap'));
      if (!map || others.length > 0) throw new Error(`${component}/events.ts exports no single EventMap`);
      return checker
        .getDeclaredTypeOfSymbol(map.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(map) : map)
        .getProperties()
        .map((property) => property.name);
    },
  };
}

function problemsOf(program: ts.Program, file: string, { at }: Snippet): string[] {
  const source = program.getSourceFile(file)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    .map(({ messageText, start = 0 }) => ({
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
      line: source.getLineAndCharacterOfPosition(start).line + 1,
    }))
    .filter(({ message }) => !OWN_MEMBER.test(message))
    .map(({ message, line }) => `${at} (line ${line} of it): ${message.slice(0, 300)}`);
}
