// Runs WeChat's packer and compilers over a mini program and prints what they find, as JSON on the last line.
// usage: node test/conformance/official-tools.mjs <project folder> <step>...
// A program of its own, because miniprogram-ci leaves watchers and processes behind that only an exit ends.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const ci = require('miniprogram-ci');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What WeChat would answer about the app. Only the shape and the limits matter. */
const APP_ATTRIBUTES = {
  platform: 0,
  appType: 0,
  isSandbox: false,
  released: true,
  setting: {
    MaxCodeSize: 2048,
    MaxSubpackageSubCodeSize: 2048,
    MaxSubpackageFullCodeSize: 20480,
    NavigateMiniprogramLimit: 10,
    MaxSubPackageLimit: 100,
    MinTabbarCount: 2,
    MaxTabbarCount: 5,
    MaxTabbarIconSize: 40,
  },
};

const [projectPath, ...steps] = process.argv.slice(2);
const config = JSON.parse(fs.readFileSync(path.join(projectPath, 'project.config.json'), 'utf8'));
const appDir = path.join(projectPath, config.miniprogramRoot);
/** Where packages go instead of the folder of app.json, when the project says so: into a sub-package. */
const [relation] = config.setting.packNpmManually ? config.setting.packNpmRelationList : [];
const npmDir = path.join(appDir, relation?.miniprogramNpmDistDir ?? '', 'miniprogram_npm');

// A key and the app's attributes are needed for an upload only; a stand-in for both keeps everything offline.
const project = new ci.Project({
  appid: config.appid,
  type: 'miniProgram',
  projectPath,
  privateKey: 'not used offline',
  ignores: ['**/node_modules/**/*'],
  attr: async () => APP_ATTRIBUTES,
});

const STEPS = {
  /** 构建 npm: node_modules → miniprogram_npm. */
  async packNpm() {
    const warnings = relation ? await packInto(relation) : await ci.packNpm(project, {});
    return [...warnings.map((warning) => warning.msg ?? warning.tips), ...lostByPackNpm()];
  },

  /** Which file needs which: what cannot be found. */
  async analyse() {
    project.updateFileAndDirs();
    const { modules } = await ci.analyseCode(project);
    return modules.flatMap((module) =>
      (module.deps ?? [])
        .filter((dependency) => dependency.error)
        .map(({ type, request }) => `${module.path}: cannot resolve ${type} "${request}"`),
    );
  },

  /** The compile that an upload does. */
  async compile() {
    project.updateFileAndDirs();
    const setting = { es6: true, minifyWXML: true, minifyWXSS: true };
    const compiled = await ci.getCompiledResult({ project, setting });
    return Object.keys(compiled).length > 0 ? [] : ['no output'];
  },

  /** The WXML compiler of the running client. */
  async wcc() {
    const js = require('miniprogram-compiler').wxmlToJs(appDir, { maxBuffer: MAX_OUTPUT_BYTES });
    return js.includes('$gwx') ? [] : ['no output'];
  },

  /** The WXSS compiler of the running client; it answers an Error instead of throwing it. */
  async wcsc() {
    const files = listFiles(appDir, '.wxss').map((file) => file.slice(0, -'.wxss'.length));
    const compile = require('miniprogram-compiler/src/wcsc');
    const result = compile(appDir, files, { maxBuffer: MAX_OUTPUT_BYTES });
    return result instanceof Error ? [result.message] : [];
  },
};

async function packInto({ packageJsonPath, miniprogramNpmDistDir }) {
  const { warnList } = await ci.packNpmManually({
    packageJsonPath: path.join(appDir, packageJsonPath),
    miniprogramNpmDistDir: path.join(appDir, miniprogramNpmDistDir),
  });
  return warnList;
}

/** A package whose `miniprogram` folder is missing is bundled from `main` without a word, and its components are lost. */
function lostByPackNpm() {
  const problems = [];
  for (const manifest of listManifests(path.join(appDir, 'node_modules'))) {
    const { name, miniprogram } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    if (!miniprogram) continue;
    const source = path.join(path.dirname(manifest), miniprogram);
    const files = ['.js', '.json', '.wxml', '.wxss'].flatMap((extension) =>
      fs.existsSync(source) ? listFiles(source, extension) : [],
    );
    if (files.length === 0) problems.push(`${name}: its folder "${miniprogram}" is missing or empty`);
    for (const file of files) {
      if (fs.existsSync(path.join(npmDir, name, file))) continue;
      problems.push(`${name}: ${file} did not reach miniprogram_npm`);
    }
  }
  return problems;
}

const listManifests = (nodeModules) =>
  fs
    .readdirSync(nodeModules)
    .map((name) => path.join(nodeModules, name, 'package.json'))
    .filter((manifest) => fs.existsSync(manifest));

function listFiles(dir, extension) {
  return fs
    .readdirSync(dir, { recursive: true })
    .filter((name) => name.endsWith(extension) && !name.split(path.sep).includes('node_modules'));
}

const describeError = (error) =>
  error.path ? `${error.path}: ${error.message}` : String(error.message ?? error);

const problems = [];
for (const step of steps) {
  const found = await STEPS[step]().catch((error) => [describeError(error)]);
  problems.push(...found.map((text) => `[${step}] ${text.replace(/\s+/g, ' ').slice(0, 300)}`));
}
// Written at once and synchronously: the exit that follows drops what a pipe still holds back.
fs.writeSync(1, `\n${JSON.stringify(problems)}\n`);
process.exit(0);
