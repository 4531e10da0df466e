import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../contract/signaling.contract';
import { until } from '../devkit/until';
import { CameraRig, probe } from './rig';

/** Installed by the stage, from the lockfile beside. */
const node = path.resolve(`test/camera/node_modules/node-${process.platform}-${process.arch}/bin/node`);
const reason = fs.existsSync(node) ? false : `there is no Node.js 18 of npm for ${process.platform}`;

interface Manifest {
  files: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
}
const readManifest = (file: string): Manifest => JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest;

/**
 * The devkit as `npm install` leaves it on that Node.js: what it packs, what it depends on, and nothing optional. Not in the
 * repository, whose packages it would find.
 */
function install(folder: string): string {
  const modules = path.join(folder, 'node_modules');
  const own = path.join(modules, 'iot-p2p-devkit');
  const { files, dependencies } = readManifest('devkit/package.json');
  for (const each of ['package.json', ...files]) {
    fs.cpSync(path.join('devkit', each), path.join(own, each), { recursive: true });
  }
  for (const name of Object.keys(dependencies)) {
    fs.cpSync(path.join('node_modules', name), path.join(modules, name), { recursive: true });
  }
  return path.join(own, 'bin', 'iot-p2p.mjs');
}

describe('the command line on the oldest Node.js that it names', { skip: reason }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-oldest-node-'));
  const rig = new CameraRig(install(folder), node);
  before(() => rig.start());
  after(async () => {
    await rig.close();
    fs.rmSync(folder, { recursive: true });
  });

  test('is run by that one', () => {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout;
    const [, named] = /^>=(\d+\.\d+)$/.exec(readManifest('devkit/package.json').engines.node) ?? [];
    assert.ok(named !== undefined && version.startsWith(`v${named}.`), version);
  });

  test('shows http-flv and a file by a configuration, keeps one on disk, and ends in order', async () => {
    const [record, config] = [rig.file('record'), rig.file('cameras.json')];
    const healthPort = await freePort();
    const cameras = [
      {
        ...{ name: 'flv', source: await rig.startHttpFlv(), record },
        ...{ state: rig.file('state.json'), grants: { guest: ['view'] } },
      },
      { name: 'file', source: 'file:devkit/fixtures/high.flv' },
    ];
    fs.writeFileSync(config, JSON.stringify({ ...rig.rendezvous, healthPort, cameras }));
    const agent = rig.command('camera', '--config', config);
    await until(() => agent.out().split('\n').length > 3 || agent.child.exitCode !== null, 'three xp2pInfos');
    assert.equal(agent.child.exitCode, null, agent.err());
    const infos = new Map(
      agent
        .out()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );

    const views = ['flv', 'flv/guest', 'file'].map(async (name, index) => {
      await rig.record(infos.get(name)!, `${index}.flv`, 10);
      const [first] = probe(rig.file(`${index}.flv`)).filter(({ codec }) => codec === 'h264');
      assert.ok(first?.isKey, `${name} begins with a key frame`);
    });
    await Promise.all(views);
    const health = await fetch(`http://127.0.0.1:${healthPort}/metrics`);
    assert.match(await health.text(), /handles \d+/);
    await agent.stop();
    assert.deepEqual(await agent.ended, [0, null], agent.err());
    const [segment, ...others] = fs.readdirSync(record);
    assert.ok(segment?.endsWith('.flv') && others.length === 0, 'a segment that is complete');
  });

  test('says that the rendezvous wants a newer one', async () => {
    const servers = rig.command('servers');
    assert.deepEqual(await servers.ended, [1, null]);
    assert.match(servers.err(), /the rendezvous is not installed.* Node\.js 20 and newer, and this is v18\./);
  });

  test('says that the preview wants the repository', async () => {
    const preview = rig.command('start');
    assert.deepEqual(await preview.ended, [1, null]);
    assert.match(preview.err(), /runs in a checkout of the repository/);
  });
});
