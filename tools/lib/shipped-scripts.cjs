// How the scripts that hold many source files are made: each folder with one entry ships as one script, minified, with its
// internal property names shortened. A hundred small files weigh half as much again (each pays for its exports and spells
// every imported name out), and cost the host a hundred modules.
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');
const terser = require('terser');
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
    plugins: [leaveOtherEntries(root, entry), ...(shorten ? [shortenTexts(root), inlineCodes(root)] : [])],
    metafile: true,
    write: false,
  });
  return {
    code: result.outputFiles[0].contents,
    meta: result.metafile.outputs[`${entry}.js`],
    names: result.mangleCache ?? {},
  };
}

/** What esbuild, which is fast, leaves: some three percent of a bundle, ten of a small script. */
async function shrinkScript(code) {
  const format = { ecma: 2017, comments: false };
  const compress = { ecma: 2017, passes: 3, unsafe_arrows: true };
  return (await terser.minify(code, { ecma: 2017, toplevel: true, compress, format })).code;
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

/** Tables of texts have the same keys: the second one ships as a list of its texts in the order of the first. */
const shortenTexts = (root) => ({
  name: 'shorten-texts',
  setup(build) {
    const tableOf = (name) => {
      const source = fs.readFileSync(path.join(root, 'store/locale', `${name}.ts`), 'utf8');
      const module = { exports: {} };
      const { code } = esbuild.transformSync(source, { loader: 'ts', format: 'cjs' });
      new Function('module', 'exports', code)(module, module.exports);
      return module.exports;
    };
    build.onLoad({ filter: /store[\\/]locale[\\/]en\.ts$/ }, () => {
      const keys = Object.keys(tableOf('zh-cn').ZH_CN);
      const { EN } = tableOf('en');
      return {
        loader: 'ts',
        contents: `import { ZH_CN } from './zh-cn';
          export const EN: any = {};
          const texts = ${JSON.stringify(keys.map((key) => EN[key]))};
          Object.keys(ZH_CN).forEach((key, i) => (EN[key] = texts[i]));`,
      };
    });
  },
});

/** Error codes as numbers: their names are public, so every use would spell one out. */
const inlineCodes = (root) => ({
  name: 'inline-codes',
  setup(build) {
    const table = fs.readFileSync(path.join(root, 'p2p-core/errors.ts'), 'utf8');
    const codes = new Map(
      [...table.matchAll(/^ {2}(\w+): (-?\d+),$/gm)].map(([, name, code]) => [name, code]),
    );
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const name = path.relative(root, file).split(path.sep).join('/');
      if (name === 'p2p-core/errors.ts' || name === 'store/locale/en.ts') return undefined;
      const source = fs.readFileSync(file, 'utf8');
      const inlined = source.replace(/\bErrCode\.(\w+)/g, (use, code) =>
        codes.has(code) ? `(${codes.get(code)})` : use,
      );
      return { loader: 'ts', contents: inlined };
    });
  },
});

module.exports = { ENTRIES, bundleScript, namesToShorten, shrinkScript };
