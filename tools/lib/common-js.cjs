// Turns a script's imports and exports into CommonJS, the only modules of mini programs. What compilers make of them reads
// every imported name off its module at every use, `(0, store.f)()`, through a getter, and adds half a kilobyte to each
// script. Here a script takes what it imports once, when it is loaded, and hands its exports out at its end. That is the
// same as long as no two scripts import each other (tools/imports) and no export changes later (the linter).
const ts = require('typescript');
const { edit } = require('./edit.cjs');

/**
 * `code` as CommonJS. An entry, which scripts of other compilers require, says that it was a module.
 * Throws where `code` uses a form of import or export that no source here has.
 */
function toCommonJs(code, { name, isEntry }) {
  const file = ts.createSourceFile(`${name}.js`, code, ts.ScriptTarget.ES2017, true);
  const refuse = (node) => {
    throw new Error(`${name}: cannot ship \`${node.getText().slice(0, 80)}\``);
  };
  /** Module → its imported names, `long: short` or the name. */
  const imports = new Map();
  /** `import * as` and `export *`. */
  const whole = [];
  const spread = [];
  /** Exported name → local name. */
  const exported = new Map();
  const edits = [];
  const drop = (node, end = node.getEnd()) => edits.push({ start: node.getStart(), end, text: '' });
  const readImport = (node) => {
    const { importClause, moduleSpecifier } = node;
    const taken = imports.get(moduleSpecifier.text) ?? [];
    const named = importClause?.namedBindings;
    if (importClause?.name) refuse(node);
    drop(node);
    if (named && ts.isNamespaceImport(named)) {
      whole.push(`const ${named.name.text} = ${requireOf(moduleSpecifier.text)};`);
      return;
    }
    for (const { propertyName, name: local } of named?.elements ?? []) {
      taken.push(propertyName ? `${propertyName.text}: ${local.text}` : local.text);
    }
    imports.set(moduleSpecifier.text, taken);
  };
  const readExport = (node) => {
    if (!node.exportClause) spread.push(node.moduleSpecifier.text);
    else if (!ts.isNamedExports(node.exportClause)) refuse(node);
    else {
      const from = node.moduleSpecifier?.text;
      if (from !== undefined && !imports.has(from)) imports.set(from, []);
      for (const { propertyName, name: outside } of node.exportClause.elements) {
        const inside = (propertyName ?? outside).text;
        if (from === undefined) exported.set(outside.text, inside);
        else {
          const local = `${outside.text}$from`;
          imports.get(from).push(`${inside}: ${local}`);
          exported.set(outside.text, local);
        }
      }
    }
    drop(node);
  };
  for (const node of file.statements) {
    const modifier = node.modifiers?.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (ts.isImportDeclaration(node)) readImport(node);
    else if (ts.isExportDeclaration(node)) readExport(node);
    else if (ts.isExportAssignment(node)) refuse(node);
    else if (modifier) {
      const names = ts.isVariableStatement(node)
        ? node.declarationList.declarations.map((declaration) => declaration.name)
        : [node.name];
      for (const local of names) {
        if (!ts.isIdentifier(local)) refuse(node);
        exported.set(local.text, local.text);
      }
      drop(modifier, modifier.getEnd() + 1);
    }
  }
  return [
    ...[...imports].map(([from, names]) => takeOf(from, names)),
    ...whole,
    edit(code, edits),
    exportsOf([...exported], spread, isEntry),
  ].join('\n');
}

const requireOf = (from) => `require(${JSON.stringify(from)})`;
const takeOf = (from, names) =>
  names.length > 0 ? `const { ${names.join(', ')} } = ${requireOf(from)};` : `${requireOf(from)};`;

function exportsOf(exported, spread, isEntry) {
  if (exported.length + spread.length === 0) return '';
  const names = exported.map(([outside, inside]) => (outside === inside ? outside : `${outside}: ${inside}`));
  const own = `{ ${[...(isEntry ? ['__esModule: true'] : []), ...names].join(', ')} }`;
  if (spread.length === 0) return `module.exports = ${own};`;
  return `Object.assign(exports, ${[own, ...spread.map(requireOf)].join(', ')});`;
}

module.exports = { toCommonJs };
