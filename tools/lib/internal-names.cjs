// Which property names the shipped scripts use only among themselves, so that the build may shorten them. Most of what a
// minified script weighs is such names. The set is computed with the compiler's types, and every doubt keeps a name:
// shortening is by name, so one use that anybody else can see, or that is made of a string, keeps all uses.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const SCRIPT = /\.(ts|js|wxs)$/;
const TEMPLATE = /\.(wxml|json)$/;
const WORD = /[A-Za-z_$][\w$]*/g;
/** How deep two types are compared; below, they count as different. */
const MAX_DEPTH = 8;

const hasFlag = (type, flags) => (type.flags & flags) !== 0;
const isUntyped = (type) =>
  hasFlag(type, ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive);

/**
 * Sorted property names that are declared in `sourceDirs` and may be shortened in scripts made of them.
 *
 * - `publicEntries`: modules whose exports others use; everything their types reach keeps its name, but private members.
 * - `openDirs`: folders whose every word is kept, since WXML and plain scripts name members there.
 */
function findInternalNames({ program, root, sourceDirs, publicEntries, openDirs }) {
  const scan = createScan(program.getTypeChecker());
  const inDirs = (file, dirs) => {
    const [top] = path.relative(root, file).split(path.sep);
    return dirs.includes(top);
  };
  for (const file of program.getSourceFiles()) {
    if (inDirs(file.fileName, sourceDirs)) scan.readSource(file);
    else if (file.isDeclarationFile) scan.keepDeclarations(file);
  }
  for (const entry of publicEntries) scan.keepExports(program.getSourceFile(path.join(root, entry)));
  for (const file of openDirs.flatMap((dir) => filesUnder(path.join(root, dir)))) {
    if (SCRIPT.test(file))
      scan.keepScript(ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
    else if (TEMPLATE.test(file)) scan.keepWords(fs.readFileSync(file, 'utf8'));
  }
  return scan.result();
}

/** The compiler's view of all that ships. */
function createShippedProgram(root) {
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: throwDiagnostic },
  );
  return ts.createProgram(config.fileNames, config.options);
}

function throwDiagnostic(diagnostic) {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}

function filesUnder(entry) {
  if (!fs.statSync(entry).isDirectory()) return [entry];
  return fs
    .readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((child) => child.isFile() && !/node_modules|miniprogram_npm/.test(child.parentPath))
    .map((child) => path.join(child.parentPath, child.name));
}

/** A member's name in a declaration, or undefined where `node` declares none. */
function declaredName(node) {
  const isMember =
    ts.isClassElement(node) ||
    ts.isTypeElement(node) ||
    ts.isObjectLiteralElement(node) ||
    ts.isEnumMember(node) ||
    ts.isParameterPropertyDeclaration(node, node.parent);
  return isMember ? node.name : undefined;
}

/** `[]` and `{}` have no names to lose. */
const isEmptyLiteral = (node) =>
  (ts.isArrayLiteralExpression(node) && node.elements.length === 0) ||
  (ts.isObjectLiteralExpression(node) && node.properties.length === 0);

/** `const { a, b } = value`: what is expected of `value` is only the pattern. */
const isTakenApart = ({ parent }) =>
  ts.isVariableDeclaration(parent) && !ts.isIdentifier(parent.name) && parent.type === undefined;

/** `(typeof T)[keyof typeof T]`: the type of T's values, which no string reaches. */
const isValueOf = ({ parent, type }) =>
  ts.isIndexedAccessTypeNode(parent) &&
  ts.isParenthesizedTypeNode(parent.objectType) &&
  parent.objectType.type.getText() === type.getText();

function createScan(checker) {
  const declared = new Set();
  const compared = new Set();
  const kept = new Set(['constructor', 'prototype', '__proto__', 'then']);

  /** Every name that `type` and the types it is made of have. Ours only: what the platform declares is kept anyway. */
  function keepType(type, seen = new Set()) {
    if (!type || seen.has(type)) return;
    seen.add(type);
    const next = (other) => keepType(other, seen);
    if (type.isUnionOrIntersection()) type.types.forEach(next);
    if (hasFlag(type, ts.TypeFlags.Instantiable)) next(checker.getBaseConstraintOfType(type));
    if (!hasFlag(type, ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return;
    if (isReference(type)) checker.getTypeArguments(type).forEach(next);
    type.aliasTypeArguments?.forEach(next);
    if (isForeign(type)) return;
    for (const property of checker.getPropertiesOfType(type)) {
      if (isPrivate(property)) continue;
      kept.add(property.name);
      next(checker.getTypeOfSymbol(property));
    }
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      signature.parameters.forEach((parameter) => next(checker.getTypeOfSymbol(parameter)));
      next(signature.getReturnType());
      signature.typeParameters?.forEach(next);
    }
    for (const { type: indexed } of checker.getIndexInfosOfType(type)) next(indexed);
  }

  /**
   * A value of type `from` is used as `to`. Where types get lost on the way (`unknown`, a dictionary), or come out of
   * nowhere (the result of JSON.parse), nobody knows who reads the names.
   */
  function compare(from, to, depth = 0) {
    const key = `${from.id}>${to.id}`;
    if (from === to || compared.has(key)) return;
    compared.add(key);
    const goOn = (source, target) => compare(source, target, depth + 1);
    if (isUntyped(to) || isDictionary(to) || isEmptyObject(to) || depth > MAX_DEPTH) keepType(from);
    if (isUntyped(from) || isDictionary(from) || depth > MAX_DEPTH) keepType(to);
    if (isUntyped(to) || isUntyped(from) || depth > MAX_DEPTH) return;
    if (from.isUnionOrIntersection()) return from.types.forEach((part) => goOn(part, to));
    if (to.isUnionOrIntersection()) return to.types.forEach((part) => goOn(from, part));
    if (!hasFlag(from, ts.TypeFlags.Object) || !hasFlag(to, ts.TypeFlags.Object)) return;
    compareParts(from, to, goOn);
  }

  function compareParts(from, to, goOn) {
    if (!isForeign(from) || !isForeign(to)) {
      for (const theirs of checker.getPropertiesOfType(to)) {
        const mine = checker.getPropertyOfType(from, theirs.name);
        if (mine && mine !== theirs) goOn(checker.getTypeOfSymbol(mine), checker.getTypeOfSymbol(theirs));
      }
    }
    const [call, expected] = [from, to].map((type) => type.getCallSignatures()[0]);
    if (call && expected) {
      call.parameters.forEach((parameter, i) => {
        const given = expected.parameters[i];
        if (given) goOn(checker.getTypeOfSymbol(given), checker.getTypeOfSymbol(parameter));
      });
      goOn(call.getReturnType(), expected.getReturnType());
    }
    const [items, expectedItems] = [from, to].map((type) =>
      checker.getIndexTypeOfType(type, ts.IndexKind.Number),
    );
    if (items && expectedItems) return goOn(items, expectedItems);
    const [mine, theirs] = [from, to].map((type) =>
      isReference(type) ? checker.getTypeArguments(type) : [],
    );
    mine.forEach((argument, i) => theirs[i] && goOn(argument, theirs[i]));
  }

  const isReference = (type) => (type.objectFlags & ts.ObjectFlags.Reference) !== 0;
  const isDictionary = (type) => checker.getIndexInfoOfType(type, ts.IndexKind.String) !== undefined;
  /** `{}` takes anything. */
  const isEmptyObject = (type) =>
    hasFlag(type, ts.TypeFlags.Object) &&
    checker.getPropertiesOfType(type).length === 0 &&
    type.getCallSignatures().length === 0 &&
    type.getConstructSignatures().length === 0 &&
    !isReference(type);
  const isForeign = (type) => {
    const declarations = type.symbol?.declarations ?? [];
    return declarations.length > 0 && declarations.every((node) => node.getSourceFile().isDeclarationFile);
  };
  const isPrivate = (symbol) =>
    (symbol.declarations ?? []).some((node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private);

  function readNode(node) {
    const name = declaredName(node);
    if (name && ts.isIdentifier(name)) declared.add(name.text);
    if (ts.isStringLiteralLike(node)) kept.add(node.text);
    if (ts.isExpression(node)) readFlow(node);
    if (ts.isElementAccessExpression(node)) readDynamicAccess(node);
    if (ts.isPropertyAccessExpression(node) && isUntyped(checker.getTypeAtLocation(node.expression))) {
      kept.add(node.name.text);
    }
    if (ts.isBindingElement(node) && isUntyped(checker.getTypeAtLocation(node.parent))) {
      const key = node.propertyName ?? node.name;
      if (ts.isIdentifier(key)) kept.add(key.text);
    }
    if (ts.isThrowStatement(node) && node.expression) keepType(checker.getTypeAtLocation(node.expression));
    if (ts.isForInStatement(node)) keepType(checker.getTypeAtLocation(node.expression));
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword) {
      keepType(checker.getTypeAtLocation(node.right));
    }
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword && !isValueOf(node)) {
      keepOwnNames(checker.getTypeFromTypeNode(node.type));
    }
    ts.forEachChild(node, readNode);
  }

  function readFlow(node) {
    const to = isEmptyLiteral(node) || isTakenApart(node) ? undefined : checker.getContextualType(node);
    if (to) compare(checker.getTypeAtLocation(node), to);
    // A cast, and a function that tells what an unknown value is.
    if (ts.isAsExpression(node))
      compare(checker.getTypeAtLocation(node.expression), checker.getTypeAtLocation(node));
    if (ts.isCallExpression(node)) {
      const signature = checker.getResolvedSignature(node);
      const told = signature && checker.getTypePredicateOfSignature(signature)?.type;
      if (told && node.arguments[0]) compare(checker.getTypeAtLocation(node.arguments[0]), told);
    }
  }

  function readDynamicAccess({ expression, argumentExpression }) {
    const key = checker.getTypeAtLocation(argumentExpression);
    if (!hasFlag(key, ts.TypeFlags.NumberLike)) keepOwnNames(checker.getTypeAtLocation(expression));
  }

  function keepOwnNames(type) {
    for (const property of checker.getPropertiesOfType(checker.getApparentType(type)))
      kept.add(property.name);
  }

  return {
    readSource: (file) => readNode(file),
    /** All that other people's declarations name: the language, `wx`, packages. */
    keepDeclarations(file) {
      const visit = (node) => {
        const name = declaredName(node) ?? (ts.isParameter(node) ? undefined : node.name);
        if (name && (ts.isIdentifier(name) || ts.isStringLiteralLike(name))) kept.add(name.text);
        ts.forEachChild(node, visit);
      };
      visit(file);
    },
    keepExports(file) {
      for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        kept.add(symbol.name);
        keepType(checker.getDeclaredTypeOfSymbol(target));
        if (target.flags & ts.SymbolFlags.Value) keepType(checker.getTypeOfSymbol(target));
      }
    },
    /** Every name and string of a script whose types nobody asks: an app's, a component's. */
    keepScript(file) {
      const visit = (node) => {
        if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) kept.add(node.text);
        ts.forEachChild(node, visit);
      };
      visit(file);
    },
    keepWords(text) {
      for (const [word] of text.matchAll(WORD)) kept.add(word);
    },
    result: () => [...declared].filter((name) => !kept.has(name)).sort(),
  };
}

module.exports = { createShippedProgram, findInternalNames };
