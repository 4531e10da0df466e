import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import type { Port, UdpHandlers, UdpSocket, WebSocketHandlers } from '../../p2p-core/port/port';
import { until } from './until';

const NOTHING = { timers: 0, udpSockets: 0, webSockets: 0, networkListeners: 0, httpRequests: 0 };

function openUdp(port: Port, handlers: Partial<UdpHandlers>): UdpSocket {
  return port.openUdp({ onMessage() {}, onError: assert.fail, onClose: assert.fail, ...handlers });
}

describe('the Node port', () => {
  test('carries datagrams between two sockets and hands out plain Uint8Arrays', async () => {
    const port = createNodePort({ bindAddress: '127.0.0.1' });
    const received: { datagram: Uint8Array; address: string; port: number }[] = [];
    const receiver = openUdp(port, {
      onMessage: (datagram, address, portNumber) => received.push({ datagram, address, port: portNumber }),
    });
    const sender = openUdp(port, {});
    await until(() => receiver.localPort > 0);
    const datagram = Uint8Array.of(1, 2, 3);
    sender.send(datagram, '127.0.0.1', receiver.localPort);
    datagram.fill(9);
    await until(() => received.length === 1);
    assert.deepEqual(received, [
      { datagram: Uint8Array.of(1, 2, 3), address: '127.0.0.1', port: sender.localPort },
    ]);
    assert.equal(Object.getPrototypeOf(received[0]!.datagram), Uint8Array.prototype);
    receiver.close();
    sender.close();
  });

  test('sends to a DNS name, and reports a name that does not resolve instead of throwing', async () => {
    const port = createNodePort({ bindAddress: '127.0.0.1' });
    let receivedBytes = 0;
    const errors: string[] = [];
    const receiver = openUdp(port, { onMessage: (datagram) => (receivedBytes += datagram.length) });
    const sender = openUdp(port, { onError: (errmsg) => errors.push(errmsg) });
    await until(() => receiver.localPort > 0);
    sender.send(Uint8Array.of(1), 'localhost', receiver.localPort);
    await until(() => receivedBytes === 1);
    sender.send(Uint8Array.of(1), 'no such host', receiver.localPort);
    await until(() => errors.length === 1);
    sender.send(Uint8Array.of(1), '127.0.0.1', 0);
    assert.equal(errors.length, 2);
    sender.send(Uint8Array.of(1), 'also no host', receiver.localPort);
    sender.close();
    sender.send(Uint8Array.of(1), '127.0.0.1', receiver.localPort);
    sender.close();
    receiver.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(errors.length, 2, 'nothing is reported after close');
  });

  test('gets a body as it comes, behind redirects, and says what broke it', async () => {
    const server = http.createServer((request, response) => {
      if (request.url === '/from') return response.writeHead(302, { location: '/to' }).end();
      if (request.url === '/round') return response.writeHead(302, { location: '/round' }).end();
      if (request.url === '/broken') {
        response.writeHead(200, { 'content-length': '9' });
        return response.write('abc', () => response.destroy());
      }
      response.writeHead(request.url === '/to' ? 200 : 404, { 'X-Name': 'a' });
      response.write('one ');
      return setTimeout(() => response.end('two'), 30);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const port = createCountingPort(createNodePort());
    const get = (url: string): Promise<{ status: number; parts: string[]; errmsg: string; name: string }> =>
      new Promise((resolve) => {
        const seen = { status: 0, parts: [] as string[], errmsg: '', name: '' };
        port.openHttp!(url, {
          onHead: (status, headers) => Object.assign(seen, { status, name: headers['x-name'] ?? '' }),
          onChunk: (bytes) => seen.parts.push(Buffer.from(bytes).toString()),
          onEnd: (errmsg) => resolve({ ...seen, errmsg }),
        });
      });
    assert.deepEqual(await get(`${base}/from`), {
      status: 200,
      parts: ['one ', 'two'],
      errmsg: '',
      name: 'a',
    });
    assert.equal((await get(`${base}/none`)).status, 404);
    assert.match((await get(`${base}/round`)).errmsg, /redirected/);
    const broken = await get(`${base}/broken`);
    assert.deepEqual(broken.parts, ['abc']);
    assert.notEqual(broken.errmsg, '');
    assert.notEqual((await get('http://127.0.0.1:1/')).errmsg, '');
    assert.notEqual((await get('no url')).errmsg, '');
    assert.equal(port.use().httpRequests, 0);
    port.openHttp!(`${base}/to`, {
      onHead: assert.fail,
      onChunk: () => assert.fail(),
      onEnd: assert.fail,
    })!.abort();
    assert.equal(port.use().httpRequests, 0);
    server.close();
    server.closeAllConnections();
  });

  test('offers the loopback address only when asked', async () => {
    const addressesOf = (port: Port): Promise<string[]> =>
      new Promise((resolve) => port.localAddresses(resolve));
    assert.ok(!(await addressesOf(createNodePort())).includes('127.0.0.1'));
    assert.ok((await addressesOf(createNodePort({ includeLoopback: true }))).includes('127.0.0.1'));
  });

  test('tells within seconds that the addresses of the machine are others, and no more after the listener has left', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let addresses = ['192.0.2.7', '2001:db8::7'];
    const port = createNodePort({ networkAddresses: () => addresses });
    const told: string[] = [];
    const leave = port.onNetworkChange(({ isConnected, networkType }) =>
      told.push(`${isConnected} ${networkType}`),
    );
    t.mock.timers.tick(10_000);
    addresses = ['2001:db8::7', '192.0.2.7'];
    t.mock.timers.tick(10_000);
    assert.deepEqual(told, [], 'another order is no change');
    addresses = [];
    t.mock.timers.tick(2_000);
    addresses = ['198.51.100.3'];
    t.mock.timers.tick(2_000);
    assert.deepEqual(told, ['false none', 'true unknown']);
    leave();
    addresses = [];
    t.mock.timers.tick(10_000);
    assert.equal(told.length, 2);
  });

  test('echoes binary messages through a WebSocket and reports its close once', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    const port = createCountingPort(createNodePort());
    const events: string[] = [];
    const link = port.openWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'mqtt', {
      onOpen() {
        events.push('open');
        link.send(Uint8Array.of(5, 6));
      },
      onMessage(bytes) {
        events.push(`message ${bytes.join()}`);
        link.close();
        link.close();
      },
      onClose: () => events.push('close'),
    });
    link.send(Uint8Array.of(1)); // not open yet: ignored
    await until(() => events.includes('close'));
    server.close();
    assert.deepEqual(events, ['open', 'message 5,6', 'close']);
    assert.deepEqual(port.use(), NOTHING);
  });

  test('closes once, and later, when a WebSocket cannot be opened, is abandoned, or has no valid url', async () => {
    const port = createNodePort();
    for (const url of ['ws://127.0.0.1:1/', 'not a url']) {
      let closeCount = 0;
      const handlers: WebSocketHandlers = {
        onOpen: assert.fail,
        onMessage: () => assert.fail(),
        onClose: () => closeCount++,
      };
      port.openWebSocket(url, 'mqtt', handlers);
      port.openWebSocket('ws://127.0.0.1:1/', 'mqtt', handlers).close();
      assert.equal(closeCount, 0);
      await until(() => closeCount === 2);
    }
  });
});

describe('the counting port', () => {
  test('counts what is in use and nothing that was given back', async () => {
    const port = createCountingPort(createNodePort({ bindAddress: '127.0.0.1' }));
    const fired: string[] = [];
    port.clock.setTimer(() => fired.push('short'), 1);
    const long = port.clock.setTimer(() => fired.push('long'), 60_000);
    const socket = openUdp(port, {});
    const unsubscribe = port.onNetworkChange(() => {});
    assert.deepEqual(port.use(), {
      timers: 2,
      udpSockets: 1,
      webSockets: 0,
      networkListeners: 1,
      httpRequests: 0,
    });
    await until(() => fired.length === 1);
    assert.equal(port.use().timers, 1);
    port.clock.clearTimer(long);
    socket.close();
    socket.close();
    unsubscribe();
    unsubscribe();
    assert.deepEqual(port.use(), NOTHING);
    assert.deepEqual(fired, ['short']);
  });
});
