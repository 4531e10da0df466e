import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { rotateIdentity } from '../../devkit/camera/identity';
import { runCli } from '../../devkit/cli/run';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { ErrCode, createP2PModule } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import { until } from './until';

describe('a configuration that changes while its cameras run', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-reload-'));
  const file = path.join(folder, 'cameras.yaml');
  const state = path.join(folder, 'door.json');
  const out: string[] = [];
  const err: string[] = [];
  const modules: P2PModule[] = [];
  const abort = new AbortController();
  let servers: Servers;
  let reload = (): void => assert.fail('nobody listens');
  let exitCode: Promise<number>;

  /** Saves the file with these cameras, as an editor does: another file in its place. */
  function save(...cameras: string[]): void {
    const text = `signaling: ${servers.signalingUrl}\nstun: ${servers.stunServer}\ncameras:\n${cameras.map((camera) => `  - ${camera}\n`).join('')}`;
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
  }
  const door = (grants: string): string => `{ name: door, state: ${state}, grants: { ${grants} } }`;
  /** The newest xp2pInfo that was printed for a name. */
  const infoOf = (name: string): string =>
    out
      .flatMap((line) => {
        const at = line.lastIndexOf(' ');
        return line.slice(0, Math.max(0, at)) === name ? [line.slice(at + 1)] : [];
      })
      .at(-1) ?? '';

  before(async () => {
    servers = await startServers();
    save(door('guest: [view], family: [view, talk]'), '{ name: yard }');
    exitCode = runCli(['camera', '--config', file], {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      signal: abort.signal,
      env: {},
      onReload(read) {
        reload = read;
        return () => (reload = () => {});
      },
    });
    await until(() => err.some((line) => line.includes('online for family')), 'the family can call');
    await until(() => err.some((line) => line.includes('online for guest')), 'the guest can call');
    await until(() => infoOf('yard') !== '', 'all have begun');
  });
  /** Four viewers at most. */
  afterEach(() => modules.splice(0).forEach((module) => module.destroy()));
  after(async () => {
    abort.abort();
    assert.equal(await exitCode, 0);
    await servers.close();
    fs.rmSync(folder, { recursive: true });
  });

  interface Viewer {
    bytes: number;
    ends: number[];
  }

  async function watch(xp2pInfo: string): Promise<Viewer> {
    const viewer: Viewer = { bytes: 0, ends: [] };
    const module = createP2PModule(createNodePort({ includeLoopback: true }));
    modules.push(module);
    assert.equal(await module.init({ appParams: {} }), 0);
    const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';
    const msgCallback = (_event: string, subtype: string, detail: unknown): void => {
      if (subtype === 'disconnect') viewer.ends.push((detail as { errcode: number }).errcode);
    };
    const dataCallback = (data: ArrayBuffer): void => void (viewer.bytes += data.byteLength);
    assert.equal(await module.startP2PService('id', { url, xp2pInfo }, { msgCallback, dataCallback }), 0);
    await until(() => viewer.bytes > 10_000, 'the picture');
    return viewer;
  }

  async function goesOn(viewer: Viewer): Promise<void> {
    const { bytes } = viewer;
    await until(() => viewer.bytes > bytes + 20_000, 'the picture goes on');
    assert.deepEqual(viewer.ends, []);
  }

  test('cuts off who is listed no more, as soon as the file is saved, and nobody else', async () => {
    const [guest, family, owner] = [
      await watch(infoOf('door/guest')),
      await watch(infoOf('door/family')),
      await watch(infoOf('yard')),
    ];
    save(door('family: [view, talk]'), '{ name: yard }');
    await until(() => guest.ends.length > 0, 'the guest is cut off');
    assert.deepEqual(guest.ends, [ErrCode.ClosedByPeer]);
    await goesOn(family);
    await goesOn(owner);
    assert.ok(err.includes('door: guest has no access any more: 1 viewer cut off'), err.join('\n'));
  });

  test('lets a guest in whose name comes back, by the xp2pInfo of before', async () => {
    const old = infoOf('door/guest');
    save(door('guest: [view], family: [view, talk]'), '{ name: yard }');
    reload();
    await until(() => infoOf('door/guest') !== '' && out.at(-1)!.startsWith('door/guest '), 'it is printed');
    assert.equal(infoOf('door/guest'), old);
    await watch(old);
  });

  test('cuts off who may do something else now, and who has an old xp2pInfo', async () => {
    const [guest, family, owner] = [
      await watch(infoOf('door/guest')),
      await watch(infoOf('door/family')),
      await watch(infoOf('door')),
    ];
    const old = infoOf('door/guest');
    rotateIdentity(state, 'guest');
    save(door('guest: [view], family: [view]'), '{ name: yard }');
    reload();
    await until(() => guest.ends.length > 0 && family.ends.length > 0, 'both are cut off');
    await until(() => infoOf('door/guest') !== old, 'the guest has a new one');
    await watch(infoOf('door/guest'));
    await watch(infoOf('door/family'));
    await goesOn(owner);
  });

  test('keeps what it had when the file is broken, and says what is wrong with it', async () => {
    const owner = await watch(infoOf('door'));
    for (const [camera, reason] of [
      ['{ name: door, linger: x }', /cameras\[0\]\.linger must be a whole number/],
      ['{ name: door', /cameras\.yaml:\d+: /],
    ] as const) {
      const { length } = err;
      save(camera);
      reload();
      const told = err.slice(length).join('\n');
      assert.match(told, reason);
      assert.match(told, /The configuration of before stays/);
    }
    await goesOn(owner);
  });

  test('begins a camera that changed anew, with what it was before where that fails, and ends what is gone', async () => {
    const owner = await watch(infoOf('door'));
    save(
      door('guest: [view], family: [view]'),
      '{ name: yard, recordings: /no/such/folder }',
      '{ name: gate }',
    );
    reload();
    await until(() => infoOf('gate') !== '', 'the new one');
    assert.match(err.join('\n'), /yard: .*no such file/);
    await watch(infoOf('gate'));
    await watch(infoOf('yard'));
    save(door('guest: [view], family: [view]'));
    reload();
    await until(() => err.includes('iot-p2p camera: gate: is gone'), 'the gate is gone');
    await goesOn(owner);
  });
});
