import type { Rendezvous } from '../../../p2p-core/signaling/types';

type Listener = (payload: Uint8Array, isRetained: boolean) => void;

/** A broker without a network: what is published is heard before `publish` returns. */
export class Bus {
  readonly published: { topic: string; payload: Uint8Array }[] = [];
  /** Nothing arrives meanwhile. */
  isDown = false;
  private readonly listeners = new Map<string, Set<Listener>>();

  publish(topic: string, payload: Uint8Array): void {
    if (this.isDown) return;
    this.published.push({ topic, payload: payload.slice() });
    for (const listener of [...(this.listeners.get(topic) ?? [])]) listener(payload, false);
  }

  get subscriptionCount(): number {
    return [...this.listeners.values()].reduce((sum, each) => sum + each.size, 0);
  }

  client(): Rendezvous {
    return {
      state: 'online',
      onlineSinceMs: 0,
      onStateChange: null,
      publish: (topic, payload) => this.publish(topic, payload),
      subscribe: (topic, onMessage) => {
        const all = this.listeners.get(topic) ?? new Set();
        this.listeners.set(topic, all);
        const listener: Listener = (payload, isRetained) => onMessage(payload, isRetained);
        all.add(listener);
        return () => all.delete(listener);
      },
      checkNow() {},
      reconnect() {},
      close() {},
    };
  }
}
