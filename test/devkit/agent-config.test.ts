import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkConfig, parseConfig, shownPath } from '../../devkit/camera/agent-config';
import { AGENT_OPTIONS, CAMERA_OPTIONS, keyOf } from '../../devkit/cli/camera-options';
import schema from '../../devkit/cameras.schema.json';

const SERVERS = { signaling: 'wss://r.example.com/mqtt', stun: 'stun.example.com:3478' };

/** `path reason` of everything that is wrong. */
function problems(raw: unknown): string[] {
  const checked = checkConfig(raw);
  return 'config' in checked
    ? []
    : checked.problems.map(({ path, reason }) => `${shownPath(path)} ${reason}`);
}

const camera = (fields: object): object => ({ ...SERVERS, cameras: [{ name: 'door', ...fields }] });

describe('a file of cameras', () => {
  test('is read from YAML, with the environment in it, and from JSON', () => {
    const text = `
signaling: wss://r.example.com/mqtt
stun: stun.example.com:3478
login: agent:\${PASSWORD}
cameras:
  - &door
    name: door
    source: rtsp://admin:\${PASSWORD}@192.0.2.1/main
    subSource: [ 'rtsp://admin:\${PASSWORD}@192.0.2.1/sub' ]
    grants: { guest: [view, talk] }
    talkExec: [ sh, -c, 'echo $\${HOME}' ]
  - <<: *door
    name: yard
    maxViewers: 2
`;
    const config = parseConfig(text, 'c.yaml', { PASSWORD: 'a:b' });
    assert.equal(config.login, 'agent:a:b');
    assert.deepEqual(config.stun, ['stun.example.com:3478'], 'one is a list of one');
    const [door, yard] = config.cameras;
    assert.deepEqual(door!.source, ['rtsp://admin:a:b@192.0.2.1/main']);
    assert.deepEqual(door!.talkExec, ['sh', '-c', 'echo ${HOME}'], 'an escaped name stays');
    assert.deepEqual(door!.onvif, []);
    assert.deepEqual([yard!.name, yard!.maxViewers, yard!.source], ['yard', 2, door!.source]);
    assert.deepEqual(parseConfig(JSON.stringify(config), 'c.json', { HOME: '${HOME}' }), config);
  });

  test('is refused with the place and the reason of everything that is wrong, and without its secrets', () => {
    const rows: [unknown, string[]][] = [
      [null, ['the file must be a list of keys with values']],
      [{}, ['signaling is missing', 'stun is missing', 'cameras is missing']],
      [{ ...SERVERS, cameras: [] }, ['cameras must list at least one camera, and at most 256']],
      [{ ...SERVERS, cameras: [{}] }, ['cameras[0].name is missing']],
      [
        { ...SERVERS, stun: ['a:1', 'b:70000'], cameras: [{ name: 'a' }] },
        ['stun[1] must be host:port, not b:70000'],
      ],
      [camera({ maxViewers: 0 }), ['cameras[0].maxViewers must be a whole number from 1 to 1000, not 0']],
      [camera({ linger: 1.5 }), ['cameras[0].linger must be a whole number from 0 to 86400, not 1.5']],
      [camera({ audio: 'loud' }), ['cameras[0].audio must be one of auto, copy, aac, none, not loud']],
      [camera({ sorce: 'x' }), ['cameras[0].sorce is not known']],
      [
        camera({ grants: { owner: ['view'] } }),
        ['cameras[0].grants.owner is a key that must be of a-z, 0-9, _ and -, and not owner'],
      ],
      [
        camera({ grants: { guest: ['fly'] } }),
        ['cameras[0].grants.guest[0] must be one of view, talk, ptz, playback, download, command, not fly'],
      ],
      [
        camera({ ladder: { high: 'big' } }),
        ['cameras[0].ladder.high must be height and bit rate, such as 720p:1M or 360p:300k, not big'],
      ],
      [
        camera({ onvif: 'ftp://u:hunter2@h/' }),
        ['cameras[0].onvif must be http://[user:password@]host[:port][/path]'],
      ],
      [
        camera({ ptzUrl: { left: 'hunter2' } }),
        ['cameras[0].ptzUrl.left must be an http:// or https:// URL'],
      ],
      [
        camera({ talkRtsp: 'http://u:hunter2@h' }),
        ['cameras[0].talkRtsp must be an rtsp:// or rtsps:// URL'],
      ],
      [{ ...SERVERS, login: 'hunter2', cameras: [{ name: 'a' }] }, ['login must be user:password']],
      [
        { ...SERVERS, cameras: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
        ['cameras[2].name must be another one than before'],
      ],
    ];
    for (const [raw, expected] of rows) {
      assert.deepEqual(problems(raw), expected);
      assert.ok(!problems(raw).join().includes('hunter2'));
    }
    assert.deepEqual(problems(camera({ audio: 'loud', linger: -1 })).length, 2, 'all of it at once');
  });

  test('tells the line of what is no YAML, and the name of what the environment has not', () => {
    const env = { EMPTY: '' };
    assert.throws(() => parseConfig('a: [1\nb: 2', 'c.yaml', env), /^Error: c\.yaml:\d: /);
    assert.throws(
      () => parseConfig('login: u:${MISSING}\nsignaling: ${EMPTY}', 'c.yaml', env),
      /^Error: c\.yaml: login needs MISSING in the environment$/,
    );
  });

  test('has a key for every option of the command line, and no other but for logins', () => {
    const agent = Object.keys(schema.properties);
    const cameras = Object.keys(schema.$defs.camera.properties);
    assert.deepEqual(
      Object.keys(AGENT_OPTIONS).map(keyOf).sort(),
      agent.filter((key) => !['cameras', 'login', 'turnSecret', 'turnLogin'].includes(key)).sort(),
    );
    assert.deepEqual(Object.keys(CAMERA_OPTIONS).map(keyOf).sort(), cameras.sort());
  });
});
