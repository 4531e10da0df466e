// Reads the public surface of the package from its declarations: what an app can import, in the words of the compiler.
import path from 'node:path';
import ts from 'typescript';
import { root, toPosix } from './files.mjs';

/** Entry → title of its document. The package itself exports the first two. */
export const ENTRIES = [
  { entry: 'p2p-core/index.ts', name: 'p2p-core', title: 'The p2p core' },
  { entry: 'store/index.ts', name: 'store', title: 'Stores and configuration' },
  { entry: 'store/voice/index.ts', name: 'store-voice', title: 'The store of talk' },
  { entry: 'store/multi/index.ts', name: 'store-multi', title: 'The store of several pictures at once' },
  { entry: 'store/swarm/index.ts', name: 'store-swarm', title: 'The store of a shared stream' },
  { entry: 'store/ptz/index.ts', name: 'store-ptz', title: 'The store of pan, tilt and zoom' },
  {
    entry: 'store/snapshot/index.ts',
    name: 'store-snapshot',
    title: 'The stores of pictures and recordings',
  },
  { entry: 'store/album/index.ts', name: 'store-album', title: 'The store of the album' },
  {
    entry: 'store/playback/index.ts',
    name: 'store-playback',
    title: 'The store of playback, and its timeline',
  },
  { entry: 'store/mjpg/index.ts', name: 'store-mjpg', title: 'The player of picture streams' },
  { entry: 'store/download/index.ts', name: 'store-download', title: 'The store of downloads' },
];

/** @returns {{ entry: string, name: string, title: string, exports: { name: string, file: string, node: ts.Node, source: ts.SourceFile }[] }[]} */
export function readSurface() {
  const configFile = path.join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = ENTRIES.map(({ entry }) => path.join(root, entry));
  const program = ts.createProgram(files, { ...options, declaration: true, emitDeclarationOnly: true });
  const checker = program.getTypeChecker();
  const declarations = new Map();
  program.emit(undefined, (name, text, _bom, _error, sources) => {
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    for (const { fileName } of sources ?? []) declarations.set(path.resolve(fileName), source);
  });
  return ENTRIES.map(({ entry, name, title }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path.join(root, entry)));
    const exports = checker.getExportsOfModule(module).flatMap((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const files = new Set(target.declarations.map((each) => path.resolve(each.getSourceFile().fileName)));
      return [...files].flatMap((file) => {
        const source = declarations.get(file);
        return statementsOf(source, target.name).map((node) => ({
          name: symbol.name,
          file: toPosix(path.relative(root, file)),
          node,
          source,
        }));
      });
    });
    return {
      entry,
      name,
      title,
      exports: exports.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    };
  });
}

function statementsOf(source, name) {
  return source.statements.filter((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.some((each) => each.name.getText(source) === name);
    }
    return statement.name?.getText(source) === name;
  });
}

/** Without what nobody outside can use. */
function withoutPrivate(node) {
  if (!ts.isClassDeclaration(node)) return node;
  const isPublic = (member) =>
    !(ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) &&
    !(member.name && ts.isPrivateIdentifier(member.name));
  const { factory } = ts;
  return factory.updateClassDeclaration(
    node,
    node.modifiers,
    node.name,
    node.typeParameters,
    node.heritageClauses,
    node.members.filter(isPublic),
  );
}

export function printDeclaration({ node, source }, removeComments) {
  const printer = ts.createPrinter({ removeComments });
  const text = printer.printNode(ts.EmitHint.Unspecified, withoutPrivate(node), source);
  return text.replace(/^export declare /, 'export declare ').trim();
}

/** The doc comment of an export, as text. */
export function docOf({ node }) {
  const doc = ts.getJSDocCommentsAndTags(node).find((each) => ts.isJSDoc(each));
  const tags = (doc?.tags ?? []).map(
    (tag) => `@${tag.tagName.text} ${ts.getTextOfJSDocComment(tag.comment) ?? ''}`,
  );
  return [ts.getTextOfJSDocComment(doc?.comment) ?? '', ...tags].join('\n\n').trim();
}
