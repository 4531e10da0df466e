import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EN } from '../../store/locale/en';
import { addLocale, createLocale } from '../../store/locale/locale';
import { ZH_CN } from '../../store/locale/zh-cn';
import { errorOfRejection, errorOfResult } from '../../store/module-result';
import { getParam, parseFlvUrl, withParam } from '../../store/player/flv-request';
import { IpcControlsStore, channelsOf } from '../../store/player/ipc-controls-store';
import { readNotice } from '../../store/session/notice';
import { P2PStateEnum } from '../../store/player/player-state';
import { createBackoff } from '../../store/retry-policy';
import { VirtualEnvironment } from './support/virtual-environment';

describe('retry policy', () => {
  const error = { errcode: -2806, errmsg: '' };

  test('delays grow from the shortest to the longest one and stay within them', () => {
    const policy = createBackoff({ random: () => 0.999, minDelayMs: 500, maxDelayMs: 15_000 });
    const delays = Array.from({ length: 8 }, (_, attempt) => policy(attempt, 0, error) ?? -1);
    assert.deepEqual(
      [...delays].sort((a, b) => a - b),
      delays,
    );
    assert.equal(delays.at(-1), 15_000);
    assert.ok(delays.every((delayMs) => delayMs >= 500 && delayMs <= 15_000));
  });

  test('the draw decides: two viewers do not come back together', () => {
    const delaysOf = (random: number): (number | null)[] => {
      const policy = createBackoff({ random: () => random });
      return [0, 1, 2].map((attempt) => policy(attempt, 0, error));
    };
    assert.notDeepEqual(delaysOf(0.2), delaysOf(0.8));
  });

  test('the first attempt of a new row begins with the shortest delays again', () => {
    const policy = createBackoff({ random: () => 0.5 });
    const first = policy(0, 0, error);
    for (let attempt = 1; attempt < 9; attempt++) policy(attempt, 0, error);
    assert.equal(policy(0, 0, error), first);
  });

  test('gives up when a retry would begin after the longest time', () => {
    const policy = createBackoff({ random: () => 0, minDelayMs: 500, maxElapsedMs: 10_000 });
    assert.equal(policy(0, 9_500, error), 500);
    assert.equal(policy(0, 9_501, error), null);
  });
});

describe('locale', () => {
  test('every language has every text, and none is empty', () => {
    assert.deepEqual(Object.keys(EN), Object.keys(ZH_CN));
    for (const texts of [EN, ZH_CN]) assert.ok(Object.values(texts).every((text) => text.trim() !== ''));
  });

  test('variants of Chinese read Chinese, every other language English, no language Chinese', () => {
    for (const name of ['zh_CN', 'zh-TW', 'zh', '']) assert.equal(createLocale(name).name, 'zh-CN');
    for (const name of ['en', 'en_US', 'fr']) assert.equal(createLocale(name).name, 'en');
  });

  test('takes a language of the app, by its name and its first part, with English for what it does not say', () => {
    addLocale('pt', { 'action.retry': 'Tentar de novo' });

    for (const name of ['pt', 'pt_BR', 'PT-pt']) {
      assert.equal(createLocale(name).text('action.retry'), 'Tentar de novo');
      assert.equal(createLocale(name).name, 'pt');
    }
    assert.equal(createLocale('pt').text('action.stop'), 'Stop');
    assert.equal(createLocale('fr').text('action.retry'), 'Retry');
  });

  test('takes a Chinese variant of the app beside its own Chinese', () => {
    addLocale('zh_TW', { 'action.retry': '重試' });

    assert.equal(createLocale('zh-TW').text('action.retry'), '重試');
    assert.equal(createLocale('zh-TW').text('action.stop'), '停止');
    assert.equal(createLocale('zh-HK').text('action.retry'), '重试');
  });

  test('single texts can be replaced', () => {
    const locale = createLocale('en', { 'action.retry': 'Once more' });
    assert.equal(locale.text('action.retry'), 'Once more');
    assert.equal(locale.text('action.play'), EN['action.play']);
  });

  test('names of the object prototype are no texts', () => {
    assert.equal(createLocale('en').has('toString'), false);
  });
});

describe('results of a module', () => {
  test('0, nothing and an errcode of 0 are success', () => {
    for (const result of [0, undefined, null, { errcode: 0, errmsg: 'ok' }, {}]) {
      assert.equal(errorOfResult('init', result), null);
    }
  });

  test('a number and an object with an errcode are errors', () => {
    assert.deepEqual(errorOfResult('init', -2202), { errcode: -2202, errmsg: 'init answered -2202' });
    assert.deepEqual(errorOfResult('init', { errcode: -1, errmsg: 'm' }), { errcode: -1, errmsg: 'm' });
  });

  test('a rejection keeps its code, and gets the fallback where it has none', () => {
    assert.equal(errorOfRejection('init', -2000, -2202).errcode, -2000);
    assert.equal(errorOfRejection('init', { errcode: -2000 }, -2202).errcode, -2000);
    assert.deepEqual(errorOfRejection('init', 'text', -2202), { errcode: -2202, errmsg: 'text' });
    assert.equal(errorOfRejection('init', undefined, -2202).errcode, -2202);
  });
});

describe('notices of a module', () => {
  test('every part of the detail is optional', () => {
    for (const detail of [undefined, null, 'text', 7, {}]) {
      assert.deepEqual(readNotice('parsed', detail), { subtype: 'parsed', status: 0, error: null });
    }
    assert.equal(readNotice('parsed', { status: 503 }).status, 503);
    assert.deepEqual(readNotice('disconnect', { errcode: -1, errmsg: 'm' }).error, {
      errcode: -1,
      errmsg: 'm',
    });
  });
});

describe('stream urls', () => {
  const table: [string, string, string][] = [
    ['http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0', 'ipc.flv', 'action=live&channel=0'],
    ['http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', 'ipc.flv', ''],
    ['http://XP2P_INFO.xnet/ipc.p2p.com/?a=1', '', 'a=1'],
    ['http://XP2P_INFO.xnet/ipc.flv?next=/a/b', 'ipc.flv', 'next=/a/b'],
    ['', '', ''],
  ];
  for (const [url, filename, params] of table) {
    test(`'${url}' asks for '${filename}' with '${params}'`, () => {
      assert.deepEqual(parseFlvUrl(url), { filename, params });
    });
  }

  test('a parameter is replaced in its place, or added', () => {
    assert.equal(withParam('a=1&quality=high&b=2', 'quality', 'super'), 'a=1&quality=super&b=2');
    assert.equal(withParam('a=1', 'quality', 'super'), 'a=1&quality=super');
    assert.equal(withParam('', 'quality', 'super'), 'quality=super');
    assert.equal(getParam('my_quality=x&quality=high', 'quality'), 'high');
    assert.equal(getParam('', 'quality'), '');
  });
});

describe('controls of a live camera', () => {
  const controls = (): IpcControlsStore => new IpcControlsStore(createLocale('en'), new VirtualEnvironment());

  test('the url says which quality is selected', () => {
    const store = controls();
    assert.equal(store.view.qualityLabel, 'HD');
    store.setFlvUrl('http://x.xnet/ipc.flv?quality=super');
    assert.deepEqual(
      store.view.qualities.map(({ isSelected }) => isSelected),
      [false, false, true],
    );
  });

  test('a url without a quality has no menu', () => {
    const store = controls();
    store.setFlvUrl('http://x.xnet/ipc.flv?action=live');
    store.toggleMenu('quality');
    assert.equal(store.view.qualityLabel, '');
    assert.equal(store.view.isQualityOpen, false);
  });

  test('choosing a quality changes the url, keeps the other parameters and closes the menu', () => {
    const store = controls();
    store.toggleMenu('quality');
    assert.equal(store.chooseQuality('standard'), true);
    assert.match(store.view.flvUrl, /\/ipc\.flv\?action=live&channel=0&quality=standard$/);
    assert.equal(store.view.isQualityOpen, false);
    assert.equal(store.view.qualityLabel, 'SD');
    assert.equal(store.chooseQuality('standard'), false);
    assert.equal(store.chooseQuality('none such'), false);
    store.setFlvUrl('');
    assert.equal(store.view.qualityLabel, 'SD', 'an app that says the same again changes nothing');
  });

  test('a camera with one channel has no picker, and one with several names the one that is played', () => {
    const store = controls();
    const one = [{ channel: 0, name: 'Door' }];
    for (const said of [[], 1, 0, -1, NaN, 'auto', null, one, [{ channel: -1 }, { channel: 1.5 }]]) {
      store.setChannels(channelsOf(said));
      assert.equal(store.view.channelLabel, '', JSON.stringify(said));
    }
    store.setChannels(channelsOf([{ channel: 0, name: 'Door' }, null, { channel: 3 }]));
    assert.equal(store.view.channelLabel, 'Door');
    assert.deepEqual(
      store.view.channels.map(({ label, isSelected }) => [label, isSelected]),
      [
        ['Door', true],
        ['Channel 4', false],
      ],
    );
    store.toggleMenu('channel');
    assert.equal(store.view.isChannelOpen, true);
    assert.equal(store.chooseChannel(3), true);
    assert.equal(store.view.isChannelOpen, false);
    assert.equal(store.view.channel, 3);
    assert.match(store.view.flvUrl, /action=live&channel=3&quality=high$/);
    for (const channel of [3, -1, 0.5, NaN]) assert.equal(store.chooseChannel(channel), false, `${channel}`);
    assert.equal(channelsOf(1e9).length, 256);
    store.setCamera('');
    assert.equal(store.view.channel, 3, 'the same camera');
    store.setCamera('another');
    assert.equal(store.view.channel, 0);
  });

  test('the labels follow the state', () => {
    const store = controls();
    store.setMuted(true);
    store.setFullView(true);
    assert.deepEqual([store.view.text.mute, store.view.text.fullView], ['Unmute', 'Exit full view']);
    store.setLocale(createLocale('zh-CN'));
    assert.equal(store.view.text.mute, '取消静音');
  });
});

test('the old spelling of P2PUnknown still names it', () => {
  assert.equal(P2PStateEnum.P2PUnkown, P2PStateEnum.P2PUnknown);
});
