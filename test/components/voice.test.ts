import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { FeatureModule } from '../store/support/feature-module';
import { click, press, release, tick } from '../support/component-host';
import type { TestComponent, TestHost } from '../support/component-host';
import { createFeatureHost } from './support/feature-host';
import { CAMERA, found } from './support/player-host';

const VOICE = 'components/iot-p2p-voice/iot-p2p-voice';

interface Answers {
  success?: (result: object) => void;
  fail?: (result: object) => void;
  scope?: string;
}

let host: TestHost;
let module: FeatureModule;
let calls: string[];
/** What the settings say of the microphone; undefined: never asked. */
let setting: boolean | undefined;
let willAllow: boolean;

beforeEach(() => {
  calls = [];
  setting = undefined;
  willAllow = true;
  ({ host, module } = createFeatureHost([VOICE], {
    getRecorderManager: () => ({ onFrameRecorded: () => {} }),
    getSetting({ success }: Answers) {
      calls.push('getSetting');
      success!({ authSetting: setting === undefined ? {} : { 'scope.record': setting } });
    },
    authorize({ scope, success, fail }: Answers) {
      calls.push(`authorize ${scope}`);
      setting = willAllow;
      if (willAllow) success!({});
      else fail!({ errMsg: 'authorize:fail auth deny' });
    },
    openSetting({ success }: Answers) {
      calls.push('openSetting');
      setting = willAllow;
      success!({ authSetting: { 'scope.record': setting } });
    },
  }));
});
afterEach(() => host.dispose());

async function voice(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const component = host.render(VOICE, { ...CAMERA, ...properties });
  await tick(5);
  return component;
}

describe('iot-p2p-voice', () => {
  test('takes a mode and a trigger that are none for the defaults', async () => {
    const component = await voice({ mode: 'duplex', trigger: '' });
    assert.match(component.text(), /Hold to talk/);
    const states = component.record('voiceStateChange');
    press(found(component, '.button'));
    await tick(10);
    assert.deepEqual(states.at(-1), { voiceState: 'talking', isInterrupted: false });
    assert.equal(module.count('startVoice'), 1);
  });

  test('talks while the button is held', async () => {
    const component = await voice();
    const states = component.record('voiceStateChange');
    assert.match(component.text(), /Hold to talk/);
    press(found(component, '.button'));
    await tick(10);
    assert.notEqual(component.find('.talking'), null);
    assert.match(component.text(), /Let go to end/);
    release(found(component, '.button'));
    await tick(5);
    assert.equal(component.find('.talking'), null);
    assert.deepEqual(
      states.map((detail) => (detail as { voiceState: string }).voiceState),
      ['asking', 'checking', 'starting', 'talking', 'idle'],
    );
    assert.deepEqual(calls, ['getSetting', 'authorize scope.record']);
    assert.equal(module.calls.at(-1), 'stopVoice cam');
  });

  test('a held button does not listen to the tap that a press ends with', async () => {
    const component = await voice();
    click(found(component, '.button'));
    await tick(10);
    assert.equal(component.find('.talking'), null);
    assert.equal(component.find('.preparing'), null);
  });

  test('a tap begins and a tap ends, where it is toggled', async () => {
    const component = await voice({ trigger: 'toggle' });
    assert.match(component.text(), /Tap to talk/);
    found(component, '.button').trigger('tap');
    await tick(10);
    assert.match(component.text(), /Tap again to end/);
    found(component, '.button').trigger('tap');
    await tick(5);
    assert.match(component.text(), /Tap to talk/);
  });

  test('a refusal leads to the settings, and from there to a talk', async () => {
    willAllow = false;
    const component = await voice();
    const errors = component.record('voiceError');
    press(found(component, '.button'));
    await tick(10);
    release(found(component, '.button'));
    await tick(5);
    assert.deepEqual(errors, [{ kind: 'permission', errcode: -2601, errmsg: '' }]);
    assert.match(component.text(), /The microphone is not allowed/);
    press(found(component, '.button'));
    await tick(10);
    assert.equal(
      calls.filter((call) => call.startsWith('authorize')).length,
      1,
      'a refused user is not asked again',
    );
    willAllow = true;
    found(component, '.settings').trigger('tap');
    await tick(5);
    assert.equal(calls.at(-1), 'openSetting');
    assert.equal(component.find('.settings'), null);
    press(found(component, '.button'));
    await tick(10);
    assert.notEqual(component.find('.talking'), null);
  });

  test('a phone that cannot tell its settings asks the user', async () => {
    host.wx['getSetting'] = ({ fail }: Answers) => fail!({ errMsg: 'getSetting:fail' });
    const component = await voice();
    press(found(component, '.button'));
    await tick(10);
    assert.notEqual(component.find('.talking'), null);
  });

  test('hands the FLV of a pusher to the module, with the bitrate that the path takes', async () => {
    host.dispose();
    const native: string[] = [];
    ({ host, module } = createFeatureHost(
      [VOICE],
      {
        getSetting: ({ success }: Answers) =>
          success!({ authSetting: { 'scope.record': true, 'scope.camera': true } }),
      },
      {
        'wechat-p2p-player': {
          components: {
            'p2p-pusher': {
              wxml: '<slot/>',
              properties: { enableCamera: Boolean, enableMic: Boolean, maxBitrate: Number, mode: String },
            },
          },
        },
      },
    ));
    const component = await voice({ mode: 'duplexVideo' });
    found(component, '.button').trigger('tap');
    await tick(10);
    const plugin = found(found(component, '.pusher'), '.pusher');
    assert.deepEqual([plugin.data['enableCamera'], plugin.data['maxBitrate']], [true, 1000]);
    plugin.trigger('pusherReady', {
      livePusherContext: {
        start: ({ success }: Answers) => {
          native.push('start');
          success!({});
        },
        stop: () => native.push('stop'),
      },
    });
    const chunks: number[] = [];
    const writer = {
      bufferedBytes: 0,
      addChunk: (chunk: ArrayBuffer) => chunks.push(chunk.byteLength) > 0,
      close: () => native.push('close'),
    };
    module.voiceData[0]!.resolve(writer);
    await tick(5);
    assert.notEqual(component.find('.talking'), null);
    plugin.trigger('pusherFlvHeader', { data: new ArrayBuffer(13) });
    writer.bufferedBytes = 300_000;
    plugin.trigger('pusherFlvVideoTag', { data: new ArrayBuffer(500), params: {} });
    await tick(5);
    assert.deepEqual(chunks, [13, 500]);
    assert.equal(plugin.data['maxBitrate'], 300);
    plugin.trigger('error', { errCode: 10003, errMsg: 'no background picture' });
    await tick();
    assert.notEqual(component.find('.talking'), null, 'harmless');
    found(component, '.button').trigger('tap');
    await tick(5);
    assert.deepEqual(native, ['start', 'stop', 'close']);
    assert.equal(component.find('.pusher'), null, 'the microphone is given back');
  });

  test('ends the talk and gives the link back when it is removed', async () => {
    const component = await voice();
    press(found(component, '.button'));
    await tick(10);
    const states = component.record('voiceStateChange');
    component.detach();
    await tick(5);
    assert.ok(module.calls.includes('stopVoice cam'));
    assert.equal(module.services.size, 0);
    assert.deepEqual(states, []);
  });

  test('speaks Chinese where the phone does', async () => {
    const component = await voice({ language: 'zh-CN' });
    assert.match(component.text(), /按住说话/);
  });
});
