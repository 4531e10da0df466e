// Renames the private members of classes, before the sources are bundled. Nobody else can name them, and no value of
// another type can stand in for one that has them, so each class counts its own: `private0_`, `private1_`, … are other
// members in every class, and the few names that this takes become a letter each. By name alone (internal-names.cjs) a
// private member keeps its name as soon as anybody else has a property called the same.
const path = require('node:path');
const ts = require('typescript');

/** What the members are called until the bundler shortens them. */
const PLACEHOLDER = 'private\\d+_';

/**
 * `{ editsOf, members }`: by source (path from `root`) what to replace, `{ start, end, text }` in the order of the text;
 * and `{ source, member, placeholder }` of each `Class.member`.
 */
function renamePrivates({ program, root, sourceDirs }) {
  const checker = program.getTypeChecker();
  const toName = (file) => path.relative(root, file.fileName).split(path.sep).join('/');
  const sources = program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile && sourceDirs.includes(toName(file).split('/')[0]));
  /** Declaration → how often it is named. */
  const uses = new Map(sources.flatMap(privatesOf).map((member) => [member, 0]));
  const namings = new Map(sources.map((file) => [toName(file), namingsIn(file, checker, uses)]));
  for (const { member } of [...namings.values()].flat()) uses.set(member, uses.get(member) + 1);
  const placeholders = countInClasses(checker, uses);
  const editsOf = new Map(
    [...namings].map(([name, found]) => [
      name,
      found
        .map(({ node, member }) => editOf(node, placeholders.get(member)))
        .sort((a, b) => a.start - b.start),
    ]),
  );
  const members = [...placeholders].map(([declaration, placeholder]) => ({
    source: toName(declaration.getSourceFile()),
    member: `${classOf(declaration).name?.text ?? 'class'}.${declaration.name.text}`,
    placeholder,
  }));
  return { editsOf, members };
}

/** A parameter that is a property stands in the constructor. */
const classOf = (member) => (ts.isParameter(member) ? member.parent.parent : member.parent);

/** Declarations of private members. One that a string of its file names as well could be reached by the string. */
function privatesOf(file) {
  const found = [];
  const strings = new Set();
  const visit = (node) => {
    const isMember = ts.isClassElement(node) || ts.isParameterPropertyDeclaration(node, node.parent);
    if (isMember && node.name && ts.isIdentifier(node.name)) {
      if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) found.push(node);
    }
    if (ts.isStringLiteralLike(node)) strings.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.filter(({ name }) => !strings.has(name.text));
}

/** Where a file names members of `uses`: `{ node, member }`. */
function namingsIn(file, checker, uses) {
  const found = [];
  const add = (node, symbol) => {
    const member = symbol?.valueDeclaration;
    if (uses.has(member)) found.push({ node, member });
  };
  const visit = (node) => {
    if (ts.isIdentifier(node)) add(node, symbolAt(node, checker));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Of a name that stands for a property and a variable at once, the symbol that may be private. */
function symbolAt(node, checker) {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return checker.getShorthandAssignmentValueSymbol(parent);
  // `const { name } = this` and `const { name: short } = this`
  if (ts.isBindingElement(parent) && (parent.propertyName ?? parent.name) === node) {
    return checker.getPropertyOfType(checker.getTypeAtLocation(parent.parent), node.text);
  }
  return checker.getSymbolAtLocation(node);
}

/** The most used member of a class is the first; a subclass goes on where its base class ends. */
function countInClasses(checker, uses) {
  const byClass = new Map();
  for (const member of uses.keys()) {
    byClass.set(classOf(member), [...(byClass.get(classOf(member)) ?? []), member]);
  }
  const baseOf = (node) => {
    const [clause] = (node.heritageClauses ?? []).filter(
      ({ token }) => token === ts.SyntaxKind.ExtendsKeyword,
    );
    return clause && checker.getTypeAtLocation(clause.types[0].expression).symbol?.valueDeclaration;
  };
  const lengthOf = (node) => (node ? (byClass.get(node)?.length ?? 0) + lengthOf(baseOf(node)) : 0);
  const placeholders = new Map();
  for (const [node, members] of byClass) {
    const first = lengthOf(baseOf(node));
    members
      .sort((a, b) => uses.get(b) - uses.get(a))
      .forEach((member, i) => placeholders.set(member, `private${first + i}_`));
  }
  return placeholders;
}

/** A shorthand says its name twice from now on. */
function editOf(node, name) {
  const { parent, text } = node;
  const at = { start: node.getStart(), end: node.getEnd() };
  if (ts.isShorthandPropertyAssignment(parent)) return { ...at, text: `${text}: ${name}` };
  if (ts.isBindingElement(parent) && !parent.propertyName) return { ...at, text: `${name}: ${text}` };
  return { ...at, text: name };
}

module.exports = { PLACEHOLDER, renamePrivates };
