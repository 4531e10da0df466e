import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import { WebSocket } from 'ws';
import type { BareRealm } from './bare-realm';

/** The part of `wx` that the core uses, on Node's sockets. */
export interface WxOnNode {
  makeWx(realm: BareRealm): object;
  /** Sockets that were opened and not closed by the core. */
  openSocketCount(): number;
  /** Closes what the core left open, and the sockets it never asked for. */
  close(): void;
}

const HOST = '127.0.0.1';
/** `bind()` answers its port at once on WeChat and later on Node, so the sockets are bound in advance. */
const PREPARED_SOCKETS = 4;

export async function createWxOnNode(): Promise<WxOnNode> {
  const prepared: dgram.Socket[] = [];
  for (let i = 0; i < PREPARED_SOCKETS; i += 1) {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    prepared.push(socket);
  }
  const open = new Set<{ close(): void }>();

  const createUDPSocket = (realm: BareRealm, type = 'udp4'): object => {
    if (type !== 'udp4') throw new Error(`createUDPSocket:fail ${type}`);
    const socket = prepared.pop();
    if (!socket) throw new Error('createUDPSocket:fail too many sockets');
    open.add(socket);
    let isOpen = true;
    return {
      bind: () => socket.address().port,
      send: ({ address, port, message }: { address: string; port: number; message: ArrayBuffer }) =>
        isOpen && socket.send(new Uint8Array(message), port, address),
      close() {
        if (!isOpen) return;
        isOpen = false;
        open.delete(socket);
        socket.close();
      },
      onMessage: (listener: (result: object) => void) =>
        socket.on('message', (bytes, { address, port, size }) =>
          listener({
            message: realm.toRealmBuffer(bytes),
            remoteInfo: { address, port, size, family: 'IPv4' },
            localInfo: { address: HOST, port: socket.address().port, family: 'IPv4' },
          }),
        ),
      onError: (listener: (result: object) => void) =>
        socket.on('error', (error) => listener({ errMsg: error.message })),
      onClose: (listener: () => void) => socket.on('close', listener),
      onListening: (listener: () => void) => setImmediate(listener),
    };
  };

  const connectSocket = (
    realm: BareRealm,
    { url, protocols }: { url: string; protocols?: string[] },
  ): object => {
    const socket = new WebSocket(url, [...(protocols ?? [])]);
    socket.binaryType = 'nodebuffer';
    const entry = { close: () => socket.terminate() };
    open.add(entry);
    socket.on('close', () => open.delete(entry));
    return {
      send({ data, fail }: { data: ArrayBuffer | string; fail?: (result: object) => void }) {
        socket.send(typeof data === 'string' ? data : new Uint8Array(data), (error) => {
          if (error) fail?.({ errMsg: `sendSocketMessage:fail ${error.message}` });
        });
      },
      close({ code, reason }: { code?: number; reason?: string } = {}) {
        socket.close(code ?? 1000, reason ?? '');
      },
      onOpen: (listener: (result: object) => void) => socket.on('open', () => listener({ header: {} })),
      onMessage: (listener: (result: object) => void) =>
        socket.on('message', (data: Buffer, isBinary) =>
          listener({ data: isBinary ? realm.toRealmBuffer(data) : data.toString() }),
        ),
      onError: (listener: (result: object) => void) =>
        socket.on('error', (error) => listener({ errMsg: error.message })),
      onClose: (listener: (result: object) => void) =>
        socket.on('close', (code, reason) => listener({ code, reason: reason.toString() })),
    };
  };

  const request = (
    realm: BareRealm,
    { url, success, fail }: { url: string } & Record<'success' | 'fail', (result: object) => void>,
  ): object => {
    let onHeaders = (_result: object): void => {};
    let onChunk = (_result: object): void => {};
    const call = http.get(url, { agent: false }, (response) => {
      const { statusCode, headers } = response;
      onHeaders({ statusCode, header: { ...headers }, cookies: [] });
      response.on('data', (bytes: Buffer) => onChunk({ data: realm.toRealmBuffer(bytes) }));
      response.on('end', () =>
        success({ statusCode, header: headers, data: realm.toRealmBuffer(Buffer.alloc(0)) }),
      );
      response.on('error', (error) => fail({ errMsg: `request:fail ${error.message}` }));
    });
    const entry = { close: () => call.destroy() };
    open.add(entry);
    call.on('close', () => open.delete(entry));
    call.on('error', (error) => fail({ errMsg: `request:fail ${error.message}` }));
    return {
      abort: () => call.destroy(),
      onHeadersReceived: (listener: (result: object) => void) => (onHeaders = listener),
      onChunkReceived: (listener: (result: object) => void) => (onChunk = listener),
    };
  };

  return {
    makeWx: (realm) => ({
      createUDPSocket: (type?: string) => createUDPSocket(realm, type),
      connectSocket: (options: { url: string; protocols?: string[] }) => connectSocket(realm, options),
      request: (options: never) => request(realm, options),
      getRandomValues: ({ length, success }: { length: number; success: (result: object) => void }) =>
        setImmediate(() => success({ randomValues: realm.toRealmBuffer(randomBytes(length)) })),
      getLocalIPAddress: ({ success }: { success: (result: object) => void }) =>
        setImmediate(() => success({ localip: HOST, netmask: '255.0.0.0' })),
      onNetworkStatusChange: () => undefined,
      offNetworkStatusChange: () => undefined,
    }),
    openSocketCount: () => open.size,
    close() {
      for (const socket of [...open, ...prepared.splice(0)]) socket.close();
      open.clear();
    },
  };
}
