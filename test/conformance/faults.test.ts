import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { lintGaps } from './gap-lint';
import { createMiniApp, type AppFiles, type MiniApp } from './mini-app';
import { runOfficialTools, type Problem } from './official-tools';

/** A page that uses one component of one npm package: the smallest app in which each fault can happen. */
const SMALL_APP: AppFiles = {
  'app.json': JSON.stringify({ pages: ['pages/index/index'] }),
  'app.js': 'App({});',
  'package.json': JSON.stringify({ name: 'small', version: '1.0.0', dependencies: { cam: '1.0.0' } }),
  'pages/index/index.json': JSON.stringify({ usingComponents: { 'cam-view': 'cam/view/view' } }),
  'pages/index/index.js': "const { label } = require('cam'); Page({ data: { label } });",
  'pages/index/index.wxml': '<cam-view wx:if="{{label}}" label="{{label}}"/>',
  'pages/index/index.wxss': '.page { width: 750rpx; }',
  'node_modules/cam/package.json': JSON.stringify({
    name: 'cam',
    version: '1.0.0',
    main: 'dist/index.js',
    miniprogram: 'dist',
  }),
  'node_modules/cam/dist/index.js': "exports.label = 'live';",
  'node_modules/cam/dist/view/view.json': JSON.stringify({ component: true }),
  'node_modules/cam/dist/view/view.js': 'Component({ properties: { label: String } });',
  'node_modules/cam/dist/view/view.wxml': '<view class="box">{{label}}<slot/></view>',
  'node_modules/cam/dist/view/view.wxss': '.box { color: #fff; }',
};

const apps: MiniApp[] = [];
after(() => apps.forEach((app) => app.remove()));

async function checkSmallApp(changes: AppFiles): Promise<Problem[]> {
  const app = createMiniApp({ ...SMALL_APP, ...changes });
  apps.push(app);
  return [...(await runOfficialTools(app, ['packNpm', 'analyse', 'wcc', 'wcsc'])), ...lintGaps(app)];
}

const FAULTS: Record<string, [changes: AppFiles, expected: RegExp]> = {
  'a tag that is not closed': [{ 'pages/index/index.wxml': '<view><cam-view></view>' }, /^\[wcc\]/],
  'optional chaining in WXML': [
    { 'node_modules/cam/dist/view/view.wxml': '<view>{{label?.length}}</view>' },
    /^\[wcc\]/,
  ],
  'a broken style sheet': [{ 'pages/index/index.wxss': '.page { width: 1px' }, /^\[wcsc\]/],
  'a component that is not there': [
    { 'pages/index/index.json': JSON.stringify({ usingComponents: { 'cam-view': 'cam/vue/vue' } }) },
    /^\[(analyse|lint)\].*cam\/vue\/vue/,
  ],
  'a module that is not there': [
    { 'pages/index/index.js': "require('./gone'); Page({});" },
    /^\[analyse\].*gone/,
  ],
  'a package folder that was not built': [
    {
      'node_modules/cam/package.json': JSON.stringify({
        name: 'cam',
        version: '1.0.0',
        main: 'dist/index.js',
        miniprogram: 'built',
      }),
    },
    /^\[packNpm\].*"built" is missing/,
  ],
  'a component without "component": true': [
    { 'node_modules/cam/dist/view/view.json': '{}' },
    /^\[lint\].*"component": true is missing/,
  ],
  'an unknown wx: attribute': [
    { 'pages/index/index.wxml': '<cam-view wx:show="{{label}}"/>' },
    /^\[lint\].*unknown attribute wx:show/,
  ],
  'syntax newer than ES2017': [
    { 'node_modules/cam/dist/index.js': "exports.label = { ...{ a: 1 } }?.a ?? 'live';" },
    /^\[lint\].*not ES2017/,
  ],
  'a require with a variable': [
    { 'node_modules/cam/dist/view/view.js': "const name = './view'; require(name); Component({});" },
    /^\[lint\].*require needs a literal path/,
  ],
  'a plugin that app.json does not declare': [
    {
      'pages/index/index.json': JSON.stringify({
        usingComponents: { 'cam-view': 'cam/view/view', player: 'plugin://wechat-p2p-player/p2p-player' },
      }),
    },
    /^\[lint\].*plugin "wechat-p2p-player" is used but app.json does not declare it/,
  ],
  'an unknown key in a page’s JSON': [
    {
      'pages/index/index.json': JSON.stringify({
        usingComponents: { 'cam-view': 'cam/view/view' },
        navigationTitle: 'x',
      }),
    },
    /^\[lint\].*unknown key "navigationTitle"/,
  ],
};

describe('the conformance check', () => {
  test('finds nothing wrong with a sound app, and the official compiler takes it', async () => {
    assert.deepEqual(await checkSmallApp({}), []);
    assert.deepEqual(await runOfficialTools(apps.at(-1)!, ['compile']), []);
  });

  for (const [what, [changes, expected]] of Object.entries(FAULTS)) {
    test(`finds ${what}`, async () => {
      const problems = await checkSmallApp(changes);

      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `found: ${problems.join('\n') || 'nothing'}`,
      );
    });
  }
});
