// Checks a tree against the import rules. The tree is a parameter, so that the rules can be tried on small ones.
import fs from 'node:fs';
import path from 'node:path';
import { toPosix, walkFiles } from '../lib/files.mjs';
import { judgeGlobal, judgeImport, judgeOddity, zoneOf } from './rules.mjs';
import { scanSource } from './scan.mjs';

const SCANNED = ['index.ts', 'p2p-core', 'store', 'components', 'devkit', 'examples', 'test', 'bench'];
const CYCLE_FREE_ZONES = new Set(['index', 'p2p-core', 'store', 'components', 'devkit']);

const withoutExtension = (file) => file.replace(/(\.d)?\.[cm]?[jt]s$/, '');

/** Where a relative specifier leads: a path from the root without extension, `/index` spelled out. */
function resolveRelative(root, fromFile, specifier) {
  const target = path.join(path.dirname(fromFile), specifier);
  const isFolder = fs.statSync(path.join(root, target), { throwIfNoEntry: false })?.isDirectory();
  const hasFile = ['.ts', '.d.ts', '.js'].some((extension) =>
    fs.existsSync(path.join(root, target + extension)),
  );
  return toPosix(isFolder && !hasFile ? path.join(target, 'index') : withoutExtension(target));
}

/**
 * @param {string} root
 * @returns {{ file: string, line: number, message: string }[]} what breaks a rule, in the order of the files
 */
export function checkImports(root) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const dependencies = new Set(Object.keys(manifest.dependencies ?? {}));
  const violations = [];
  /** @type {Map<string, { to: string, line: number }[]>} */
  const graph = new Map();
  const fileOf = new Map();
  for (const full of SCANNED.flatMap((entry) => walkFiles(path.join(root, entry)))) {
    if (!/\.[cm]?[jt]s$/.test(full)) continue;
    const file = toPosix(path.relative(root, full));
    const from = withoutExtension(file);
    const facts = scanSource(file, fs.readFileSync(full, 'utf8'));
    const report = (line, message) => message !== null && violations.push({ file, line, message });
    const edges = [];
    for (const fact of facts.imports) {
      const to = fact.specifier.startsWith('.') ? resolveRelative(root, file, fact.specifier) : null;
      report(fact.line, judgeImport(from, to, fact, dependencies));
      if (to !== null) edges.push({ to, line: fact.line });
    }
    for (const fact of facts.oddities) report(fact.line, judgeOddity(from, fact));
    for (const fact of facts.globals) report(fact.line, judgeGlobal(from, fact));
    if (CYCLE_FREE_ZONES.has(zoneOf(from))) graph.set(from, edges);
    fileOf.set(from, file);
  }
  for (const { from, line, cycle } of findCycles(graph)) {
    violations.push({
      file: fileOf.get(from),
      line,
      message: `import cycle: ${cycle.join(' → ')}. Which file runs first then depends on who asks. Move the shared part into a file that both import.`,
    });
  }
  return violations;
}

/** One cycle per edge that closes it, types included: a cycle of types is one idea cut into two files. */
function findCycles(graph) {
  const cycles = [];
  const finished = new Set();
  const trail = [];
  const visit = (node) => {
    trail.push(node);
    for (const { to, line } of graph.get(node) ?? []) {
      const at = trail.indexOf(to);
      if (at >= 0) cycles.push({ from: node, line, cycle: [...trail.slice(at), to] });
      else if (!finished.has(to)) visit(to);
    }
    trail.pop();
    finished.add(node);
  };
  for (const node of graph.keys()) if (!finished.has(node)) visit(node);
  return cycles;
}
