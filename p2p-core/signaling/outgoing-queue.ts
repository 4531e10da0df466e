import type { MqttClient } from './mqtt-client';

export interface Publication {
  topic: string;
  /** Belongs to the queue. */
  payload: Uint8Array;
  qos: 0 | 1;
  isRetained: boolean;
  expiresAtMs: number;
}

interface Entry {
  publication: Publication;
  /** Given to the present connection. */
  isSent: boolean;
  packetId: number;
}

/** More is dropped, the oldest first: a sender that is offline this long has stale things to say. */
const MAX_ENTRIES = 64;

/**
 * Publications that are not known to have reached the broker: those made while offline, and those of QoS 1 until they are
 * acknowledged. A new connection has a clean session, so what it sends again is a new message to the broker (§4.4).
 */
export class OutgoingQueue {
  private entries: Entry[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** Sends at once where `client` is open. Returns whether an older publication had to go. */
  add(publication: Publication, client: MqttClient | null): boolean {
    const entry: Entry = { publication, isSent: false, packetId: 0 };
    if (client !== null && client.isOpen) {
      send(client, entry);
      if (client.isConnected && publication.qos === 0) return false;
    }
    this.entries.push(entry);
    if (this.entries.length <= MAX_ENTRIES) return false;
    this.entries.shift();
    return true;
  }

  /** A new connection: everything that has not expired goes out on it. */
  sendAll(client: MqttClient, nowMs: number): void {
    this.entries = this.entries.filter((entry) => entry.publication.expiresAtMs >= nowMs);
    for (const entry of this.entries) send(client, entry);
  }

  /** The broker has accepted the connection, so what was sent on it with QoS 0 is done. */
  onConnected(): void {
    this.entries = this.entries.filter((entry) => !entry.isSent || entry.publication.qos > 0);
  }

  onPublished(packetId: number): void {
    this.entries = this.entries.filter((entry) => !entry.isSent || entry.packetId !== packetId);
  }

  /** The connection is gone; nothing counts as sent. */
  onOver(): void {
    for (const entry of this.entries) entry.isSent = false;
  }

  clear(): void {
    this.entries = [];
  }
}

function send(client: MqttClient, entry: Entry): void {
  const { topic, payload, qos, isRetained } = entry.publication;
  entry.packetId = client.publish(topic, payload, qos, isRetained);
  entry.isSent = true;
}
