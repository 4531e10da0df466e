import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { builtins } from '../../devkit/preview/runtime/builtins';
import { createHost } from '../../devkit/preview/runtime/host';
import type { RenderedComponent } from '../../devkit/preview/runtime/host';
import { makePlugin } from '../../devkit/preview/runtime/plugin';
import type { TemplateGroups } from '../../devkit/preview/runtime/types';
import { createBaseWx } from '../../devkit/preview/runtime/wx/base';
import { FakeModule } from '../../test/store/support/fake-module';
import { installDom } from '../../test/support/dom';
import { NAIVE, OURS, PLUGIN_COMPONENTS } from './contenders';
import type { PreparedProject, UiFigures } from './contenders';

const CHUNK_BYTES = 1200;
const CHUNKS = 2000;
const ROUNDS = 5;
const STEADY_SECONDS = 4;
const CHUNKS_PER_SECOND = 50;

/** The components' instances, as far as the bench goes in. */
interface Instance {
  setData(change: object): void;
  onData?(chunk: ArrayBuffer, sink: Sink): void;
}

interface Sink {
  addChunk(chunk: ArrayBuffer): void;
}

/** A node of glass-easel's tree. */
interface Tree {
  triggerEvent(name: string, detail: unknown): void;
  getShadowRoot(): { querySelector(selector: string): Tree };
}

const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const evaluate = (expression: string): TemplateGroups =>
  new Function(`return ${expression}`)() as TemplateGroups;

function openHost(project: PreparedProject) {
  installDom();
  const host = createHost({ builtins, builtinTemplates: evaluate(project.builtinTemplates) });
  (globalThis as Record<string, unknown>)['wx'] = {
    ...createBaseWx(host),
    onNetworkStatusChange: () => {},
    offNetworkStatusChange: () => {},
  };
  host.addPlugin(
    'wechat-p2p-player',
    makePlugin({ components: PLUGIN_COMPONENTS }, evaluate(project.pluginTemplates)),
  );
  const load = createRequire(path.join(project.root, 'index.js'));
  const files = project.files.map(([name, { json, scope, css, script }]) => [
    name,
    { json, scope, css, run: () => void load(script) },
  ]);
  host.addMain({
    groups: evaluate(project.templates),
    files: Object.fromEntries(files) as Parameters<typeof host.addMain>[0]['files'],
  });
  host.router.mount(document.body);
  return { host, load };
}

function countSetData(instance: Instance): () => number {
  let calls = 0;
  const { setData } = instance;
  instance.setData = function count(change) {
    calls += 1;
    setData.call(this, change);
  };
  return () => calls;
}

/** The player of the plugin inside its wrapper. */
const nativeOf = (rendered: RenderedComponent): Tree =>
  (rendered.component as unknown as Tree)
    .getShadowRoot()
    .querySelector('.player')
    .getShadowRoot()
    .querySelector('.player');

/** From a rendered component to a picture. */
async function play(rendered: RenderedComponent, module: FakeModule, sink: Sink): Promise<void> {
  const done = ({ success }: { success?: (result: object) => void }): void => success?.({});
  await tick();
  const native = nativeOf(rendered);
  native.triggerEvent('playerReady', { playerExport: sink, livePlayerContext: { play: done, stop: done } });
  await tick();
  native.triggerEvent('playerStartPull', {});
  await tick();
  module.notify('cam', 'request');
  module.notify('cam', 'parsed', { status: 200 });
  module.streams.get('cam')?.(new ArrayBuffer(CHUNK_BYTES));
  native.triggerEvent('statechange', { code: 2003 });
  await tick(5);
}

/** setData calls a second while media and live-player's reports come as on a phone. */
async function steady(
  rendered: RenderedComponent,
  onChunk: () => void,
  calls: () => number,
): Promise<number> {
  const before = calls();
  for (let second = 0; second < STEADY_SECONDS; second++) {
    nativeOf(rendered).triggerEvent('netstatus', {
      info: { videoCache: 300 + second, videoFPS: 15, videoWidth: 1280, videoHeight: 720 },
    });
    for (let i = 0; i < CHUNKS_PER_SECOND; i++) {
      onChunk();
      await tick(1000 / CHUNKS_PER_SECOND);
    }
  }
  return (calls() - before) / STEADY_SECONDS;
}

async function main(file: string): Promise<UiFigures> {
  const { host, load } = openHost(JSON.parse(fs.readFileSync(file, 'utf8')) as PreparedProject);
  const module = new FakeModule();
  const store = load('./store/index.js') as { configureP2P(config: object): void };
  store.configureP2P({ module, appParams: {} });
  let bytes = 0;
  const sink: Sink = {
    addChunk(chunk) {
      bytes += chunk.byteLength;
    },
  };
  const naive = host.render(`${NAIVE}/${NAIVE}`).instance as unknown as Instance;
  const player = host.render(OURS, { targetId: 'cam', xp2pInfo: 'ticket' });
  await play(player, module, sink);
  const naiveCalls = countSetData(naive);
  const ourCalls = countSetData(player.instance as unknown as Instance);
  const dataCallback = module.streams.get('cam');
  if (!dataCallback || !naive.onData) throw new Error('nothing plays');
  const chunk = new ArrayBuffer(CHUNK_BYTES);

  const contenders = {
    ours: () => dataCallback(chunk),
    naive: () => naive.onData?.(chunk, sink),
  };
  const best = { ours: Infinity, naive: Infinity };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['ours', 'naive'] as const) {
      const began = process.cpuUsage();
      for (let i = 0; i < CHUNKS; i++) contenders[name]();
      await tick();
      const { user, system } = process.cpuUsage(began);
      // The first round warms up.
      if (round > 0) best[name] = Math.min(best[name], (user + system) / CHUNKS);
    }
  }
  if (bytes !== CHUNK_BYTES * (1 + 2 * CHUNKS * (ROUNDS + 1))) throw new Error(`${bytes} bytes arrived`);
  const oursSetDataOnMediaPath = ourCalls();
  const naiveSetDataPerChunk = naiveCalls() / (CHUNKS * (ROUNDS + 1));
  const steadySetDataPerSecond = await steady(player, contenders.ours, ourCalls);
  player.instance.setData({ showStats: true });
  await tick(5);
  const panelSetDataPerSecond = await steady(player, contenders.ours, ourCalls);
  player.detach();
  return {
    oursMicroseconds: best.ours,
    naiveMicroseconds: best.naive,
    oursSetDataOnMediaPath,
    naiveSetDataPerChunk,
    steadySetDataPerSecond,
    panelSetDataPerSecond,
  };
}

void main(process.argv[2]!).then((figures) => {
  console.log(JSON.stringify(figures));
  process.exit(0);
});
