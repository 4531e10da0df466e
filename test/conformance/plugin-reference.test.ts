import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { lintGaps } from './gap-lint';
import { createMiniApp, type AppFiles, type MiniApp } from './mini-app';
import { runOfficialTools } from './official-tools';

const PLUGIN = 'plugin://wechat-p2p-player/p2p-player';
const PLUGINS = { 'wechat-p2p-player': { version: '1.0.2', provider: 'wx9e8fbc98ceac2628' } };
const STEPS = ['packNpm', 'analyse', 'wcc', 'wcsc', 'compile'] as const;

/** An npm component that wraps the plugin's player, and one that takes any player as a generic with that default. */
const appWith = (plugins: object): AppFiles => ({
  'app.json': JSON.stringify({ pages: ['pages/index/index'], ...plugins }),
  'app.js': 'App({});',
  'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { cam: '1.0.0' } }),
  'pages/index/index.json': JSON.stringify({ usingComponents: { 'cam-live': 'cam/live/live' } }),
  'pages/index/index.js': 'Page({});',
  'pages/index/index.wxml': '<cam-live/>',
  'node_modules/cam/package.json': JSON.stringify({
    name: 'cam',
    version: '1.0.0',
    main: 'dist/index.js',
    miniprogram: 'dist',
  }),
  'node_modules/cam/dist/index.js': '',
  'node_modules/cam/dist/live/live.json': JSON.stringify({
    component: true,
    componentGenerics: { player: { default: '../plugin-player/plugin-player' } },
  }),
  'node_modules/cam/dist/live/live.js': 'Component({});',
  'node_modules/cam/dist/live/live.wxml': '<player id="player"/>',
  'node_modules/cam/dist/plugin-player/plugin-player.json': JSON.stringify({
    component: true,
    usingComponents: { 'p2p-player': PLUGIN },
  }),
  'node_modules/cam/dist/plugin-player/plugin-player.js': 'Component({});',
  'node_modules/cam/dist/plugin-player/plugin-player.wxml': '<p2p-player src="x"/>',
});

const apps: MiniApp[] = [];
after(() => apps.forEach((app) => app.remove()));
const create = (plugins: object): MiniApp => {
  const app = createMiniApp(appWith(plugins));
  apps.push(app);
  return app;
};

describe('a plugin:// reference inside an npm component', () => {
  test('passes the official packer and compilers when app.json declares the plugin', async () => {
    const app = create({ plugins: PLUGINS });

    assert.deepEqual(await runOfficialTools(app, STEPS), []);
    assert.deepEqual(lintGaps(app), []);
  });

  test('passes them also when app.json does not declare it, so that only our lint tells', async () => {
    const app = create({});

    assert.deepEqual(await runOfficialTools(app, STEPS), []);
    assert.equal(lintGaps(app).length, 1);
    assert.match(lintGaps(app)[0]!, /plugin "wechat-p2p-player" is used but app.json does not declare it/);
  });
});
