// Reads one TypeScript or JavaScript file into the facts that the import rules judge.
import ts from 'typescript';

/**
 * @typedef {{ specifier: string, line: number, isTypeOnly: boolean }} ImportFact
 * @typedef {{ line: number, kind: 'dynamic-import' | 'opaque-require' | 'export-star' }} OddityFact
 * @typedef {{ name: string, line: number }} GlobalFact  a name of the platform, used as a free identifier
 * @typedef {{ imports: ImportFact[], oddities: OddityFact[], globals: GlobalFact[] }} FileFacts
 */

const PLATFORM_NAMES = new Set(['wx', 'getApp', 'getCurrentPages', 'requirePlugin', 'WechatMiniprogram']);

/** @returns {FileFacts} */
export function scanSource(fileName, text) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const facts = { imports: [], oddities: [], globals: [] };
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const addImport = (literal, isTypeOnly) =>
    facts.imports.push({ specifier: literal.text, line: lineOf(literal), isTypeOnly });
  const addOddity = (node, kind) => facts.oddities.push({ line: lineOf(node), kind });

  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      addImport(node.moduleSpecifier, isTypeOnlyImport(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) addImport(node.moduleSpecifier, isTypeOnlyExport(node));
      // `export * as name` keeps a name of its own; `export type *` still hides where a type comes from.
      if (!node.exportClause) addOddity(node, 'export-star');
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      addImport(node.moduleReference.expression, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      addImport(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      addOddity(node, 'dynamic-import');
    } else if (ts.isIdentifier(node) && isFreeIdentifier(node)) {
      if (node.text === 'require') visitRequire(node);
      if (PLATFORM_NAMES.has(node.text)) facts.globals.push({ name: node.text, line: lineOf(node) });
    }
    ts.forEachChild(node, visit);
  };
  const visitRequire = (node) => {
    const call = node.parent;
    const isCall = ts.isCallExpression(call) && call.expression === node;
    const [argument] = isCall ? call.arguments : [];
    if (argument && ts.isStringLiteralLike(argument)) addImport(argument, false);
    else addOddity(node, 'opaque-require');
  };
  visit(source);
  return facts;
}

/** `import type …`, or nothing but `type` names in the braces. A bare `import 'x'` runs code. */
function isTypeOnlyImport(clause) {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport(node) {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return Boolean(
    clause && ts.isNamedExports(clause) && clause.elements.every((element) => element.isTypeOnly),
  );
}

/** Not the name of a member, a key, or something declared here. */
function isFreeIdentifier(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return (parent.expression ?? parent.left) === node;
  }
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return parent.name !== node && parent.propertyName !== node;
}
