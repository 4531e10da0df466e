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

const WXSS_IMPORT = /@import\s*["']([^"']+)["']/g;
const WXML_IMPORT = /<(?:import|include|wxs)[^>]*\ssrc="([^"]+)"/g;

/**
 * Absolute paths of all files of `dist` that an app uploads which requires the package and uses the components named
 * (paths from `dist`, without extension): WeChat's tools leave out what nothing requires or names.
 */
function filesOfApp(dist, components) {
  const queue = [
    path.join(dist, 'index.js'),
    ...components.flatMap((name) => partsOf(path.join(dist, name))),
  ];
  const reached = new Set();
  while (queue.length > 0) {
    const file = queue.pop();
    if (reached.has(file) || !fs.existsSync(file)) continue;
    reached.add(file);
    queue.push(...namedIn(file, fs.readFileSync(file, 'utf8')));
  }
  return reached;
}

const partsOf = (component) => ['js', 'json', 'wxml', 'wxss'].map((extension) => `${component}.${extension}`);

function namedIn(file, text) {
  const resolve = (request) => path.resolve(path.dirname(file), request);
  switch (path.extname(file)) {
    case '.js':
      return [...text.matchAll(REQUIRE)].map(([, request]) => `${resolve(request.replace(/\.js$/, ''))}.js`);
    case '.json': {
      const { usingComponents = {}, componentGenerics = {} } = JSON.parse(text);
      const defaults = Object.values(componentGenerics).flatMap((generic) => generic.default ?? []);
      return [...Object.values(usingComponents), ...defaults]
        .filter((request) => request.startsWith('.'))
        .flatMap((request) => partsOf(resolve(request)));
    }
    case '.wxss':
      return [...text.matchAll(WXSS_IMPORT)].map(([, request]) => resolve(request));
    case '.wxml':
      return [...text.matchAll(WXML_IMPORT)].map(([, request]) => resolve(request));
    default:
      return [];
  }
}

module.exports = { filesOfApp, reachableScripts };
