import assert from 'node:assert/strict';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { CommandResult } from '../../p2p-core/index';
import type { FeatureModule } from '../store/support/feature-module';
import { press, release, tick } from '../support/component-host';
import type { TestComponent, TestHost, TestNode } from '../support/component-host';
import { createFeatureHost } from './support/feature-host';
import { CAMERA, IPC, found, nativePlayer } from './support/player-host';

interface Answers {
  success?: (result: object) => void;
  fail?: (result: object) => void;
  filePath: string;
  data: ArrayBuffer;
  length: number;
  position: number;
}

const PICTURE = fs.readFileSync('devkit/fixtures/standard.flv');

let host: TestHost;
let module: FeatureModule;
let album: string[];
let files: Map<string, number>;
let isAllowed: boolean;

beforeEach(() => {
  album = [];
  files = new Map();
  isAllowed = true;
  let openPath = '';
  const save =
    (media: string) =>
    ({ filePath, success }: Answers) => {
      album.push(`${media} ${filePath}`);
      success!({});
    };
  ({ host, module } = createFeatureHost(
    [IPC],
    {
      getRecorderManager: () => ({ onFrameRecorded: () => {} }),
      getSetting: ({ success }: Answers) =>
        success!({ authSetting: { 'scope.record': true, 'scope.writePhotosAlbum': isAllowed } }),
      openSetting: ({ success }: Answers) => {
        isAllowed = true;
        success!({ authSetting: { 'scope.writePhotosAlbum': true } });
      },
      saveImageToPhotosAlbum: save('image'),
      saveVideoToPhotosAlbum: save('video'),
      getFileSystemManager: () => ({
        open({ filePath, success }: Answers) {
          openPath = filePath;
          files.set(filePath, 0);
          success!({ fd: '1' });
        },
        write({ length, position, success }: Answers) {
          files.set(openPath, Math.max(files.get(openPath)!, position + length));
          success!({ bytesWritten: length });
        },
        close: ({ complete }: { complete(): void }) => complete(),
        unlink: ({ filePath }: Answers) => files.delete(filePath),
      }),
    },
    {
      'wechat-p2p-player': {
        components: { 'p2p-player': { wxml: '<slot/>' }, 'p2p-pusher': { wxml: '' } },
      },
    },
  ));
});
afterEach(() => host.dispose());

async function page(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const component = host.render(IPC, { ...CAMERA, ...properties });
  await tick(5);
  return component;
}

/** A picture is on the screen, fed with a real stream. */
async function play(component: TestComponent): Promise<void> {
  const common: TestNode = found(component, '.picture');
  const call = ({ success }: Answers) => success?.({ tempImagePath: 'wxfile://tmp.jpg' });
  nativePlayer(common).trigger('playerReady', {
    playerExport: { addChunk: () => {} },
    livePlayerContext: { play: call, stop: call, snapshot: call },
  });
  await tick(5);
  nativePlayer(common).trigger('playerStartPull', {});
  await tick(5);
  module.notify('cam', 'parsed', { status: 200 });
  feed();
  nativePlayer(common).trigger('statechange', { code: 2003, message: '' });
  await tick(5);
}

/** The first or the second half of a stream, cut anywhere. */
function feed(from = 0, to = PICTURE.length >> 1): void {
  module.streams.get('cam')!(new Uint8Array(PICTURE.subarray(from, to)).buffer);
}
const feedOn = (): void => feed(PICTURE.length >> 1, PICTURE.length);

describe('the page of a camera', () => {
  test('has no sections unless they are asked for', async () => {
    const component = await page();
    assert.equal(component.find('.sections'), null);
    assert.equal(component.find('.record'), null);
  });

  test('holds the sections in the order of the property, on the player’s own link', async () => {
    const component = await page({ sections: ['ptz', 'talk'], talkOptions: { trigger: 'toggle' } });
    const sections = component.findAll('.section');
    assert.equal(sections.length, 2);
    assert.equal(module.count('startP2PService'), 1);
    const answers = component.record('ptzAnswer');
    press(found(found(component, '.ptz'), '.left'));
    await tick(10);
    release(found(found(component, '.ptz'), '.left'));
    assert.equal(answers.length, 1);
    const states = component.record('voiceStateChange');
    found(found(component, '.talk'), '.button').trigger('tap');
    await tick(10);
    assert.deepEqual(states.at(-1), { voiceState: 'talking', isInterrupted: false });
    component.detach();
    await tick(5);
    assert.equal(module.services.size, 0);
  });

  test('talks and turns the channel that the url names', async () => {
    const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';
    const component = await page({ sections: ['ptz', 'talk'], flvUrl: `${url}2` });
    assert.equal(found(component, '.ptz').data['channel'], 2);
    assert.equal(found(component, '.talk').data['channel'], 2);
  });

  test('asks a recorder for its channels, and talks, turns and commands the one that is chosen', async () => {
    const list = [0, 1].map((channel) => ({
      DeviceName: `Door ${channel}`,
      Channel: `${channel}`,
      Online: `${channel}`,
    }));
    const answer = (): CommandResult => ({
      type: 'success',
      status: 200,
      data: JSON.stringify(list),
      errcode: 0,
      errmsg: '',
    });
    module.answerWith = answer;
    const component = await page({ sections: ['ptz', 'talk'], channels: 'auto' });
    assert.equal(found(component, '.channel').element.textContent, 'Door 0');
    found(component, '.channel').trigger('tap');
    await tick(5);
    assert.match(component.findAll('.menu-item')[0]!.element.textContent ?? '', /offline/);
    component.findAll('.menu-item')[1]!.trigger('tap');
    await tick(5);
    assert.equal(found(component, '.ptz').data['channel'], 1);
    assert.equal(found(component, '.talk').data['channel'], 1);
    assert.equal(module.count('startP2PService'), 1);
    module.answerWith = null;
    const asked = module.commands.length;
    await component.setProperties({ channels: 'auto', texts: { 'action.play': 'Go' } });
    assert.equal(module.commands.length, asked, 'the same camera is asked once');
    assert.notEqual(component.find('.channel'), null);
    await component.setProperties({ channels: [] });
    assert.equal(component.find('.channel'), null);
    module.answerWith = answer;
    await component.setProperties({ channels: 'auto' });
    await tick(5);
    assert.notEqual(component.find('.channel'), null, 'the link was up before the app wanted to know');
  });

  test('a camera that is no recorder has no picker', async () => {
    const component = await page({ channels: 'auto' });
    assert.equal(component.find('.channel'), null);
  });

  test('gives typed commands on the link of the player', async () => {
    const component = await page();
    const { commands } = component.instance as unknown as { commands(channel: number): never };
    const device = (commands as (channel: number) => { getVersion(): Promise<string> }).call(
      component.instance,
      0,
    );
    assert.equal(await device.getVersion(), '1.0.0');
  });

  test('records from the picture that is played, without another pull', async () => {
    const component = await page({ recordable: true });
    await play(component);
    const saved = component.record('recordSaved');
    found(component, '.record').trigger('tap');
    feedOn();
    await tick(5);
    assert.notEqual(component.find('.recording'), null);
    assert.match(component.text(), /0:00/);
    found(component, '.record').trigger('tap');
    await tick(10);
    const [{ filePath, fileBytes, durationMs, end }] = saved as [
      { filePath: string; fileBytes: number; durationMs: number; end: string },
    ];
    assert.deepEqual([end, files.get(filePath)], ['stopped', fileBytes]);
    assert.ok(durationMs > 1000);
    assert.match(component.text(), /The recording is saved/);
    assert.equal(module.count('startStream'), 1);
  });

  test('records MP4 where that is asked for, and puts the film into the album', async () => {
    const component = await page({ recordable: true, recordFormat: 'mp4', savesToAlbum: true });
    await play(component);
    const saved = component.record('recordSaved');
    const inAlbum = component.record('albumSaved');
    found(component, '.record').trigger('tap');
    feedOn();
    await tick(5);
    found(component, '.record').trigger('tap');
    await tick(20);
    const [{ filePath, format, isSoundLeftOut }] = saved as [
      { filePath: string; format: string; isSoundLeftOut: boolean },
    ];
    assert.match(filePath, /\.mp4$/);
    assert.deepEqual([format, isSoundLeftOut, inAlbum], ['mp4', false, [{ filePath }]]);
    assert.deepEqual(album, [`video ${filePath}`]);
    assert.match(component.text(), /Saved to the album/);
  });

  test('a snapshot goes into the album; a refusal leads to the settings', async () => {
    isAllowed = false;
    const component = await page({ savesToAlbum: true });
    await play(component);
    const errors = component.record('albumError');
    found(component, '.snapshot').trigger('tap');
    await tick(10);
    assert.deepEqual(errors, [{ kind: 'refused', errMsg: '' }]);
    assert.match(component.text(), /The album is not allowed/);
    found(component, '.notice-action').trigger('tap');
    await tick(5);
    assert.equal(component.find('.notice'), null);
    found(component, '.snapshot').trigger('tap');
    await tick(10);
    assert.deepEqual(album, ['image wxfile://tmp.jpg']);
  });

  test('a recording can be ended while there is no picture', async () => {
    const component = await page({ recordable: true });
    await play(component);
    const saved = component.record('recordSaved');
    found(component, '.record').trigger('tap');
    feedOn();
    await tick(5);
    found(component, '.toggle').trigger('tap');
    await tick(5);
    assert.equal(component.find('.live-dot'), null, 'the picture is stopped');
    found(component, '.record').trigger('tap');
    await tick(10);
    assert.equal(saved.length, 1);
    assert.equal(component.find('.record'), null);
  });

  test('what becomes recordable while it plays is pulled anew, for the beginning that a film needs', async () => {
    const component = await page();
    await play(component);
    await component.setProperties({ recordable: true });
    await tick(5);
    assert.equal(module.streams.size, 0);
    const saved = component.record('recordSaved');
    const native = nativePlayer(found(component, '.picture'));
    native.trigger('playerStartPull', {});
    await tick(5);
    module.notify('cam', 'parsed', { status: 200 });
    feed();
    native.trigger('statechange', { code: 2003, message: '' });
    await tick(5);
    found(component, '.record').trigger('tap');
    feedOn();
    await tick(5);
    assert.notEqual(component.find('.recording'), null);
    const count = module.count('startStream');
    await component.setProperties({ recordable: false });
    await tick(10);
    assert.equal(saved.length, 1, 'without its button nobody could end it');
    assert.equal(component.find('.record'), null);
    await component.setProperties({ recordable: true });
    await tick(5);
    assert.equal(module.count('startStream'), count, 'the beginning is known by now');
  });

  test('a talk goes on in full view', async () => {
    const component = await page({ sections: ['talk'], talkOptions: { trigger: 'toggle' } });
    await play(component);
    const states = component.record('voiceStateChange');
    found(found(component, '.talk'), '.button').trigger('tap');
    await tick(10);
    found(component, '.full').trigger('tap');
    await tick(10);
    assert.notEqual(component.find('.sections-away'), null);
    assert.deepEqual(states.at(-1), { voiceState: 'talking', isInterrupted: false });
  });

  test('a recording that runs is given up with the page', async () => {
    const component = await page({ recordable: true });
    await play(component);
    found(component, '.record').trigger('tap');
    feedOn();
    await tick(5);
    component.detach();
    await tick(10);
    assert.equal(files.size, 0);
  });
});
