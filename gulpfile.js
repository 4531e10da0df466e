// Builds the npm package: the built tree mirrors the source tree, so that no path is ever rewritten. Only the core, which
// has one entry, becomes one script; its declarations keep their tree.
const fs = require('node:fs');
const path = require('node:path');
const { Transform } = require('node:stream');
const esbuild = require('esbuild');
const gulp = require('gulp');
const ts = require('gulp-typescript');
const { reachableScripts } = require('./tools/lib/reachable.cjs');

const OUT_DIR = 'miniprogram_dist';
const SOURCE_DIRS = ['p2p-core', 'store', 'components'];

const clean = () => fs.promises.rm(OUT_DIR, { recursive: true, force: true });

function compile() {
  // isolatedModules makes gulp-typescript skip the type check, and a type error has to fail the build.
  const project = ts.createProject('tsconfig.json', { isolatedModules: false });
  return project.src().pipe(project()).pipe(gulp.dest(OUT_DIR));
}

/** What the official packer takes as it is. READMEs beside the components stay in the repository. */
function copy() {
  const patterns = SOURCE_DIRS.map((dir) => `${dir}/**/*.{wxml,wxss,json,wxs}`);
  // gulp 5 decodes every file as UTF-8 unless told not to; a copy must not touch bytes.
  return gulp.src(patterns, { base: '.', encoding: false }).pipe(gulp.dest(OUT_DIR));
}

/** Scripts that no mini program can reach are not shipped; their declarations stay, since shipped ones refer to them. */
async function prune() {
  const dist = path.resolve(OUT_DIR);
  const reached = reachableScripts(dist);
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const file = path.join(dist, name);
    if (file.endsWith('.js') && !reached.has(file)) await fs.promises.rm(file);
  }
}

const MINIFY = { minify: true, target: 'es2017', charset: 'utf8', legalComments: 'none' };

/**
 * The core has one entry and about a hundred small files. As one script it weighs a third less (each file of its own pays
 * for its exports and spells every imported name out) and costs the host one module instead of a hundred.
 */
async function bundleCore() {
  const core = path.join(OUT_DIR, 'p2p-core');
  const { outputFiles } = await esbuild.build({
    ...MINIFY,
    entryPoints: ['p2p-core/index.ts'],
    bundle: true,
    format: 'cjs',
    platform: 'neutral',
    write: false,
  });
  for (const name of fs.readdirSync(core, { recursive: true })) {
    if (name.endsWith('.js')) await fs.promises.rm(path.join(core, name));
  }
  await fs.promises.writeFile(path.join(core, 'index.js'), outputFiles[0].contents);
}

/** Apps have 2 MB for a (sub)package, and many forget to let the upload compress code. */
function minify() {
  const each = new Transform({
    objectMode: true,
    transform(file, _encoding, done) {
      esbuild.transform(file.contents.toString(), MINIFY).then(({ code }) => {
        file.contents = Buffer.from(code);
        done(null, file);
      }, done);
    },
  });
  return gulp
    .src([`${OUT_DIR}/**/*.js`, `!${OUT_DIR}/p2p-core/**`])
    .pipe(each)
    .pipe(gulp.dest(OUT_DIR));
}

exports.clean = clean;
exports.default = gulp.series(clean, gulp.parallel(compile, copy), prune, gulp.parallel(bundleCore, minify));
