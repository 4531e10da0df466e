import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { OnvifCamera } from '../../devkit/camera/onvif';
import { createOnvifPtz } from '../../devkit/camera/onvif-ptz';
import { createOnvifSupply } from '../../devkit/camera/onvif-supply';
import type { TagSupply } from '../../devkit/camera/tag-supply';
import { parseXml, textOf } from '../../devkit/camera/xml';
import { OnvifResponder } from './onvif-responder';
import type { OnvifResponderOptions } from './onvif-responder';

const LOGIN = { user: 'admin', password: 'p@ss:w/ord&<é' };
const open: OnvifResponder[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function responder(
  options: Partial<OnvifResponderOptions> = {},
): Promise<{ camera: OnvifCamera; device: OnvifResponder; url: string }> {
  const device = new OnvifResponder({ ...LOGIN, ...options });
  open.push(device);
  const url = await device.listen();
  return { camera: new OnvifCamera(url, () => Date.now()), device, url };
}

describe('an ONVIF camera', () => {
  test('tells its profiles and the address of their streams, with the login in it', async () => {
    const rows: Partial<OnvifResponderOptions>[] = [
      {},
      { clockOffsetMs: -3 * 3600_000 },
      { hasServices: false },
      { isMedia2: true },
      { wantsDigest: true },
      { toldHost: '10.9.8.7', hasServices: false },
      { toldHost: '10.9.8.7' },
    ];
    for (const options of rows) {
      const { camera } = await responder(options);
      const name = JSON.stringify(options);
      assert.deepEqual(
        await camera.profiles(),
        [
          { token: 'fixed & wide', hasPtz: false },
          { token: 'turning', hasPtz: true },
        ],
        name,
      );
      const url = new URL(await camera.streamUrl('turning'));
      assert.equal(url.host + url.pathname + url.search, '192.0.2.7:554/live?ch=1&token=5', name);
      assert.equal(decodeURIComponent(url.password), LOGIN.password, name);
    }
  });

  test('is turned by a viewer: moves, stops, and goes to presets by token, name or place', async () => {
    const { camera, device } = await responder();
    const ptz = createOnvifPtz(camera);
    await ptz.move('up_left');
    await ptz.move('zoom_out');
    await ptz.stop('zoom_out');
    await ptz.goToPreset(3);
    await ptz.goToPreset(1);
    await ptz.setPreset(3);
    await ptz.setPreset(9);
    await ptz.goToPreset(9);
    await assert.rejects(ptz.goToPreset(12), /it has no preset 12/);
    assert.deepEqual(
      device.calls.filter((call) => /Move|Stop|Preset /.test(call) && !call.startsWith('GetPresets')),
      [
        'ContinuousMove turning PT15S pan -0.5 tilt 0.5',
        'ContinuousMove turning PT15S zoom -0.5',
        'Stop turning',
        'GotoPreset turning P-2',
        'GotoPreset turning P-1',
        'SetPreset turning P-2 Preset 3',
        'SetPreset turning Preset 9',
        'GotoPreset turning P-3',
      ],
    );
    assert.equal(device.calls.filter((call) => call === 'GetServices').length, 1, 'it is asked for once');
  });

  test('that refuses, is gone, or answers nonsense is told apart, without the password, and asked anew later', async () => {
    const { camera, device, url } = await responder();
    const stranger = new OnvifCamera(url.replace(/:[^:@]*@/, ':hunter2@'), () => Date.now());
    await assert.rejects(stranger.profiles(), { message: 'it refuses user or password' });
    const digest = await responder({ wantsDigest: true });
    const other = new OnvifCamera(digest.url.replace(/:[^:@]*@/, ':hunter2@'), () => Date.now());
    await assert.rejects(other.profiles(), { message: 'it refuses user or password (401)' });
    await assert.rejects(new OnvifCamera('http://u:hunter2@127.0.0.1:9', () => 0).profiles(), {
      message: 'ECONNREFUSED',
    });
    await camera.profiles();
    device.isSound = false;
    await assert.rejects(camera.profiles(), (error: Error) => !error.message.includes(LOGIN.password));
    device.isSound = true;
    assert.equal((await camera.profiles()).length, 2);
    const liar = await responder({ streamUri: 'file:///etc/passwd' });
    await assert.rejects(liar.camera.streamUrl('turning'), /it tells no RTSP address/);
  });

  test('is a source whose address is asked for at each start', async () => {
    const started: string[] = [];
    const supplyOf = (url: string): TagSupply => ({
      name: 'inner',
      start(handler) {
        started.push(new URL(url).pathname);
        handler.onEnd('over');
        return () => {};
      },
    });
    const { camera, device } = await responder();
    const supply = createOnvifSupply(camera, 'small', { name: 'cam', open: supplyOf });
    const end = (): Promise<string> =>
      new Promise((resolve) => supply.start({ onTag: () => assert.fail('no tag'), onEnd: resolve }));
    assert.equal(await end(), 'over');
    device.isSound = false;
    assert.match(await end(), /^ONVIF: /);
    device.isSound = true;
    assert.equal(await end(), 'over');
    assert.deepEqual(started, ['/live', '/live']);
    assert.ok(device.calls.includes('GetStreamUri turning'), 'the small one is the second profile');
    supply.start({ onTag: () => {}, onEnd: () => assert.fail('an end after stop') })();
    await camera.profiles();
    assert.equal(started.length, 2, 'stopped before the camera has answered: nothing starts');
  });
});

describe('the XML of cameras', () => {
  test('is read with any prefix, entity, comment and CDATA', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?><a:b x:y="1 &lt; 2" z=\'"\'><!-- <c> --><c> &#65;&#x42;&amp;<![CDATA[<d>]]></c><e/></a:b>',
    );
    assert.equal(root.name, 'b');
    assert.deepEqual(
      [...root.attributes],
      [
        ['y', '1 < 2'],
        ['z', '"'],
      ],
    );
    assert.equal(textOf(root, 'c'), 'AB&<d>');
    assert.equal(textOf(root, 'e'), '');
    assert.equal(textOf(root, 'f'), null);
  });

  test('is refused when it is none, or grows', () => {
    for (const text of [
      '',
      'text',
      '<a>',
      '</a>',
      '<a></b>',
      '<a/><b/>',
      '<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>',
      '<a x=1/>',
      `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
      `<a>${'<b/>'.repeat(30_000)}</a>`,
    ]) {
      assert.throws(() => parseXml(text), Error, text.slice(0, 40));
    }
  });
});
