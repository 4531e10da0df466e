import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { createUdpBridge, GOOD_NETWORK, type UdpBridge } from '../../devkit/preview/udp-bridge';
import { decodeUdpFrame, encodeUdpFrame, type UdpBound } from '../../devkit/preview/udp-frame';

const TOKEN = 'a-token-of-this-start';
const ORIGIN = 'http://127.0.0.1:1234';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function startBridge(
  maxSockets?: number,
  random?: () => number,
): Promise<{ bridge: UdpBridge; url: string }> {
  const bridge = createUdpBridge({
    token: TOKEN,
    allowsOrigin: (origin) => origin === ORIGIN,
    ...(maxSockets !== undefined && { maxSockets }),
    ...(random && { random }),
  });
  const server = http.createServer();
  server.on('upgrade', (request, stream, head) => bridge.handleUpgrade(request, stream, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    bridge.close();
    server.close();
    server.closeAllConnections();
  });
  return { bridge, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/udp?token=` };
}

/** Resolves with the socket and where it is bound, or rejects with the HTTP status of a refusal. */
function open(
  url: string,
  origin: string | undefined = ORIGIN,
): Promise<{ client: WebSocket; bound: UdpBound }> {
  const client = new WebSocket(url, origin === '' ? {} : { origin });
  closers.push(() => client.terminate());
  return new Promise((resolve, reject) => {
    client.on('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
    client.on('error', reject);
    client.once('message', (text) => resolve({ client, bound: JSON.parse(String(text)) as UdpBound }));
  });
}

async function peer(): Promise<{
  socket: dgram.Socket;
  port: number;
  received: Promise<[Buffer, dgram.RemoteInfo]>;
}> {
  const socket = dgram.createSocket('udp4');
  const received = new Promise<[Buffer, dgram.RemoteInfo]>((resolve) =>
    socket.once('message', (message, from) => resolve([message, from])),
  );
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  closers.push(() => socket.close());
  return { socket, port: socket.address().port, received };
}

describe('the UDP bridge', () => {
  test('refuses a wrong or missing token with 403', async () => {
    const { url } = await startBridge();

    await assert.rejects(open(`${url}wrong`), /403/);
    await assert.rejects(open(`${url}${TOKEN.slice(0, -1)}X`), /403/);
    await assert.rejects(open(url), /403/);
  });

  test('refuses a foreign or missing origin with 403', async () => {
    const { url, bridge } = await startBridge();

    await assert.rejects(open(url + TOKEN, 'https://evil.example'), /403/);
    await assert.rejects(open(url + TOKEN, ''), /403/);
    assert.equal(bridge.socketCount, 0);
  });

  test('opens a limited number of sockets', async () => {
    const { url } = await startBridge(2);
    await open(url + TOKEN);
    const { client } = await open(url + TOKEN);

    await assert.rejects(open(url + TOKEN), /503/);

    const closed = new Promise((resolve) => client.once('close', resolve));
    client.close();
    await closed;
    await open(url + TOKEN);
  });

  test('binds to the loopback address and carries datagrams both ways', async () => {
    const { url } = await startBridge();
    const { socket, port, received } = await peer();
    const { client, bound } = await open(url + TOKEN);
    assert.equal(bound.address, '127.0.0.1');

    client.send(encodeUdpFrame({ address: '127.0.0.1', port, datagram: Buffer.from('ping') }));
    const [message, from] = await received;
    const answered = new Promise<Buffer>((resolve) =>
      client.once('message', (data) => resolve(data as Buffer)),
    );
    socket.send('pong', bound.port, '127.0.0.1');

    assert.equal(String(message), 'ping');
    assert.equal(from.port, bound.port);
    const frame = decodeUdpFrame(await answered)!;
    assert.equal(Buffer.from(frame.datagram).toString(), 'pong');
    assert.deepEqual([frame.address, frame.port], ['127.0.0.1', port]);
  });

  test('drops what is no frame, and datagrams over 1472 bytes, and goes on', async () => {
    const { url } = await startBridge();
    const { port, received } = await peer();
    const { client } = await open(url + TOKEN);

    client.send(Buffer.from([1]));
    client.send(Buffer.from([0, 1, 200, 1]));
    client.send('text');
    client.send(encodeUdpFrame({ address: '127.0.0.1', port, datagram: new Uint8Array(1473) }));
    client.send(encodeUdpFrame({ address: '127.0.0.1', port: 0, datagram: new Uint8Array(1) }));
    client.send(encodeUdpFrame({ address: '127.0.0.1', port, datagram: new Uint8Array(1472) }));

    const [message] = await received;
    assert.equal(message.length, 1472);
  });

  test('closes the UDP socket with its WebSocket', async () => {
    const { url } = await startBridge();
    const { client, bound } = await open(url + TOKEN);

    client.close();

    // The port is free again once the socket is closed.
    for (let attempt = 0; ; attempt++) {
      const isFree = await new Promise<boolean>((resolve) => {
        const probe = dgram.createSocket('udp4');
        probe.once('error', () => probe.close(() => resolve(false)));
        probe.bind(bound.port, '127.0.0.1', () => probe.close(() => resolve(true)));
      });
      if (isFree) break;
      assert.ok(attempt < 100, 'the port stays taken');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  test('closes every WebSocket when it ends', async () => {
    const { url, bridge } = await startBridge();
    const { client } = await open(url + TOKEN);
    const closed = new Promise((resolve) => client.once('close', resolve));

    bridge.close();

    await closed;
  });

  describe('on a bad network', () => {
    /** What the peer gets of `count` datagrams. */
    async function exchange(client: WebSocket, to: { socket: dgram.Socket; port: number }, count: number) {
      const seen: { text: string; fromPort: number }[] = [];
      const listener = (message: Buffer, from: dgram.RemoteInfo): void =>
        void seen.push({ text: String(message), fromPort: from.port });
      to.socket.on('message', listener);
      for (let i = 0; i < count; i++) {
        client.send(
          encodeUdpFrame({ port: to.port, address: '127.0.0.1', datagram: new TextEncoder().encode(`${i}`) }),
        );
      }
      // The bridge handles a WebSocket's messages in order, so a pong comes after all of them.
      await new Promise((resolve) => {
        client.once('pong', resolve);
        client.ping();
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      to.socket.off('message', listener);
      return seen;
    }

    test('loses what chance says, everything when it is cut, and nothing when it is good again', async () => {
      let draws = 0;
      const bridge = await startBridge(undefined, () => (draws++ % 2 === 0 ? 0.1 : 0.9));
      const { client } = await open(bridge.url + TOKEN);
      const to = await peer();

      bridge.bridge.impair({ lossRate: 0.5, bytesPerSecond: 0 });
      assert.deepEqual(
        (await exchange(client, to, 4)).map(({ text }) => text),
        ['1', '3'],
      );
      bridge.bridge.impair({ lossRate: 1, bytesPerSecond: 0 });
      assert.equal((await exchange(client, to, 3)).length, 0);
      bridge.bridge.impair(GOOD_NETWORK);
      assert.equal((await exchange(client, to, 3)).length, 3);
    });

    test('drops what does not fit into the queue before a slow line', async () => {
      const { bridge, url } = await startBridge();
      const { client } = await open(url + TOKEN);
      const to = await peer();

      // One byte takes 100 ms: the queue of half a second holds six.
      bridge.impair({ lossRate: 0, bytesPerSecond: 10 });
      const seen = exchange(client, to, 10);
      await new Promise((resolve) => setTimeout(resolve, 700));
      bridge.impair(GOOD_NETWORK);

      assert.ok((await seen).length <= 6);
    });

    test('sends from another port after a rebinding, and receives there', async () => {
      const { bridge, url } = await startBridge();
      const { client, bound } = await open(url + TOKEN);
      const to = await peer();
      const [before] = await exchange(client, to, 1);

      bridge.rebind();
      await new Promise((resolve) => setTimeout(resolve, 30));
      const [after] = await exchange(client, to, 1);

      assert.equal(before?.fromPort, bound.port);
      assert.notEqual(after?.fromPort, bound.port);
      const answer = new Promise<Buffer>((resolve) =>
        client.once('message', (frame: Buffer) => resolve(frame)),
      );
      to.socket.send('back', after?.fromPort ?? 0);
      assert.equal(Buffer.from(decodeUdpFrame(await answer)?.datagram ?? []).toString(), 'back');
    });
  });
});

describe('a UDP frame', () => {
  test('comes back as it was', () => {
    const frame = { address: '192.168.100.200', port: 65535, datagram: new Uint8Array([1, 2, 3]) };

    assert.deepEqual(decodeUdpFrame(encodeUdpFrame(frame)), frame);
  });

  test('is refused at every truncation of its header', () => {
    const bytes = encodeUdpFrame({ address: '10.0.0.1', port: 9, datagram: new Uint8Array(0) });

    for (let length = 0; length < bytes.length; length++)
      assert.equal(decodeUdpFrame(bytes.subarray(0, length)), null);
    assert.throws(
      () => encodeUdpFrame({ address: 'x'.repeat(256), port: 1, datagram: new Uint8Array(0) }),
      RangeError,
    );
  });
});
