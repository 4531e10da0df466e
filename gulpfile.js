// Builds the npm package: the built tree mirrors the source tree, so that no path is ever rewritten.
const fs = require('node:fs');
const gulp = require('gulp');
const ts = require('gulp-typescript');

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

exports.clean = clean;
exports.default = gulp.series(clean, gulp.parallel(compile, copy));
