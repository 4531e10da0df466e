import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { createWxPort } from '../../p2p-core/port/wx-port';
import type { UdpHandlers, UdpSocket } from '../../p2p-core/port/port';

interface Message {
  message: ArrayBuffer;
  remoteInfo: { address: string; port: number };
}

/** A UDPSocket of WeChat that says what was done with it. */
class FakeSocket {
  readonly sent: string[] = [];
  isClosed = false;
  hear: (message: Message) => void = () => assert.fail('nobody listens');
  takeAway: () => void = () => assert.fail('nobody listens');

  constructor(readonly type: string | undefined) {}

  bind = (): number => (this.type === 'udp6' ? 6006 : 4004);
  send = ({ address, port }: { address: string; port: number }): number =>
    this.sent.push(`${address} ${port}`);
  close = (): void => {
    this.isClosed = true;
  };
  onMessage = (listener: FakeSocket['hear']): void => {
    this.hear = listener;
  };
  onError = (): void => {};
  onClose = (listener: () => void): void => {
    this.takeAway = listener;
  };
}

const globals = globalThis as { wx?: unknown };
afterEach(() => delete globals.wx);

function open(
  handlers: Partial<UdpHandlers> = {},
  refuses: (type: string | undefined) => boolean = () => false,
  sockets: FakeSocket[] = [],
  bind?: () => never,
): { sockets: FakeSocket[]; udp: UdpSocket } {
  globals.wx = {
    createUDPSocket: (type?: string) => {
      if (refuses(type)) throw new Error('createUDPSocket:fail');
      sockets.push(new FakeSocket(type));
      if (bind) sockets.at(-1)!.bind = bind;
      return sockets.at(-1);
    },
  };
  const none = (): void => {};
  return {
    sockets,
    udp: createWxPort().openUdp({ onMessage: none, onError: none, onClose: none, ...handlers }),
  };
}

describe('the UDP socket of the WeChat port', () => {
  test('sends to IPv4 addresses and names by one socket of the platform, to IPv6 addresses by another', () => {
    const { sockets, udp } = open();
    assert.deepEqual([udp.localPort, udp.localPort6], [4004, 6006]);
    for (const to of ['1.2.3.4', 'stun.example', '2001:db8::1']) udp.send(Uint8Array.of(1), to, 9);
    assert.deepEqual(sockets[0]!.sent, ['1.2.3.4 9', 'stun.example 9']);
    assert.deepEqual(sockets[1]!.sent, ['2001:db8::1 9']);
    udp.close();
    assert.ok(sockets.every((socket) => socket.isClosed));
  });

  test('does without IPv6 where the platform refuses it, and throws where it refuses IPv4', () => {
    const { sockets, udp } = open({}, (type) => type === 'udp6');
    assert.equal(udp.localPort6, 0);
    udp.send(Uint8Array.of(1), '2001:db8::1', 9);
    udp.send(Uint8Array.of(1), '1.2.3.4', 9);
    assert.deepEqual(sockets[0]!.sent, ['1.2.3.4 9']);
    assert.throws(() => open({}, () => true), /createUDPSocket:fail/);
  });

  test('leaves no socket open where the platform makes one and refuses it a port', () => {
    const sockets: FakeSocket[] = [];
    const bind = (): never => {
      throw new Error('bind:fail');
    };
    const create = (): unknown => open({}, () => false, sockets, bind);
    assert.throws(create, /bind:fail/);
    assert.deepEqual(
      sockets.map(({ type, isClosed }) => [type, isClosed]),
      [[undefined, true]],
    );
  });

  test('reports once that the platform took a socket away, and closes the other one', () => {
    let closes = 0;
    const { sockets, udp } = open({ onClose: () => closes++ });
    sockets[1]!.takeAway();
    sockets[0]!.takeAway();
    assert.equal(closes, 1);
    assert.ok(sockets.every((socket) => socket.isClosed));
    udp.send(Uint8Array.of(1), '1.2.3.4', 9);
    assert.deepEqual(sockets[0]!.sent, []);
  });
});
