import { WebSocket } from 'ws';

/** The few MQTT 3.1.1 packets that a test of a broker needs, written by hand so that it trusts no other code. */
export const mqtt = {
  connect(clientId: string, login?: { user: string; password: string }, isClean = true): Uint8Array {
    const flags = (isClean ? 0x02 : 0) | (login ? 0xc0 : 0);
    return packet(0x10, [
      ...text('MQTT'),
      4,
      flags,
      0,
      60,
      ...text(clientId),
      ...(login ? [...text(login.user), ...text(login.password)] : []),
    ]);
  },
  connectWithWill: (clientId: string, topic: string, payload: string): Uint8Array =>
    packet(0x10, [...text('MQTT'), 4, 0x06, 0, 60, ...text(clientId), ...text(topic), ...text(payload)]),
  subscribe: (packetId: number, topic: string): Uint8Array => packet(0x82, [0, packetId, ...text(topic), 0]),
  unsubscribe: (packetId: number, topic: string): Uint8Array => packet(0xa2, [0, packetId, ...text(topic)]),
  publishQos2: (topic: string, packetId: number, payload: string): Uint8Array =>
    packet(0x34, [...text(topic), 0, packetId, ...Buffer.from(payload)]),
  publish: (topic: string, payload: string, isRetained = false): Uint8Array =>
    packet(isRetained ? 0x31 : 0x30, [...text(topic), ...Buffer.from(payload)]),
};

export interface MqttTestClient {
  send(bytes: Uint8Array): void;
  /** All that came, one packet after the other, in hexadecimal. */
  received(): string;
  isClosed(): boolean;
  /** The system's buffers fill, then those of the broker. */
  stopReading(): void;
  end(): void;
}

/** `address`: where it says that it comes from, as a proxy would tell. */
export async function openMqtt(url: string, protocol = 'mqtt', address?: string): Promise<MqttTestClient> {
  const headers = address === undefined ? {} : { 'x-forwarded-for': address };
  const socket = new WebSocket(url, protocol, { headers });
  let received = '';
  let isClosed = false;
  socket.on('message', (data) => (received += (data as Buffer).toString('hex')));
  socket.on('close', () => (isClosed = true));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.on('open', resolve);
    socket.on('close', () => resolve());
  });
  return {
    send: (bytes) => socket.send(bytes),
    received: () => received,
    isClosed: () => isClosed,
    stopReading: () => socket.pause(),
    end: () => socket.terminate(),
  };
}

function packet(firstByte: number, body: number[]): Uint8Array {
  const length = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Uint8Array.from([firstByte, ...length, ...body]);
}

function text(value: string): number[] {
  const bytes = [...Buffer.from(value)];
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}
