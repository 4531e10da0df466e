import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers, type Servers } from '../../devkit/servers/servers';
import type { OurP2PModule } from '../../p2p-core/index';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { createBareRealm } from './bare-realm';
import { createWxOnNode } from './wx-on-node';

const { GROUPS, bundleGroup } = createRequire(path.resolve('package.json'))(
  './tools/lib/shipped-scripts.cjs',
) as {
  GROUPS: { folder: string }[];
  bundleGroup(root: string, group: object): Promise<{ scripts: { name: string; code: string }[] }>;
};

/** The scripts of the core as a readable build has them. */
const readableCore = async (): Promise<{ name: string; code: string }[]> => {
  const group = GROUPS.find(({ folder }) => folder === 'p2p-core')!;
  return (await bundleGroup(process.cwd(), group)).scripts;
};

const DIST = path.resolve('miniprogram_dist');
const READABLE_DIR = path.resolve('.build', `readable-core-${process.pid}`);
const LIVE_URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=standard';
const TIMEOUT_MS = 30_000;

const shortenedNames = (entry: string): string[] =>
  Object.keys(JSON.parse(fs.readFileSync(`.build/names/${entry}.json`, 'utf8')) as object);

/** Every name that TypeScript shows to an app: from the declarations that ship, private members left out. */
function declaredNames(): { all: Set<string>; ofModule: string[] } {
  const entry = path.join(DIST, 'index.d.ts');
  const program = ts.createProgram([entry], { lib: ['lib.es2017.d.ts'], types: ['miniprogram-api-typings'] });
  const checker = program.getTypeChecker();
  const all = new Set<string>();
  const seen = new Set<ts.Type>();
  const isOurs = (symbol: ts.Symbol): boolean =>
    (symbol.declarations ?? []).some((node) => node.getSourceFile().fileName.startsWith(DIST));
  const isPrivate = (symbol: ts.Symbol): boolean =>
    (symbol.declarations ?? []).some(
      (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0,
    );
  const walk = (type: ts.Type): void => {
    if (seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) type.types.forEach(walk);
    if (type.isStringLiteral()) all.add(type.value);
    checker.getTypeArguments(type as ts.TypeReference).forEach(walk);
    for (const symbol of checker.getPropertiesOfType(type)) {
      if (!isOurs(symbol) || isPrivate(symbol)) continue;
      all.add(symbol.name);
      walk(checker.getTypeOfSymbol(symbol));
    }
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      signature.parameters.forEach((parameter) => walk(checker.getTypeOfSymbol(parameter)));
      walk(signature.getReturnType());
    }
  };
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);
  let ofModule: string[] = [];
  for (const symbol of exported) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    all.add(symbol.name);
    walk(checker.getDeclaredTypeOfSymbol(target));
    if (target.flags & ts.SymbolFlags.Value) walk(checker.getTypeOfSymbol(target));
    if (symbol.name === 'OurP2PModule') {
      const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(target));
      ofModule = properties.map(({ name }) => name);
    }
  }
  return { all, ofModule };
}

/** The names inside of what crosses the border of the core, as paths: `getStats().stream.requestMs`. */
function addPaths(paths: Set<string>, at: string, value: unknown, depth = 0): void {
  paths.add(`${at}: ${value === null ? 'null' : typeof value}`);
  const isBytes =
    ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]';
  if (typeof value !== 'object' || value === null || isBytes || depth > 4) return;
  for (const [name, member] of Object.entries(value)) {
    addPaths(paths, `${at}${Array.isArray(value) ? '[]' : `.${name}`}`, member, depth + 1);
  }
}

describe('names of the built scripts', () => {
  test('of what an app can name by the declarations, none is shortened', () => {
    const { all } = declaredNames();

    assert.ok(all.has('startP2PService') && all.has('createPlayerHandle') && all.has('receivedBytes'));
    for (const entry of ['p2p-core', 'store']) {
      const shortened = shortenedNames(entry);
      assert.ok(shortened.length > 20, `${entry}: only ${shortened.length} names are shortened`);
      assert.deepEqual(
        shortened.filter((name) => all.has(name)),
        [],
        entry,
      );
    }
  });

  test('a module has every member that its declaration has', () => {
    const { ofModule } = declaredNames();
    const realm = createBareRealm(path.join(DIST, 'p2p-core'), () => ({}));
    const core = realm.require('index.js') as { createWxP2PModule(): Record<string, unknown> };

    const module = core.createWxP2PModule();

    assert.ok(ofModule.length > 20);
    assert.deepEqual(
      ofModule.filter((name) => module[name] === undefined),
      [],
    );
  });

  test('internal ones are shortened, and a readable build keeps them', async () => {
    const shipped = fs.readFileSync(path.join(DIST, 'p2p-core/index.js'), 'utf8');
    const readable = (await readableCore()).find(({ name }) => name === 'p2p-core/index')!.code;

    const used = shortenedNames('p2p-core').filter((name) => readable.includes(`.${name}`));
    const longest = used.sort((a, b) => b.length - a.length).slice(0, 50);
    assert.equal(longest.length, 50);
    assert.deepEqual(
      longest.filter((name) => shipped.includes(`.${name}`)),
      [],
    );
    assert.ok(readable.split('\n').length > 1000);
  });
});

describe('the shipped and the readable core', () => {
  let servers: Servers;
  let camera: CameraHost;
  let xp2pInfo: string;

  before(async () => {
    for (const { name, code } of await readableCore()) {
      const file = path.join(READABLE_DIR, `${path.relative('p2p-core', name)}.js`);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, code);
    }
    servers = await startServers();
    const identity = newIdentity();
    const { signalingUrl, stunServer } = servers;
    const ticket = ticketOf(identity, { signalingUrl, stunServers: [stunServer] });
    xp2pInfo = formatXp2pInfo(ticket);
    await new Promise<void>((resolve) => {
      const onStateChange = (state: string): void => void (state === 'online' && resolve());
      const port = createNodePort();
      camera = createSimulatedCamera({ port, ticket, staticKeyPair: identity.keyPair, onStateChange });
      void camera.start();
    });
  });

  after(async () => {
    camera.stop();
    await servers.close();
    fs.rmSync(READABLE_DIR, { recursive: true, force: true });
  });

  /** Uses the API as an app does, and notes the names in all that goes out: results, details, errors, arguments of wx. */
  async function pathsOf(dir: string): Promise<string[]> {
    const paths = new Set<string>();
    const wx = await createWxOnNode();
    const realm = createBareRealm(dir, (bare) => watchCalls(wx.makeWx(bare), 'wx', paths));
    const core = realm.require('index.js') as { createWxP2PModule(): OurP2PModule };
    addPaths(paths, 'exports', core);
    const module = core.createWxP2PModule();
    const note = async (what: string, result: unknown): Promise<void> => {
      try {
        addPaths(paths, what, await result);
      } catch (error) {
        addPaths(paths, `${what} throws`, error);
      }
    };
    let hasPicture = (): void => undefined;
    const picture = new Promise<void>((resolve) => (hasPicture = resolve));
    let isConnected = (): void => undefined;
    const connected = new Promise<void>((resolve) => (isConnected = resolve));
    const msgCallback = (event: string, subtype: string, detail: unknown): void => {
      if (event === 'notify') addPaths(paths, `${event} ${subtype}`, detail);
      if (subtype === 'connected') isConnected();
    };

    await note('early', module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, { msgCallback }));
    await note('early voice', module.startVoiceData('a'));
    await note(
      'init',
      module.init({
        appParams: { appid: 1, appPackage: 'p' },
        servers: { signalingUrl: servers.signalingUrl, stunServers: [servers.stunServer] },
        eventHandler: (event, detail) => addPaths(paths, event, detail),
      }),
    );
    await note('start', module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, { msgCallback }));
    await connected;
    await note('stream', module.startStream('a', { dataCallback: () => hasPicture() }));
    await picture;
    await note('stats', module.getStats('a'));
    await note('info', module.getServiceInitInfo('a'));
    await note('command', module.sendCommand('a', 'action=inner_define&channel=0&cmd=get_device_st'));
    await note(
      'bytes',
      module.sendCommand('a', 'action=inner_define&cmd=get_nvr_list', { responseType: 'arraybuffer' }),
    );
    await note('silent', module.sendCommand('none', 'action=inner_define'));
    const heard = (name: string) => (detail?: unknown) => addPaths(paths, `download ${name}`, detail);
    await note(
      'download',
      module.startLocalDownload(
        'a',
        { urlParams: 'channel=0&file_name=missing&offset=0' },
        {
          onHeadersReceived: heard('headers'),
          onChunkReceived: heard('chunk'),
          onSuccess: heard('success'),
          onFailure: heard('failure'),
          onError: heard('error'),
          onComplete: heard('complete'),
        },
      ),
    );
    module.stopP2PService('a');
    module.destroy();
    wx.close();
    return [...paths].sort();
  }

  test('show an app, and wx, the same names', { timeout: TIMEOUT_MS }, async () => {
    const shipped = await pathsOf(path.join(DIST, 'p2p-core'));
    const readable = await pathsOf(READABLE_DIR);

    assert.ok(shipped.includes('stats.startSteps.firstByteMs: number'), shipped.join('\n'));
    assert.ok(shipped.includes('early voice throws.errcode: number'));
    assert.ok(shipped.includes('wx.connectSocket(0).url: string'));
    assert.deepEqual(shipped, readable);
  });
});

/** `target` with the names in the arguments of all calls noted, also of calls on what it returns. */
function watchCalls(target: object, at: string, paths: Set<string>): object {
  return new Proxy(target, {
    get(owner, name) {
      const member = Reflect.get(owner, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const call = `${at}.${String(name)}`;
        args.forEach((argument, i) => addPaths(paths, `${call}(${i})`, argument));
        const result = (member as (...all: unknown[]) => unknown).apply(owner, args);
        return typeof result === 'object' && result !== null ? watchCalls(result, call, paths) : result;
      };
    },
  });
}
