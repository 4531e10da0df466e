import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { readProperties } from '../../devkit/preview/component-properties';
import { FAULTS } from '../../devkit/preview/faults/registry';
import { controlsOf } from '../../devkit/preview/frame/knob-panel';
import { pagesOf } from '../../devkit/preview/project';
import type { AppJson } from '../../devkit/preview/project';
import type { Story } from '../../devkit/preview/stories';
import { readSource } from '../../devkit/preview/story-source';

const project = path.resolve('examples');
const stories = createRequire(import.meta.url)(path.join(project, 'stories.js')) as Story[];
const appJson = JSON.parse(fs.readFileSync(path.join(project, 'app.json'), 'utf8')) as AppJson;

describe('the registry of stories', () => {
  test('names each story once, with a page of the mini program, and faults that there are', () => {
    const ids = stories.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const pages = pagesOf(appJson).map((page) => `/${page}`);
    for (const { id, page, faults = [], title, about } of stories) {
      assert.ok(pages.includes(page), `${id}: ${page}`);
      for (const fault of faults)
        assert.ok(
          FAULTS.some((each) => each.id === fault),
          `${id}: ${fault}`,
        );
      for (const language of ['zh', 'en'] as const) assert.ok(title[language] && about[language], id);
    }
    const shown = new Set(stories.map(({ page }) => page));
    assert.deepEqual(
      pages.filter((page) => !shown.has(page)),
      [],
      'a page without a story',
    );
  });

  test('has a story for every component', () => {
    const components = fs
      .readdirSync('components')
      .filter((name) => name.startsWith('iot-p2p-') && fs.existsSync(`components/${name}/${name}.json`));
    const shown = new Set(stories.flatMap(({ component }) => component ?? []));
    // Parts of a component are shown with it.
    for (const name of [...shown]) {
      const { usingComponents } = JSON.parse(
        fs.readFileSync(`components/${name}/${name}.json`, 'utf8'),
      ) as Required<Pick<AppJson, 'usingComponents'>>;
      for (const part of Object.values(usingComponents)) shown.add(path.basename(part));
    }
    assert.deepEqual(
      components.filter((name) => !shown.has(name)),
      [],
    );
  });

  test('shows the files of a page, coloured, and nothing from outside of the project', () => {
    const [story] = stories;
    const files = readSource(project, story!);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['live.wxml', 'live.js', 'live.json', 'live.wxss'],
    );
    assert.match(files[0]!.html, /<i class="keyword">&#60;iot-p2p-player-ipc<\/i>/);
    assert.deepEqual(
      readSource(project, { ...story!, page: '/../test/e2e/fixtures/feeder/pages/feed/feed' }),
      [],
    );
  });
});

describe('the knobs of a story', () => {
  /** A built component, as the package has it. */
  function packageOf(script: string, types: string): string {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'props-'));
    const component = path.join(folder, 'components', 'some-player');
    fs.mkdirSync(component, { recursive: true });
    fs.writeFileSync(path.join(component, 'props.js'), script);
    fs.writeFileSync(path.join(component, 'props.d.ts'), types);
    return folder;
  }

  test('are the properties of its component, with their defaults, their words and their choices', () => {
    const folder = packageOf(
      `exports.SOME_PROPS = {
        xp2pInfo: { type: String, value: '' },
        muted: { type: Boolean, value: false },
        objectFit: { type: String, value: 'contain' },
        theme: { type: String, value: '' },
        maxFps: { type: Number, value: 25 },
        texts: { type: Object, value: {} },
        checkFunctions: { type: Object, value: {} },
      };`,
      `export declare const SOME_PROPS: {
        /** Start silent. */
        muted: { type: BooleanConstructor; };
        /** 'contain' | 'fillCrop' */
        objectFit: { type: StringConstructor; };
        /** 'light' | 'dark'; '' follows
         * the phone. */
        theme: { type: StringConstructor; };
      };`,
    );
    assert.deepEqual(readProperties(folder, 'some-player'), [
      { name: 'muted', kind: 'boolean', about: 'Start silent.', value: 'false' },
      {
        ...{ name: 'objectFit', kind: 'text', about: "'contain' | 'fillCrop'", value: 'contain' },
        choices: ['contain', 'fillCrop'],
      },
      {
        ...{ name: 'theme', kind: 'text', about: "'light' | 'dark'; '' follows the phone.", value: '' },
        choices: ['', 'light', 'dark'],
      },
      { name: 'maxFps', kind: 'number', about: '', value: '25' },
      { name: 'texts', kind: 'json', about: '', value: '{}' },
    ]);
    assert.deepEqual(readProperties(folder, 'none'), []);
    fs.rmSync(folder, { recursive: true });
  });

  test('begin with those that the story names, in its words, and have each name once', () => {
    const muted = { name: 'muted', kind: 'boolean', about: 'Start silent.', value: 'false' } as const;
    const fit = { name: 'fit', kind: 'text', about: '', value: 'a', choices: ['a', 'b'] } as const;
    const properties = [muted, { ...fit, choices: [...fit.choices] }];
    const controls = controlsOf(properties, [
      { name: 'rows', value: '3' },
      { name: 'muted', value: 'true' },
    ]);
    assert.deepEqual(
      controls.map(({ name, kind, value, choices }) => [name, kind, value, choices]),
      [
        ['rows', 'text', '3', []],
        ['muted', 'boolean', 'true', []],
        ['fit', 'text', 'a', ['a', 'b']],
      ],
    );
  });
});
