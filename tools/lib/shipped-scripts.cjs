// How the scripts that hold many source files are made: the core ships as one script, the stores as one for each feature,
// minified, with their internal property names shortened. A hundred small files weigh half as much again (each pays for its exports and spells
// every imported name out), and cost the host a hundred modules.
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');
const terser = require('terser');
const { toCommonJs } = require('./common-js.cjs');
const { edit } = require('./edit.cjs');
const { createShippedProgram, findInternalNames } = require('./internal-names.cjs');
const { PLACEHOLDER, renamePrivates } = require('./private-names.cjs');

/**
 * What becomes a script each, by the folder they come from. What two scripts of a group need is in a third one that they
 * both require, so an app uploads a feature's script only with the component that uses it (WeChat's tools leave out files
 * that nothing requires).
 */
const GROUPS = [
  { folder: 'p2p-core', entries: ['p2p-core/index', 'p2p-core/swarm/index', 'p2p-core/mjpg/index'] },
  {
    folder: 'store',
    entries: [
      'store/index',
      'store/multi/index',
      'store/swarm/index',
      'store/ptz/index',
      'store/voice/index',
      'store/snapshot/index',
      'store/album/index',
      'store/mjpg/index',
      'store/playback/index',
      'store/download/index',
    ],
  },
];
const ENTRIES = GROUPS.flatMap(({ entries }) => entries);
/** Where names are used without their types being known: templates, the apps that are written like examples. */
const OPEN_DIRS = ['components', 'examples', 'index.ts'];

const SHIPPED = { target: 'es2017', charset: 'utf8', legalComments: 'none' };
const MINIFIED = { ...SHIPPED, minify: true };

/**
 * What may be shortened: `names` of properties everywhere (internal-names.cjs), and `privates` each in its class
 * (private-names.cjs). Takes some seconds: ask once.
 */
function namesToShorten(root) {
  const program = createShippedProgram(root);
  const sourceDirs = GROUPS.map(({ folder }) => folder);
  const publicEntries = ENTRIES.map((entry) => `${entry}.ts`);
  return {
    names: findInternalNames({ program, root, sourceDirs, publicEntries, openDirs: OPEN_DIRS }),
    privates: renamePrivates({ program, root, sourceDirs }),
  };
}

const escapeRegExp = (name) => name.replace(/\$/g, '\\$');

/**
 * Bundles the scripts of a group. Resolves with `{ scripts, names }`: of each script `{ name, code, inputs }`, where
 * `inputs` tells how many bytes each source gave, and the short names (see `namesOf`). Without `shorten` (see `namesToShorten`)
 * the scripts are readable, and not minified.
 */
async function bundleGroup(root, { folder, entries }, shorten) {
  const result = await esbuild.build({
    ...(shorten ? MINIFIED : SHIPPED),
    ...(shorten && {
      mangleProps: new RegExp(`^(?:${[PLACEHOLDER, ...shorten.names.map(escapeRegExp)].join('|')})$`),
      mangleCache: {},
    }),
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `${entry}.ts`),
    outbase: '.',
    outdir: '.',
    chunkNames: `${folder}/shared-[hash]`,
    bundle: true,
    splitting: true,
    // The only format that esbuild splits.
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    plugins: [
      leaveOtherGroups(root, entries),
      ...(shorten ? [shortenTexts(root), rewriteSources(root, shorten.privates)] : []),
    ],
    metafile: true,
    write: false,
  });
  const { outputs } = result.metafile;
  const sourcesOf = (file) => Object.keys(outputs[file].inputs).join();
  /** Numbered by what they hold: esbuild's names change with every byte. */
  const shared = Object.keys(outputs)
    .filter((file) => !entries.includes(file.replace(/\.js$/, '')))
    .sort((a, b) => (sourcesOf(a) < sourcesOf(b) ? -1 : 1));
  const nameOf = (file) =>
    shared.includes(file) ? `${folder}/shared-${shared.indexOf(file) + 1}` : file.replace(/\.js$/, '');
  const scripts = result.outputFiles.map(({ path: file, text }) => {
    const output = path.relative(root, file).split(path.sep).join('/');
    const from = path.posix.dirname(output);
    const required = text
      .replace(new RegExp(`(["'])${OTHER_GROUP}([^"']+)\\1`, 'g'), (_use, quote, entry) =>
        [quote, relativeRequest(from, entry), quote].join(''),
      )
      .replace(/(["'])(\.{1,2}\/[^"']*shared-\w+\.js)\1/g, (_use, quote, request) =>
        [quote, relativeRequest(from, nameOf(path.posix.join(from, request))), quote].join(''),
      );
    const name = nameOf(output);
    const code = toCommonJs(required, { name, isEntry: entries.includes(name) });
    return { name, code, inputs: inputBytes(outputs[output]) };
  });
  return { scripts, names: shorten ? namesOf(folder, result.mangleCache, shorten.privates.members) : {} };
}

/** Short names by `name`, and by `Class.member` where each class has its own. */
const namesOf = (folder, cache, members) =>
  Object.fromEntries([
    ...Object.entries(cache).filter(([name]) => !new RegExp(`^${PLACEHOLDER}$`).test(name)),
    ...members
      .filter(({ source }) => source.startsWith(`${folder}/`))
      .map(({ member, placeholder }) => [member, cache[placeholder]]),
  ]);

const OTHER_GROUP = 'other-group:';
const relativeRequest = (from, to) => {
  const request = path.posix.relative(from, to);
  return request.startsWith('.') ? request : `./${request}`;
};

const inputBytes = ({ inputs }) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { bytesInOutput }]) => [name, bytesInOutput]));

/** What esbuild, which is fast, leaves: some three percent of a bundle, ten of a small script. */
async function shrinkScript(code) {
  const format = { ecma: 2017, comments: false };
  const compress = { ecma: 2017, passes: 3, unsafe_arrows: true };
  return (await terser.minify(code, { ecma: 2017, toplevel: true, compress, format })).code;
}

/** An import of another group's entry stays a `require`: one copy for all. */
const leaveOtherGroups = (root, entries) => ({
  name: 'leave-other-groups',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path: request, resolveDir }) => {
      const target = path.relative(root, path.resolve(resolveDir, request)).split(path.sep).join('/');
      if (entries.includes(target) || !ENTRIES.includes(target)) return undefined;
      return { path: `${OTHER_GROUP}${target}`, external: true };
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

/** Private members with their short names, and error codes as numbers: their names are public, so every use would spell one out. */
const rewriteSources = (root, { editsOf }) => ({
  name: 'rewrite-sources',
  setup(build) {
    const table = fs.readFileSync(path.join(root, 'p2p-core/errors.ts'), 'utf8');
    const codes = new Map(
      [...table.matchAll(/^ {2}(\w+): (-?\d+),$/gm)].map(([, name, code]) => [name, code]),
    );
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const name = path.relative(root, file).split(path.sep).join('/');
      if (name === 'store/locale/en.ts') return undefined;
      const source = edit(fs.readFileSync(file, 'utf8'), editsOf.get(name) ?? []);
      if (name === 'p2p-core/errors.ts') return { loader: 'ts', contents: source };
      const inlined = source.replace(/\bErrCode\.(\w+)/g, (use, code) =>
        codes.has(code) ? `(${codes.get(code)})` : use,
      );
      return { loader: 'ts', contents: inlined };
    });
  },
});

module.exports = { GROUPS, bundleGroup, namesToShorten, shrinkScript };
