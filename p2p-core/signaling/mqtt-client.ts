import { concatBytes } from '../bytes/concat';
import type { MqttLogin, MqttWill } from './mqtt-codec';
import {
  encodeConnect,
  encodeDisconnect,
  encodePingReq,
  encodePubAck,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
} from './mqtt-codec';
import type { MqttPacketHandler } from './mqtt-parser';
import { MqttParser } from './mqtt-parser';
import { RendezvousReason } from './types';

export interface MqttClientOptions {
  clientId: string;
  login?: MqttLogin;
  will?: MqttWill;
}

/** None of these may throw. Nothing follows `onOver`. */
export interface MqttClientHandler {
  onConnected(): void;
  /** `payload` is borrowed until the call returns. */
  onMessage(topic: string, payload: Uint8Array, isRetained: boolean): void;
  /** The broker has a message that was published with QoS 1. */
  onPublished(packetId: number): void;
  onSubscribeRefused(): void;
  /** The connection is of no use any more. */
  onOver(reason: RendezvousReason): void;
}

/** From the attempt to open the transport until the broker's CONNACK. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Under the 60 s after which proxies like to cut silent connections. */
export const PING_INTERVAL_MS = 30_000;
export const PING_TIMEOUT_MS = 10_000;
/** A ping that is sent because the connection is in doubt. */
const PROBE_TIMEOUT_MS = 3_000;
/** Larger than the ping interval by the longest answer we wait for; the broker gives half of it again (§3.1.2.10). */
const KEEP_ALIVE_SECONDS = (PING_INTERVAL_MS + PING_TIMEOUT_MS) / 1000;

/** Packets that wait together leave together, up to this size: each send crosses the host's bridge. */
const MAX_BURST_BYTES = 4096;

/** CONNACK return codes (§3.2.2.3). */
const CONNACK_ACCEPTED = 0;
const CONNACK_BAD_LOGIN = 4;
const CONNACK_NOT_AUTHORIZED = 5;
const SUBACK_FAILURE = 0x80;
const MAX_PACKET_ID = 0xffff;

type Phase = 'opening' | 'connecting' | 'connected' | 'over';

/**
 * One MQTT connection over one transport, sans-IO. Drive it: `open` when the transport is open, `receive` with what
 * arrives, `wake` at `nextWakeMs`; after each of these and after every request, send what `poll` gives until it gives
 * null. Requests are allowed from `open` on: they follow CONNECT without waiting for its answer (§3.1.4 allows it), which
 * saves a round trip; a broker that refuses the login ignores them.
 */
export class MqttClient implements MqttPacketHandler {
  private phase: Phase = 'opening';
  private readonly parser = new MqttParser(this);
  private outgoing: Uint8Array[] = [];
  private lastPacketId = 0;
  /** Of the connect, then of the ping in flight; Infinity when no answer is awaited. */
  private deadlineMs: number;
  private nextPingMs = Infinity;

  constructor(
    private readonly options: MqttClientOptions,
    private readonly handler: MqttClientHandler,
    nowMs: number,
  ) {
    this.deadlineMs = nowMs + CONNECT_TIMEOUT_MS;
  }

  /** Whether requests are taken: the transport is open. */
  get isOpen(): boolean {
    return this.phase === 'connecting' || this.phase === 'connected';
  }

  get isConnected(): boolean {
    return this.phase === 'connected';
  }

  open(): void {
    if (this.phase !== 'opening') return;
    this.phase = 'connecting';
    this.outgoing.push(encodeConnect({ ...this.options, keepAliveSeconds: KEEP_ALIVE_SECONDS }));
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (!this.isOpen) return;
    if (!this.parser.push(bytes)) this.end(RendezvousReason.ProtocolError);
    if (this.phase === 'connected' && this.nextPingMs === Infinity)
      this.nextPingMs = nowMs + PING_INTERVAL_MS;
  }

  wake(nowMs: number): void {
    if (this.phase === 'over') return;
    if (nowMs >= this.deadlineMs) {
      this.end(this.isConnected ? RendezvousReason.PingTimeout : RendezvousReason.ConnectTimeout);
    } else if (nowMs >= this.nextPingMs) {
      this.ping(nowMs, PING_TIMEOUT_MS);
    }
  }

  nextWakeMs(): number {
    return this.phase === 'over' ? Infinity : Math.min(this.deadlineMs, this.nextPingMs);
  }

  /** The next bytes to send, null when there are none. */
  poll(): Uint8Array | null {
    const [first] = this.outgoing;
    if (first === undefined) return null;
    let count = 1;
    let size = first.length;
    while (count < this.outgoing.length && size + this.outgoing[count]!.length <= MAX_BURST_BYTES) {
      size += this.outgoing[count++]!.length;
    }
    return concatBytes(...this.outgoing.splice(0, count));
  }

  subscribe(topic: string): void {
    this.outgoing.push(encodeSubscribe(this.nextPacketId(), topic, 1));
  }

  unsubscribe(topic: string): void {
    this.outgoing.push(encodeUnsubscribe(this.nextPacketId(), topic));
  }

  /** Returns the packet id that `onPublished` will name; 0 with QoS 0. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1, isRetained: boolean): number {
    const packetId = qos === 0 ? 0 : this.nextPacketId();
    this.outgoing.push(encodePublish(topic, payload, qos, isRetained, packetId));
    return packetId;
  }

  /** Asks the broker to prove soon that the connection lives. */
  probe(nowMs: number): void {
    if (this.isConnected) this.ping(nowMs, PROBE_TIMEOUT_MS);
  }

  /** The last packet of a connection that is closed on purpose; `poll` it, then close the transport. */
  disconnect(): void {
    if (this.isConnected) this.outgoing.push(encodeDisconnect());
    this.stop();
  }

  /** Reports nothing any more. */
  stop(): void {
    this.phase = 'over';
    this.parser.stop();
  }

  onConnAck(returnCode: number): void {
    if (this.phase !== 'connecting') return this.end(RendezvousReason.ProtocolError);
    if (returnCode === CONNACK_ACCEPTED) {
      this.phase = 'connected';
      this.deadlineMs = Infinity;
      this.handler.onConnected();
    } else if (returnCode === CONNACK_BAD_LOGIN || returnCode === CONNACK_NOT_AUTHORIZED) {
      this.end(RendezvousReason.LoginRefused);
    } else {
      this.end(RendezvousReason.BrokerRefused);
    }
  }

  onPublish(topic: string, payload: Uint8Array, packetId: number, isRetained: boolean): void {
    if (!this.expectConnected()) return;
    // Acknowledged first, since the callback may end this connection.
    if (packetId !== 0) this.outgoing.push(encodePubAck(packetId));
    this.handler.onMessage(topic, payload, isRetained);
  }

  onPubAck(packetId: number): void {
    if (this.expectConnected()) this.handler.onPublished(packetId);
  }

  onSubAck(_packetId: number, returnCode: number): void {
    if (this.expectConnected() && returnCode === SUBACK_FAILURE) this.handler.onSubscribeRefused();
  }

  onPingResp(): void {
    if (this.expectConnected()) this.deadlineMs = Infinity;
  }

  /** CONNACK is the first packet of a broker (§3.2). */
  private expectConnected(): boolean {
    if (this.phase === 'connecting') this.end(RendezvousReason.ProtocolError);
    return this.phase === 'connected';
  }

  private ping(nowMs: number, timeoutMs: number): void {
    this.outgoing.push(encodePingReq());
    this.deadlineMs = Math.min(this.deadlineMs, nowMs + timeoutMs);
    this.nextPingMs = nowMs + PING_INTERVAL_MS;
  }

  /** Ids of packets in flight are never near: 65535 packets would have to be unacknowledged. */
  private nextPacketId(): number {
    this.lastPacketId = (this.lastPacketId % MAX_PACKET_ID) + 1;
    return this.lastPacketId;
  }

  private end(reason: RendezvousReason): void {
    if (this.phase === 'over') return;
    this.stop();
    this.outgoing = [];
    this.handler.onOver(reason);
  }
}
