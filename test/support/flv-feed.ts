import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const FILE_HEADER_BYTES = 13;
const TAG_HEADER_BYTES = 11;
const SIZE_FIELD_BYTES = 4;

interface Tag {
  timestampMs: number;
  bytes: Uint8Array;
}

export interface FlvFeed {
  url: string;
  /** Stops sending to those who listen, and keeps the connections. */
  pause(): void;
  close(): void;
}

/** A WebSocket server that sends one FLV file to each client in the pace of its timestamps, once. */
export async function startFlvFeed(file: string): Promise<FlvFeed> {
  const bytes = fs.readFileSync(file);
  const tags = readTags(bytes);
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const timers = new Set<ReturnType<typeof setInterval>>();
  server.on('connection', (client) => {
    client.send(bytes.subarray(0, FILE_HEADER_BYTES));
    const timer = pace(client, tags);
    timers.add(timer);
    client.on('close', () => clearInterval(timer));
  });
  const pause = () => {
    for (const timer of timers) clearInterval(timer);
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pause,
    close() {
      pause();
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function pace(client: WebSocket, tags: readonly Tag[]): ReturnType<typeof setInterval> {
  const startMs = performance.now();
  let next = 0;
  return setInterval(() => {
    const nowMs = performance.now() - startMs;
    for (let tag = tags[next]; tag && tag.timestampMs <= nowMs; tag = tags[next]) {
      client.send(tag.bytes);
      next += 1;
    }
  }, 20);
}

function readTags(bytes: Uint8Array): Tag[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tags: Tag[] = [];
  let offset = FILE_HEADER_BYTES;
  while (offset + TAG_HEADER_BYTES <= bytes.length) {
    const dataBytes = (view.getUint8(offset + 1) << 16) | view.getUint16(offset + 2);
    const end = offset + TAG_HEADER_BYTES + dataBytes + SIZE_FIELD_BYTES;
    const timestampMs = (view.getUint8(offset + 4) << 16) | view.getUint16(offset + 5);
    tags.push({ timestampMs, bytes: bytes.subarray(offset, end) });
    offset = end;
  }
  return tags;
}
