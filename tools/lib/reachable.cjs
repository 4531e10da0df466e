// Which built files a mini program can reach: what no entry requires or names would only weigh on the app's package
// (the answering side of the core, say, which cameras run from the sources).
const fs = require('node:fs');
const path = require('node:path');

const REQUIRE = /\brequire\(["'](\.{1,2}\/[^"']+)["']\)/g;

/** Absolute paths of the .js files of `dist` that index.js and the components reach. */
function reachableScripts(dist) {
  const queue = [path.join(dist, 'index.js'), ...componentScripts(path.join(dist, 'components'))];
  const reached = new Set();
  while (queue.length > 0) {
    const file = queue.pop();
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, request] of fs.readFileSync(file, 'utf8').matchAll(REQUIRE)) {
      queue.push(path.resolve(path.dirname(file), `${request.replace(/\.js$/, '')}.js`));
    }
  }
  return reached;
}

function componentScripts(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name.replace(/\.json$/, '.js')))
    .filter((file) => fs.existsSync(file));
}

module.exports = { reachableScripts };
