// Checks who imports whom (see imports/rules.mjs).
// usage: node tools/check-imports.mjs
import { checkImports } from './imports/check.mjs';
import { root } from './lib/files.mjs';

const violations = checkImports(root);
for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
console.log(violations.length ? `${violations.length} imports break a rule` : 'imports run one way');
process.exit(violations.length ? 1 : 0);
