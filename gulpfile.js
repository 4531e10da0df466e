// Builds the npm package: the built tree mirrors the source tree, so that no path is ever rewritten. Only what has few
// entries, the core and the stores, becomes a script for each of them (tools/lib/shipped-scripts.cjs).
// usage: npm run build [-- --readable]      names and lines as in the sources, for debugging in an app
const fs = require('node:fs');
const path = require('node:path');
const { Transform } = require('node:stream');
const esbuild = require('esbuild');
const gulp = require('gulp');
const ts = require('gulp-typescript');
const { toCommonJs } = require('./tools/lib/common-js.cjs');
const { reachableScripts } = require('./tools/lib/reachable.cjs');
const { GROUPS, bundleGroup, namesToShorten, shrinkScript } = require('./tools/lib/shipped-scripts.cjs');

const OUT_DIR = 'miniprogram_dist';
const SOURCE_DIRS = ['p2p-core', 'store', 'components'];

/** Gulp runs in the folder of this file. */
const ROOT = process.cwd();
/** Short names by long name, to read an error of the built package with. */
const NAMES_DIR = '.build/names';
/** Says what OUT_DIR was built from (tools/lib/stamp.mjs). */
const STAMP = '.build/stamps/library.sha256';
const isReadable = process.argv.includes('--readable');

async function clean() {
  await fs.promises.rm(STAMP, { force: true });
  await fs.promises.rm(OUT_DIR, { recursive: true, force: true });
}

function compile() {
  // isolatedModules makes gulp-typescript skip the type check, and a type error has to fail the build.
  const project = ts.createProject('tsconfig.json', { isolatedModules: false, module: 'ES2015' });
  return project
    .src()
    .pipe(project())
    .pipe(eachFile(async (text, name) => (name.endsWith('.js') ? asScript(text, name) : text)))
    .pipe(gulp.dest(OUT_DIR));
}

const asScript = (text, name) => toCommonJs(text, { name, isEntry: name === 'index.js' });

/** What the official packer takes as it is. READMEs beside the components stay in the repository. */
function copy() {
  const patterns = SOURCE_DIRS.map((dir) => `${dir}/**/*.{wxml,wxss,json,wxs}`);
  // gulp 5 decodes every file as UTF-8 unless told not to; a copy must not touch bytes.
  return gulp
    .src(patterns, { base: '.', encoding: false })
    .pipe(eachFile(isReadable ? async (text) => text : slimView))
    .pipe(gulp.dest(OUT_DIR));
}

/** Layout and comments of a view are for its authors: a sixth of it. WXML keeps its lines, since text may stand between them. */
async function slimView(text, name) {
  switch (path.extname(name)) {
    case '.wxss': {
      const { code } = await esbuild.transform(text, {
        loader: 'css',
        minifyWhitespace: true,
        charset: 'utf8',
      });
      // CSS needs no space there, but what looks for imports in WXSS does.
      return code.replace(/@import"/g, '@import "');
    }
    case '.wxml':
      return text.replace(/<!--[^]*?-->/g, '').replace(/^[ \t]+/gm, '');
    case '.json':
      return JSON.stringify(JSON.parse(text));
    default:
      return text;
  }
}

/** A stream that replaces the text of every file by what `change(text, name)` resolves with. */
const eachFile = (change) =>
  new Transform({
    objectMode: true,
    transform(file, _encoding, done) {
      change(file.contents.toString(), file.relative).then((text) => {
        file.contents = Buffer.from(text);
        done(null, file);
      }, done);
    },
  });

/** Scripts that no mini program can reach are not shipped; their declarations stay, since shipped ones refer to them. */
async function prune() {
  const dist = path.resolve(OUT_DIR);
  const reached = reachableScripts(dist);
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const file = path.join(dist, name);
    if (file.endsWith('.js') && !reached.has(file)) await fs.promises.rm(file);
  }
}

/** Core and stores become few scripts; their declarations keep their tree. */
async function bundle() {
  const shorten = isReadable ? undefined : namesToShorten(ROOT);
  for (const group of GROUPS) {
    const { scripts, names } = await bundleGroup(ROOT, group, shorten);
    const folder = path.join(OUT_DIR, group.folder);
    for (const name of fs.readdirSync(folder, { recursive: true })) {
      if (name.endsWith('.js')) await fs.promises.rm(path.join(folder, name));
    }
    for (const { name, code } of scripts) {
      const shipped = isReadable ? code : await shrinkScript(code);
      await fs.promises.writeFile(path.join(OUT_DIR, `${name}.js`), shipped);
    }
    await fs.promises.mkdir(NAMES_DIR, { recursive: true });
    const table = JSON.stringify(names, null, 2);
    await fs.promises.writeFile(path.join(NAMES_DIR, `${group.folder}.json`), `${table}\n`);
  }
}

/** Apps have 2 MB for a (sub)package, and many forget to let the upload compress code. */
function minify() {
  const bundled = GROUPS.map(({ folder }) => `!${OUT_DIR}/${folder}/**`);
  return gulp
    .src([`${OUT_DIR}/**/*.js`, ...bundled])
    .pipe(eachFile(shrinkScript))
    .pipe(gulp.dest(OUT_DIR));
}

exports.clean = clean;
exports.default = gulp.series(
  clean,
  gulp.parallel(compile, copy),
  prune,
  bundle,
  ...(isReadable ? [] : [minify]),
);
