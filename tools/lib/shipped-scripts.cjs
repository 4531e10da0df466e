// How the scripts that hold many source files are made: each folder with one entry ships as one script, minified, with its
// internal property names shortened. A hundred small files weigh half as much again (each pays for its exports and spells
// every imported name out), and cost the host a hundred modules.
const path = require('node:path');
const esbuild = require('esbuild');
const { findInternalNames } = require('./internal-names.cjs');

/** Entries of the folders that become one script each; between them they stay modules of their own. */
const ENTRIES = ['p2p-core/index', 'store/index'];
/** Where names are used without their types being known: templates, the apps that are written like examples. */
const OPEN_DIRS = ['components', 'examples', 'index.ts'];

const SHIPPED = { target: 'es2017', charset: 'utf8', legalComments: 'none' };
const MINIFIED = { ...SHIPPED, minify: true };

/** Property names that may be shortened; see internal-names.cjs. Takes some seconds: ask once. */
const namesToShorten = (root) =>
  findInternalNames({
    root,
    sourceDirs: ENTRIES.map((entry) => entry.split('/')[0]),
    publicEntries: ENTRIES.map((entry) => `${entry}.ts`),
    openDirs: OPEN_DIRS,
  });

const escapeRegExp = (name) => name.replace(/\$/g, '\\$');

/**
 * Bundles `entry`. Resolves with `{ code, meta, names }`: the script, what of esbuild's metafile is about it, and the
 * short names by long name. Without `shorten` (a list of names) the script is readable, and not minified.
 */
async function bundleScript(root, entry, shorten) {
  const result = await esbuild.build({
    ...(shorten ? MINIFIED : SHIPPED),
    ...(shorten && {
      mangleProps: new RegExp(`^(?:${shorten.map(escapeRegExp).join('|')})$`),
      mangleCache: {},
    }),
    absWorkingDir: root,
    entryPoints: [`${entry}.ts`],
    outfile: `${entry}.js`,
    bundle: true,
    format: 'cjs',
    platform: 'neutral',
    packages: 'external',
    plugins: [leaveOtherEntries(root, entry)],
    metafile: true,
    write: false,
  });
  return {
    code: result.outputFiles[0].contents,
    meta: result.metafile.outputs[`${entry}.js`],
    names: result.mangleCache ?? {},
  };
}

/** An import of another entry stays a `require`: one copy for all. */
const leaveOtherEntries = (root, entry) => ({
  name: 'leave-other-entries',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path: request, resolveDir }) => {
      const target = path.relative(root, path.resolve(resolveDir, request)).split(path.sep).join('/');
      if (target === entry || !ENTRIES.includes(target)) return undefined;
      return { path: path.posix.relative(path.posix.dirname(entry), target), external: true };
    });
  },
});

module.exports = { ENTRIES, MINIFIED, bundleScript, namesToShorten };
