import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InitOptions, P2PModule, ServiceCallbacks } from '../../p2p-core/index';

/** One module under test, and the server of a stream that many watch, in virtual time. */
export interface SharedRig {
  module: P2PModule;
  initOptions: InitOptions;
  /** What the server does with requests from now on. */
  setServer(does: 'live' | 'refuses' | 'ends'): void;
  /** Connections that the server serves; null where nobody can tell. */
  openCount(): number | null;
  changeNetwork(): void;
  run(forMs: number): Promise<void>;
  /** The code of a promise, resolved with or rejected as `{ errcode, errmsg }`: both are within the guide. */
  code(promise: Promise<unknown>): Promise<number>;
}

export interface SharedSubject {
  name: string;
  withRig(body: (rig: SharedRig) => Promise<void>): Promise<void>;
}

const GUIDE_SUBTYPES = ['request', 'parsed', 'close', 'eof', 'disconnect'];
const URL = 'https://live.example/room/7.flv?token=secret';
const OTHER_URL = 'https://live.example/room/8.flv';

interface Heard {
  notes: string[];
  bytes: number;
  callbacks: ServiceCallbacks;
  pulling: ServiceCallbacks;
}

/** Notes what a service of the guide's subtypes is told. */
function listen(): Heard {
  const heard: Heard = {
    notes: [],
    bytes: 0,
    callbacks: {
      msgCallback: (event, subtype) => {
        if (event === 'notify' && GUIDE_SUBTYPES.includes(subtype)) heard.notes.push(subtype);
      },
    },
    pulling: null as never,
  };
  const dataCallback = (data: ArrayBuffer): void => {
    assert.ok(data instanceof ArrayBuffer);
    heard.bytes += data.byteLength;
  };
  heard.pulling = { ...heard.callbacks, dataCallback };
  return heard;
}

/** What the guide says of 1vN ("3.1 1v多", FAQ 3.4, the tables of startP2PService), of whichever module it is. */
export function testSharedStreams({ name, withRig }: SharedSubject): void {
  const ready = (body: (rig: SharedRig, heard: Heard) => Promise<void>): Promise<void> =>
    withRig(async (rig) => {
      assert.equal(await rig.code(rig.module.init(rig.initOptions)), 0);
      await body(rig, listen());
    });
  /** Bytes come. */
  const flows = async (rig: SharedRig, heard: Heard): Promise<void> => {
    const { bytes } = heard;
    await rig.run(1000);
    assert.ok(heard.bytes > bytes, `${heard.bytes - bytes} bytes in a second`);
  };
  const silent = async (rig: SharedRig, heard: Heard): Promise<void> => {
    const { bytes, notes } = heard;
    const told = [...notes];
    await rig.run(3000);
    assert.equal(heard.bytes, bytes);
    assert.deepEqual(notes, told);
  };

  describe(`${name}: a stream of many viewers`, () => {
    test('is one of https, without an xp2pInfo; with a dataCallback it is pulled at once: request, parsed, data', () =>
      ready(async (rig, heard) => {
        assert.equal(await rig.code(rig.module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        assert.deepEqual(heard.notes, ['request', 'parsed']);
      }));

    test('without a dataCallback waits for startStream, which takes one', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.callbacks)), 0);
        await silent(rig, heard);
        const { dataCallback } = heard.pulling;
        assert.equal(await code(module.startStream('room', { dataCallback: dataCallback! })), 0);
        await flows(rig, heard);
        assert.deepEqual(heard.notes, ['request', 'parsed']);
      }));

    test('goes on by the callbacks of updateServiceCallbacks', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        const next = listen();
        assert.equal(module.updateServiceCallbacks('room', next.pulling), 0);
        await flows(rig, next);
        module.stopStream('room');
        assert.deepEqual(next.notes, ['close']);
        assert.deepEqual(heard.notes, ['request', 'parsed']);
      }));

    test('-2401 for an id that runs; two ids run side by side, also of one stream', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        assert.equal(await code(module.startP2PService('room', { url: URL }, listen().pulling)), -2401);
        assert.equal(await code(module.startStream('room', { dataCallback: () => undefined })), -2401);
        const [same, other] = [listen(), listen()];
        assert.equal(await code(module.startP2PService('same', { url: URL }, same.pulling)), 0);
        assert.equal(await code(module.startP2PService('other', { url: OTHER_URL }, other.pulling)), 0);
        for (const each of [heard, same, other]) await flows(rig, each);
        module.stopP2PService('same');
        for (const each of [heard, other]) await flows(rig, each);
      }));

    test('-2000 for an url that is none, or of another kind; the id stays free', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        for (const url of ['', 'room.flv', 'ftp://live.example/room.flv', 'https://', 7, undefined]) {
          const start = module.startP2PService('room', { url } as never, heard.pulling);
          assert.equal(await code(start), -2000, String(url));
        }
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
      }));

    test('close, and silence, for stopStream; it may be pulled again', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        module.stopStream('room');
        assert.deepEqual(heard.notes, ['request', 'parsed', 'close']);
        await silent(rig, heard);
        assert.equal(rig.openCount() ?? 0, 0);
        const { dataCallback } = heard.pulling;
        assert.equal(await code(module.startStream('room', { dataCallback: dataCallback! })), 0);
        await flows(rig, heard);
      }));

    test('silence for stopP2PService; -2403 then, and the id may be started again', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        assert.equal(module.stopP2PService('room'), undefined);
        await silent(rig, heard);
        assert.equal(heard.notes.includes('disconnect'), false);
        assert.equal(rig.openCount() ?? 0, 0);
        assert.equal(await code(module.startStream('room', { dataCallback: () => undefined })), -2403);
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
      }));

    test('eof where the server ends it, -2402 where the server refuses it; each may be tried again', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        const { dataCallback } = heard.pulling;
        const pull = (): Promise<number> => code(module.startStream('room', { dataCallback: dataCallback! }));
        rig.setServer('refuses');
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), -2402);
        assert.equal(heard.bytes, 0);
        rig.setServer('ends');
        assert.equal(await pull(), 0);
        await rig.run(10_000);
        assert.equal(heard.notes.at(-1), 'eof');
        await silent(rig, heard);
        rig.setServer('live');
        assert.equal(await pull(), 0);
        await flows(rig, heard);
      }));

    test('a start that is stopped before it is answered settles with -2402, and no data comes', () =>
      ready(async (rig, heard) => {
        const start = rig.module.startP2PService('room', { url: URL }, heard.pulling);
        rig.module.stopP2PService('room');
        assert.equal(await rig.code(start), -2402);
        await rig.run(2000);
        assert.equal(heard.bytes, 0);
      }));

    test('after a change of network the retry of the player succeeds', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        rig.changeNetwork();
        await rig.run(3000);
        module.stopStream('room');
        const { dataCallback } = heard.pulling;
        assert.equal(await code(module.startStream('room', { dataCallback: dataCallback! })), 0);
        await flows(rig, heard);
      }));

    test('resetP2P ends it; after that it may be started again', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        assert.equal(await code(module.resetP2P()), 0);
        await silent(rig, heard);
        assert.equal(rig.openCount() ?? 0, 0);
        assert.equal(await code(module.startStream('room', { dataCallback: () => undefined })), -2403);
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
      }));

    test('destroy ends it without a word; -2002 then', () =>
      ready(async (rig, heard) => {
        const { module, code } = rig;
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), 0);
        await flows(rig, heard);
        module.destroy();
        await silent(rig, heard);
        assert.equal(await code(module.startP2PService('room', { url: URL }, heard.pulling)), -2002);
      }));
  });
}
