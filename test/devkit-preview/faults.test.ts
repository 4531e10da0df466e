import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import type { LiveSink, LiveTag } from '../../devkit/camera/live-source';
import { gateSource } from '../../devkit/preview/faults/gated-source';
import { createMortalPort } from '../../devkit/preview/faults/mortal-port';
import { FAULTS } from '../../devkit/preview/faults/registry';
import { openServerGate } from '../../devkit/preview/faults/server-gate';
import { type Preview, startPreview } from '../../devkit/preview/server';
import type { PreviewConfig } from '../../devkit/preview/stories';
import type { Port, UdpHandlers, WebSocketHandlers } from '../../p2p-core/port/port';

const PROJECT = 'test/e2e/fixtures/feeder';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('the list of faults', () => {
  test('has one entry for every way to fail of the FAQ', () => {
    const shown = new Set(FAULTS.map(({ faq }) => faq));
    for (const paragraph of ['1', '2', '3.1', '3.2', '3.3', '3.4', '3.5', '5'])
      assert.ok(shown.has(paragraph), paragraph);
  });

  test('has ids that fit into an address, each once, and texts in both languages', () => {
    assert.equal(new Set(FAULTS.map(({ id }) => id)).size, FAULTS.length);
    for (const { id, title, expect } of FAULTS) {
      assert.match(id, /^[a-z0-9-]+$/);
      for (const text of [title.zh, title.en, expect.zh, expect.en]) assert.ok(text.length > 0, id);
      assert.match(expect.zh, /[\u4e00-\u9fff]/, id);
    }
  });

  for (const [file, language] of [
    ['docs/preview.md', 'en'],
    ['docs/preview.zh-CN.md', 'zh'],
  ] as const) {
    test(`is what ${file} lists`, () => {
      const rows = fs.readFileSync(file, 'utf8').split('\n');
      for (const { id, title, faq, expect } of FAULTS) {
        const cells = rows
          .find((row) => row.startsWith(`| \`${id}\` `))
          ?.split('|')
          .map((cell) => cell.trim());
        assert.deepEqual(cells?.slice(2, 5), [title[language], faq || '–', expect[language]], id);
      }
      assert.equal(rows.filter((row) => /^\| `[a-z0-9-]+` .*\| (\d|–)/.test(row)).length, FAULTS.length);
    });
  }

  test('restarts the phone for nothing that is over in a moment', () => {
    for (const { id, kind, needsRestart } of FAULTS) assert.ok(kind === 'toggle' || !needsRestart, id);
  });
});

describe('the control of the preview', () => {
  /** A world that notes what it is told. */
  async function start(withWorld = true) {
    const told: string[] = [];
    const world = {
      xp2pInfo: 'XP2Psecret',
      async setFault(id: string, isOn: boolean) {
        told.push(`${id} ${isOn}`);
      },
    };
    const preview: Preview = await startPreview({
      project: PROJECT,
      packageFolder: PROJECT,
      ...(withWorld ? { world } : { xp2pInfo: '' }),
    });
    closers.push(() => preview.close());
    const config = (await (await fetch(`${preview.url}config.json`)).json()) as PreviewConfig;
    const origin = preview.url.slice(0, -1);
    const post = async (body: unknown, headers: Record<string, string> = {}): Promise<number> => {
      const response = await fetch(`${preview.url}control`, {
        method: 'POST',
        headers: { origin, 'x-preview-token': config.token, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return response.status;
    };
    return { told, config, origin, post, url: preview.url };
  }

  test('switches a fault of the world on and off, each once, and ends all of them', async () => {
    const { told, post } = await start();

    assert.equal(await post({ fault: 'camera-off', isOn: true }), 204);
    assert.equal(await post({ fault: 'camera-off', isOn: true }), 204);
    assert.equal(await post({ fault: 'camera-404', isOn: true }), 204);
    assert.equal(await post({ fault: 'camera-off', isOn: false }), 204);
    assert.equal(await post({ fault: 'camera-restart', isOn: true }), 204);
    assert.equal(await post({ fault: 'camera-restart', isOn: true }), 204);
    assert.equal(await post({ reset: true }), 204);

    assert.deepEqual(told, [
      'camera-off true',
      'camera-404 true',
      'camera-off false',
      'camera-restart true',
      'camera-restart true',
      'camera-404 false',
    ]);
  });

  test('refuses whoever has no token, or comes from another page', async () => {
    const { told, post, url } = await start();
    const fault = { fault: 'camera-off', isOn: true };

    assert.equal(await post(fault, { 'x-preview-token': '' }), 403);
    assert.equal(await post(fault, { 'x-preview-token': 'x'.repeat(32) }), 403);
    assert.equal(await post(fault, { origin: 'http://evil.example' }), 403);
    assert.equal(await post(fault, { origin: '' }), 403);
    assert.equal((await fetch(`${url}control`)).status, 403);

    assert.deepEqual(told, []);
  });

  test('refuses what is no request, is too long, or names a fault that is not its own', async () => {
    const { told, post } = await start();

    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '{"fault":"camera-off"}',
      JSON.stringify({ reset: 'x' }),
      'x'.repeat(9999),
    ])
      assert.equal(await post(body), 400, body.slice(0, 30));
    assert.equal(await post({ fault: 'no-such', isOn: true }), 404);
    assert.equal(await post({ fault: 'player-2103', isOn: true }), 404);

    assert.deepEqual(told, []);
  });

  test('offers nothing of the world where there is none', async () => {
    const { config, post } = await start(false);

    assert.ok(config.faults.includes('net-cut') && config.faults.includes('player-2103'));
    assert.ok(!config.faults.includes('camera-off'));
    assert.equal(await post({ fault: 'camera-off', isOn: true }), 404);
    assert.equal(await post({ fault: 'nat-rebind', isOn: true }), 204);
  });
});

describe('the gate before a server', () => {
  async function start() {
    const echo = net.createServer((socket) => socket.pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const gate = await openServerGate((echo.address() as AddressInfo).port);
    closers.push(
      () => gate.close(),
      () => echo.close(),
    );
    return gate;
  }

  async function connect(port: number): Promise<net.Socket> {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  test('passes bytes on, both ways', async () => {
    const socket = await connect((await start()).port);

    socket.write('hello');

    assert.equal(String((await once(socket, 'data'))[0]), 'hello');
  });

  test('drops who is connected and who comes while it is shut', async () => {
    const gate = await start();
    const early = await connect(gate.port);

    gate.setOpen(false);
    await once(early, 'close');
    const late = net.connect(gate.port, '127.0.0.1');
    late.on('error', () => {});
    await once(late, 'close');

    gate.setOpen(true);
    const next = await connect(gate.port);
    next.write('again');
    assert.equal(String((await once(next, 'data'))[0]), 'again');
  });

  test('holds bytes back in their order while it is slow', async () => {
    const gate = await start();
    gate.setDelay(30);
    const socket = await connect(gate.port);
    const startMs = performance.now();
    socket.write('a');
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.write('b');

    let text = '';
    socket.on('data', (bytes) => (text += String(bytes)));
    while (text.length < 2) await once(socket, 'data');

    assert.equal(text, 'ab');
    assert.ok(performance.now() - startMs >= 59, 'there and back, each 30 ms');
  });
});

describe('a port that can die', () => {
  function start() {
    const seen: string[] = [];
    let udp: UdpHandlers | undefined;
    let webSocket: WebSocketHandlers | undefined;
    const port = createMortalPort({
      openUdp(handlers: UdpHandlers) {
        udp = handlers;
        return { localPort: 7, send: () => seen.push('udp out'), close: () => seen.push('udp closed') };
      },
      openWebSocket(_url: string, _protocol: string, handlers: WebSocketHandlers) {
        webSocket = handlers;
        return { send: () => seen.push('ws out'), close: () => seen.push('ws closed') };
      },
    } as unknown as Port);
    const socket = port.openUdp({
      onMessage: () => seen.push('udp in'),
      onError: () => {},
      onClose: () => {},
    });
    const link = port.openWebSocket('ws://x', 'mqtt', {
      onOpen: () => {},
      onMessage: () => seen.push('ws in'),
      onClose: () => {},
    });
    const talk = () => {
      socket.send(new Uint8Array(1), '127.0.0.1', 1);
      link.send(new Uint8Array(1));
      udp?.onMessage(new Uint8Array(1), '127.0.0.1', 1);
      webSocket?.onMessage(new Uint8Array(1));
    };
    return { port, socket, link, seen, talk };
  }

  test('is the port itself until then', () => {
    const { socket, seen, talk } = start();

    talk();

    assert.equal(socket.localPort, 7);
    assert.deepEqual(seen, ['udp out', 'ws out', 'udp in', 'ws in']);
  });

  test('says nothing more and hears nothing more, not even a goodbye, until it is buried', () => {
    const { port, link, seen, talk } = start();

    port.die();
    talk();
    link.close();
    assert.deepEqual(seen, []);

    port.bury();
    assert.deepEqual(seen, ['ws closed']);
  });
});

describe('a source that can stop sending', () => {
  const tag = (fields: Partial<LiveTag>): LiveTag =>
    ({
      type: 9,
      timestampMs: 0,
      isKeyframe: false,
      isSequenceHeader: false,
      data: new Uint8Array(0),
      ...fields,
    }) as LiveTag;

  test('goes on with a key frame, and never loses what a decoder needs once', () => {
    const seen: string[] = [];
    let push: LiveSink = () => {};
    const source = gateSource({
      tracks: () => ({ hasVideo: true, hasAudio: true }),
      subscribe(_quality, sink) {
        push = sink;
        return () => {};
      },
    });
    const name = (it: LiveTag) => (it.isSequenceHeader ? 'header' : it.isKeyframe ? 'key' : 'delta');
    source.subscribe('high', (it) => seen.push(name(it)));

    push(tag({ isKeyframe: true }));
    push(tag({}));
    source.setOpen(false);
    push(tag({}));
    push(tag({ isSequenceHeader: true }));
    push(tag({ isKeyframe: true }));
    source.setOpen(true);
    push(tag({}));
    push(tag({ isKeyframe: true }));
    push(tag({}));

    assert.deepEqual(seen, ['key', 'delta', 'header', 'key', 'delta']);
  });
});
