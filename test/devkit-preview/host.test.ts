import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, describe, test } from 'node:test';
import type { Caller } from '../../devkit/preview/runtime/types';
import { click, createTestHost, press, release, tick, type TestHost } from '../support/component-host';

const root = path.resolve('test/devkit-preview/fixtures/app');
const PANEL = 'components/panel/panel';
const greeter = {
  components: {
    'greet-box': {
      wxml: '<view class="greeting">hello {{name}} <slot/></view>',
      properties: { name: String },
      export: () => ({ isFromPlugin: true }),
    },
  },
  exports: { hello: (who: string) => `hello ${who}` },
};

let testHost: TestHost | undefined;
afterEach(() => {
  testHost?.dispose();
  testHost = undefined;
});

function start(components: string[] = [], wx: Record<string, unknown> = {}): TestHost {
  testHost = createTestHost({ root, components, plugins: { greeter }, wx });
  return testHost;
}

describe('a component in the preview host', () => {
  test('renders its template, wxs modules, lists and slots', () => {
    const panel = start([PANEL]).render(PANEL, { count: 7 });

    assert.match(panel.text(), /07/);
    assert.deepEqual(
      panel.findAll('.row').map((row) => row.element.textContent),
      ['0:a', '1:b'],
    );
    assert.match(panel.text(), /Lslotted/);
  });

  test('fires ready after attached, deepest component first', async () => {
    const host = start([PANEL]);
    const log = host.require<string[]>('shared/log.js');

    host.render(PANEL);
    assert.ok(!log.includes('panel ready'), 'ready waits for the update to end');
    await tick();

    assert.deepEqual(log, ['panel attached', 'leaf attached', 'leaf ready', 'panel ready']);
  });

  test('gets one tap per click, also when hosts came before it', () => {
    start([PANEL]).dispose();
    const panel = start([PANEL]).render(PANEL);
    const counted = panel.record('counted');

    click(panel.find('.box')!);

    assert.deepEqual(counted, [{ count: 1 }]);
  });

  test('sees a mouse as one finger: touchstart, longpress, touches', async () => {
    const panel = start([PANEL]).render(PANEL);
    const box = panel.find('.box')!;

    press(box);
    await tick(400);
    release(box);

    const seen = panel.instance['seen'] as { type: string; touches: number }[];
    assert.deepEqual(seen.slice(0, 2), [
      { type: 'touchstart', touches: 1 },
      { type: 'longpress', touches: 1 },
    ]);
  });

  test('gets events that can be printed as JSON', () => {
    const panel = start([PANEL]).render(PANEL);

    press(panel.find('.box')!);

    const printed = JSON.parse(JSON.stringify(panel.instance['lastEvent'])) as { type: string };
    assert.equal(printed.type, 'touchstart');
    release(panel.find('.box')!);
  });

  test('reads dataset of a row and listens to events of a child that got functions', () => {
    const panel = start([PANEL]).render(PANEL, { config: { double: (n: number) => n * 2 } });

    click(panel.findAll('.row')[1]!);
    click(panel.find('#leaf')!.find('.leaf')!);

    assert.equal(panel.instance['row'], 'b');
    assert.deepEqual(panel.instance['picked'], { by: 'L', doubled: 8 });
  });

  test('uses wx-* elements instead of the browser tags of the same name', () => {
    const panel = start([PANEL]).render(PANEL);

    assert.equal(panel.find('.more')!.element.tagName, 'WX-BUTTON');
    assert.equal(panel.find('.photo')!.element.tagName, 'WX-IMAGE');
    assert.equal(panel.find('.name')!.element.querySelector('input')!.tagName, 'INPUT');
  });

  test('hears bindinput with detail.value and not the DOM event of the inner element', () => {
    const panel = start([PANEL]).render(PANEL);
    const field = panel.find('.name')!.element.querySelector('input')!;

    field.value = 'door';
    field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));

    assert.equal(panel.instance.data['name'], 'door');
  });

  test('hears a slider change with its number', () => {
    const panel = start([PANEL]).render(PANEL);
    const range = panel.find('.volume')!.element.querySelector('input')!;

    range.value = '73';
    range.dispatchEvent(new Event('change', { bubbles: true }));

    assert.equal(panel.instance.data['volume'], 73);
  });

  test('writes rpx in styles as a share of the phone width', () => {
    const panel = start([PANEL]).render(PANEL);

    assert.match(
      panel.find('.box')!.element.getAttribute('style') ?? '',
      /width: ?calc\(100 \* var\(--rpx\)\)/,
    );
    const sheet = [...document.querySelectorAll('style')].find((s) => s.textContent?.includes('panel--box'));
    assert.match(sheet?.textContent ?? '', /\.panel--box \{\s+width: calc\(200 \* var\(--rpx\)\)/);
    assert.match(sheet?.textContent ?? '', /\[wx-host="panel"\] \{\s+display: block/);
    assert.match(sheet?.textContent ?? '', /wx-view\.panel--row > wx-text/);
    assert.match(sheet?.textContent ?? '', /max-width: 375px/);
    assert.match(sheet?.textContent ?? '', /@container style\(--phone-theme: dark\)/);
    assert.match(sheet?.textContent ?? '', /wx-page \{\s+--ink/);
  });

  test('hides by the hidden attribute', async () => {
    const panel = start([PANEL]).render(PANEL);
    assert.equal(panel.find('.fades')!.element.style.display, '');

    await panel.setProperties({ count: 3 });

    assert.equal(panel.find('.fades')!.element.style.display, 'none');
  });

  test('has block layout for view before any page styles it', () => {
    const panel = start([PANEL]).render(PANEL);

    assert.equal(window.getComputedStyle(panel.find('.box')!.element).display, 'block');
  });

  test('may ask for shared style in its JavaScript', () => {
    const note = start(['components/shared-note/shared-note']).render('components/shared-note/shared-note');

    assert.equal(note.find('.note')!.element.className, 'app-wide note');
  });

  test('runs handlers that createStoreBindings put on the instance, and default generics', async () => {
    const counter = start(['components/store-counter/store-counter']).render(
      'components/store-counter/store-counter',
    );
    await tick();
    assert.equal(counter.find('.value')!.element.textContent, '1');

    click(counter.find('.value')!);
    await tick();

    assert.equal(counter.find('.value')!.element.textContent, '2');
    assert.match(counter.text(), /G/);
  });

  test('leaves the document and is detached once, children included', () => {
    const host = start([PANEL]);
    const panel = host.render(PANEL);
    const log = host.require<string[]>('shared/log.js');

    panel.detach();
    panel.detach();

    assert.deepEqual(log.filter((line) => line.endsWith('detached')).sort(), [
      'leaf detached',
      'panel detached',
    ]);
    assert.equal(document.body.textContent, '');
  });
});

describe('pages in the preview host', () => {
  test('open with query, app, plugin and global components in place', async () => {
    const host = start();
    host.host.launch(document.body, () => host.require('app.js'));

    host.host.router.open('/pages/first/first?id=7');
    await tick(5);

    assert.match(document.body.textContent ?? '', /hello camera inside/);
    assert.match(document.body.textContent ?? '', /badge/);
    assert.match(document.body.textContent ?? '', /since 2026/);
    const log = host.require<string[]>('shared/log.js');
    assert.deepEqual(
      log.filter((line) => line.startsWith('first')),
      ['first load 7 hello page', 'first show', 'first ready'],
    );
    const scope = globalThis as unknown as { getApp(): { globalData: { launched: number } } };
    assert.equal(scope.getApp().globalData.launched, 1);
  });

  test('see exports by selectComponent, plugin exports included, and null for what is missing', () => {
    const host = start();
    const page = host.host.router.open('/pages/first/first?id=1').instance;

    assert.equal((page.selectComponent('#panel') as { isExport: boolean }).isExport, true);
    assert.deepEqual(page.selectComponent('#box'), { isFromPlugin: true });
    assert.equal(page.selectComponent('#nothing'), null);
  });

  test('hide and show with their components when another page comes and goes', async () => {
    const host = start();
    host.host.router.open('/pages/first/first?id=1');
    await tick(5);
    const log = host.require<string[]>('shared/log.js');
    log.length = 0;
    const wx = host.wx as { navigateTo(o: object): void; navigateBack(): void };

    wx.navigateTo({ url: '../second/second?from=first' });
    assert.equal((globalThis as unknown as { getCurrentPages(): Caller[] }).getCurrentPages().length, 2);
    assert.match(host.host.router.top()!.element.textContent ?? '', /second of first/);
    wx.navigateBack();

    assert.deepEqual(log, [
      'first hide',
      'panel page hide',
      'leaf page hide',
      'first show',
      'panel page show',
    ]);
  });

  test('keep the stack when the target does not exist', () => {
    const host = start();
    host.host.router.open('/pages/first/first?id=1');
    let failure = '';

    (host.wx as { reLaunch(o: object): void }).reLaunch({
      url: '/pages/none/none',
      fail: (result: { errMsg: string }) => (failure = result.errMsg),
    });

    assert.match(failure, /reLaunch:fail page "pages\/none\/none" is not found/);
    assert.equal(host.host.router.stack.length, 1);
  });

  test('unload everything at dispose and give the globals back', () => {
    const host = start();
    host.host.router.open('/pages/first/first?id=1');
    const log = host.require<string[]>('shared/log.js');

    host.dispose();

    assert.ok(log.includes('first unload') && log.includes('leaf detached'));
    assert.equal((globalThis as { getApp?: unknown }).getApp, undefined);
    assert.equal((globalThis as { Component?: unknown }).Component, undefined);
  });
});
