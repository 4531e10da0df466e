import type { ServerSocket, ServerSocketHandlers } from './mini-broker-socket';
import type { VirtualClock } from './virtual-clock';

/** Control packet types of MQTT 3.1.1 (§2.2.1). */
const Type = {
  Connect: 1,
  ConnAck: 2,
  Publish: 3,
  PubAck: 4,
  Subscribe: 8,
  SubAck: 9,
  Unsubscribe: 10,
  UnsubAck: 11,
  PingReq: 12,
  PingResp: 13,
  Disconnect: 14,
} as const;

export interface Message {
  topic: string;
  payload: Uint8Array;
  qos: number;
  isRetained: boolean;
}

/**
 * The part of an MQTT 3.1.1 broker that peers use, written for tests from the OASIS text: clean sessions, QoS 0 and 1,
 * retained messages, wills, literal topics, keep-alive. A client that breaks the protocol is cut off.
 */
export class MiniBroker {
  /** False: nobody listens; see `stop`. */
  isRunning = true;
  publishCount = 0;
  /** Sees every message before it is passed on; returns false to lose it. */
  filter: (message: Message) => boolean = () => true;
  private readonly clients = new Set<Client>();
  private readonly retained = new Map<string, Message>();

  constructor(readonly clock: VirtualClock) {}

  get clientCount(): number {
    return this.clients.size;
  }

  get subscriptionCount(): number {
    return [...this.clients].reduce((sum, client) => sum + client.grantedQos.size, 0);
  }

  accept = (socket: ServerSocket): ServerSocketHandlers | null => {
    if (!this.isRunning) return null;
    const client = new Client(this, socket);
    this.clients.add(client);
    return client;
  };

  /** The process ends: connections break, wills are not published, and what was retained is forgotten. */
  stop(): void {
    this.isRunning = false;
    for (const client of [...this.clients]) client.end(false, true);
    this.retained.clear();
  }

  start(): void {
    this.isRunning = true;
  }

  /** §3.1.4: a client of the same name is disconnected. */
  dropNamesake(newcomer: Client): void {
    for (const client of [...this.clients]) {
      if (client !== newcomer && client.clientId === newcomer.clientId) client.end(true, true);
    }
  }

  remove(client: Client): void {
    this.clients.delete(client);
  }

  publish(message: Message): void {
    this.publishCount++;
    if (!this.filter(message)) return;
    if (message.isRetained) {
      // §3.3.1.3: an empty payload removes what was retained.
      if (message.payload.length === 0) this.retained.delete(message.topic);
      else this.retained.set(message.topic, message);
    }
    // §3.3.1.3: RETAIN is 0 for those who were subscribed already.
    for (const client of [...this.clients]) client.forward({ ...message, isRetained: false });
  }

  retainedOf(topic: string): Message | undefined {
    return this.retained.get(topic);
  }
}

class Client implements ServerSocketHandlers {
  clientId = '';
  private isConnected = false;
  private isOver = false;
  private pending: Uint8Array = new Uint8Array(0);
  private will: Message | null = null;
  /** By topic. */
  readonly grantedQos = new Map<string, number>();
  private lastPacketId = 0;
  private keepAliveMs = 0;
  private keepAliveTimer: object | null = null;

  constructor(
    private readonly broker: MiniBroker,
    private readonly socket: ServerSocket,
  ) {}

  onMessage(bytes: Uint8Array): void {
    this.pending = join(this.pending, bytes);
    while (!this.isOver) {
      const packet = cutPacket(this.pending);
      if (packet === null) return;
      this.pending = this.pending.subarray(packet.totalBytes);
      this.restartKeepAlive();
      try {
        this.handle(packet.first >> 4, packet.first & 15, new Fields(packet.body));
      } catch {
        this.end(true, true);
      }
    }
  }

  onClose(): void {
    this.end(true, false);
  }

  end(publishesWill: boolean, closesSocket: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.broker.remove(this);
    if (this.keepAliveTimer !== null) this.broker.clock.clearTimer(this.keepAliveTimer);
    if (closesSocket) this.socket.close();
    if (publishesWill && this.will !== null) this.broker.publish(this.will);
  }

  forward(message: Message): void {
    const granted = this.grantedQos.get(message.topic);
    if (granted === undefined || this.isOver) return;
    const qos = Math.min(granted, message.qos);
    if (qos > 0) this.lastPacketId = (this.lastPacketId % 0xffff) + 1;
    const packetId = qos > 0 ? [this.lastPacketId >> 8, this.lastPacketId & 0xff] : [];
    this.send(Type.Publish, (qos << 1) | (message.isRetained ? 1 : 0), [
      ...text(message.topic),
      ...packetId,
      ...message.payload,
    ]);
  }

  private handle(type: number, flags: number, fields: Fields): void {
    if (!this.isConnected && type !== Type.Connect) throw new Error('CONNECT must come first (§3.1)');
    switch (type) {
      case Type.Connect:
        return this.onConnect(fields);
      case Type.Publish:
        return this.onPublish(flags, fields);
      case Type.PubAck:
        return;
      case Type.Subscribe:
        if (flags !== 2) throw new Error('reserved flags (§3.8.1)');
        return this.onSubscribe(fields);
      case Type.Unsubscribe: {
        if (flags !== 2) throw new Error('reserved flags (§3.10.1)');
        const packetId = fields.bytes(2);
        while (fields.remaining > 0) this.grantedQos.delete(fields.text());
        return this.send(Type.UnsubAck, 0, packetId);
      }
      case Type.PingReq:
        return this.send(Type.PingResp, 0, []);
      case Type.Disconnect:
        this.will = null;
        return this.end(false, true);
      default:
        throw new Error(`packet type ${type} is not for a broker`);
    }
  }

  private onConnect(fields: Fields): void {
    if (this.isConnected) throw new Error('a second CONNECT (§3.1)');
    if (fields.text() !== 'MQTT' || fields.u8() !== 4) throw new Error('not MQTT 3.1.1');
    const flags = fields.u8();
    this.keepAliveMs = fields.u16() * 1000;
    this.clientId = fields.text();
    if ((flags & 0x04) !== 0) {
      const topic = fields.text();
      const payload = fields.bytes(fields.u16());
      this.will = { topic, payload, qos: (flags >> 3) & 3, isRetained: (flags & 0x20) !== 0 };
    }
    this.isConnected = true;
    this.broker.dropNamesake(this);
    this.send(Type.ConnAck, 0, [0, 0]);
    this.restartKeepAlive();
  }

  private onPublish(flags: number, fields: Fields): void {
    const qos = (flags >> 1) & 3;
    if (qos > 1) throw new Error('QoS 2 is not supported');
    const topic = fields.text();
    if (topic === '' || /[#+]/.test(topic)) throw new Error('a topic name without wildcards (§3.3.2.1)');
    const packetId = qos > 0 ? fields.bytes(2) : null;
    if (packetId !== null) this.send(Type.PubAck, 0, packetId);
    const payload = fields.bytes(fields.remaining);
    this.broker.publish({ topic, payload, qos, isRetained: (flags & 1) !== 0 });
  }

  private onSubscribe(fields: Fields): void {
    const packetId = fields.bytes(2);
    const topics: string[] = [];
    const codes: number[] = [];
    while (fields.remaining > 0) {
      const topic = fields.text();
      const qos = Math.min(1, fields.u8());
      this.grantedQos.set(topic, qos);
      topics.push(topic);
      codes.push(qos);
    }
    this.send(Type.SubAck, 0, [...packetId, ...codes]);
    // §3.8.4: the retained message follows every SUBSCRIBE, repeated ones too.
    for (const topic of topics) {
      const message = this.broker.retainedOf(topic);
      if (message) this.forward(message);
    }
  }

  /** §3.1.2.10: one and a half times the keep-alive without a packet, and the client counts as gone. */
  private restartKeepAlive(): void {
    const { clock } = this.broker;
    if (this.keepAliveTimer !== null) clock.clearTimer(this.keepAliveTimer);
    if (this.keepAliveMs > 0 && !this.isOver) {
      this.keepAliveTimer = clock.setTimer(() => this.end(true, true), 1.5 * this.keepAliveMs);
    }
  }

  private send(type: number, flags: number, body: ArrayLike<number>): void {
    const header = [(type << 4) | flags];
    let left = body.length;
    do {
      header.push((left & 127) | (left > 127 ? 128 : 0));
      left >>>= 7;
    } while (left > 0);
    const packet = new Uint8Array(header.length + body.length);
    packet.set(header);
    packet.set(body, header.length);
    this.socket.send(packet);
  }
}

/** Reads the fields of a packet; throws when they are cut short. */
class Fields {
  private at = 0;

  constructor(private readonly body: Uint8Array) {}

  get remaining(): number {
    return this.body.length - this.at;
  }

  u8(): number {
    return this.bytes(1)[0]!;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  bytes(count: number): Uint8Array {
    if (count > this.remaining) throw new Error('a packet that is cut short');
    this.at += count;
    return this.body.slice(this.at - count, this.at);
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(this.u16()));
  }
}

function cutPacket(bytes: Uint8Array): { first: number; body: Uint8Array; totalBytes: number } | null {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[1 + i];
    if (byte === undefined) return null;
    length |= (byte & 127) << (7 * i);
    if (byte >= 128) continue;
    const totalBytes = 2 + i + length;
    return bytes.length < totalBytes
      ? null
      : { first: bytes[0]!, body: bytes.subarray(2 + i, totalBytes), totalBytes };
  }
  throw new Error('a remaining length of more than four bytes (§2.2.3)');
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}
