import assert from 'node:assert/strict';
import { createCountingPort } from '../../devkit/port/counting-port';
import type { CountingPort } from '../../devkit/port/counting-port';
import { createP2PModule } from '../../p2p-core/api/module';
import type { TracedModuleOptions } from '../../p2p-core/api/module';
import type { OurP2PModule, ServerOptions } from '../../p2p-core/index';
import type { PathPolicy } from '../../p2p-core/path/types';
import type { Call, SessionWorld } from './session-world';
import { SIGNALING_URL, StreamSink } from './session-world-app';
import type { SimHost } from './sim-network';
import type { SimPort } from './sim-port';

/** Everything one service was told. */
export interface Heard {
  readonly id: string;
  readonly events: { atMs: number; subtype: string; detail: { errcode: number; errmsg: string } }[];
  /** Set when the app stops the service: nothing may come afterwards. */
  isStopped: boolean;
  readonly mistakes: string[];
  msgCallback(event: string, subtype: string, detail: unknown): void;
  count(subtype: string): number;
}

export class SimViewer {
  readonly name: string;
  readonly sim: SimPort;
  readonly port: CountingPort;
  readonly module: OurP2PModule;
  readonly services: Heard[] = [];
  readonly sinks: StreamSink[] = [];
  /** By service. */
  pathPolicy: PathPolicy | null = null;
  private readonly sinksOf = new Map<string, StreamSink[]>();
  /** Called inside each callback of the app, after it was noted. */
  onCallback: ((what: string) => void) | null = null;

  constructor(
    readonly world: SessionWorld,
    readonly host: SimHost,
    moduleOptions: TracedModuleOptions,
  ) {
    this.name = `viewer ${world.viewers.length + 1}`;
    this.sim = world.newPort(this.name, host);
    this.port = createCountingPort(this.sim);
    this.module = createP2PModule(this.port, moduleOptions);
  }

  init(servers?: ServerOptions): Promise<number> {
    return this.module.init({
      appParams: {},
      ...(this.pathPolicy === null ? {} : { pathPolicy: this.pathPolicy }),
      eventHandler: (event) => this.called(event),
      servers: servers ?? { signalingUrl: SIGNALING_URL, stunServers: this.world.stunServers },
    });
  }

  /** `init`, and the time it takes until the broker knows both ends. */
  async getReady(): Promise<void> {
    assert.equal(await this.world.result(`${this.name} init`, this.init()), 0);
    const bothConnected = (): boolean => this.world.camera.isOnline && this.world.broker.clientCount >= 2;
    await this.world.until('the broker knows camera and viewer', bothConnected);
    await this.world.run(1000);
  }

  /** Starts a service; with a sink it pulls at once. */
  start(id: string, sink: StreamSink | null = null, xp2pInfo = this.world.camera.xp2pInfo): Started {
    const heard = this.listen(id);
    const url = `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?tag=${sink?.tag ?? 0}`;
    if (sink) this.sinksOf.set(id, [...(this.sinksOf.get(id) ?? []), sink]);
    const promise = this.module.startP2PService(
      id,
      { url, xp2pInfo },
      { msgCallback: heard.msgCallback, ...(sink ? { dataCallback: sink.dataCallback } : {}) },
    );
    return { heard, call: this.world.call(`${this.name} startP2PService ${id}`, promise) };
  }

  pull(id: string, sink: StreamSink, params = `tag=${sink.tag}`): Call<number> {
    const flv = { filename: 'ipc.flv', params };
    this.sinksOf.set(id, [...(this.sinksOf.get(id) ?? []), sink]);
    const promise = this.module.startStream(id, { flv, dataCallback: sink.dataCallback });
    return this.world.call(`${this.name} startStream ${id} ${params}`, promise);
  }

  stop(id: string): void {
    this.world.trace('app', `${this.name} stopP2PService ${id}`);
    this.module.stopP2PService(id);
    for (const heard of this.services) if (heard.id === id) heard.isStopped = true;
    this.closeSinks(id);
  }

  stopStream(id: string): void {
    this.world.trace('app', `${this.name} stopStream ${id}`);
    this.module.stopStream(id);
    this.closeSinks(id);
  }

  reset(): Call<number> {
    const call = this.world.call(`${this.name} resetP2P`, this.module.resetP2P());
    // A module that is not ready has no services.
    for (const heard of this.services) heard.isStopped = true;
    this.closeSinks();
    return call;
  }

  destroy(): void {
    this.world.trace('app', `${this.name} destroy`);
    for (const heard of this.services) heard.isStopped = true;
    this.closeSinks();
    this.module.destroy();
  }

  newSink(tag = this.sinks.length + 1): StreamSink {
    const sink = new StreamSink(tag, this.world.clock);
    this.sinks.push(sink);
    const check = sink.dataCallback;
    const dataCallback = (data: ArrayBuffer): void => {
      check(data);
      this.called(`data ${data.byteLength}`);
    };
    return Object.assign(sink, { dataCallback });
  }

  checkData(): void {
    for (const sink of this.sinks) assert.equal(sink.mistake, null);
    for (const heard of this.services) {
      assert.deepEqual(heard.mistakes, []);
      assert.ok(heard.count('disconnect') <= 1, `${heard.id}: more than one disconnect`);
    }
  }

  private closeSinks(id?: string): void {
    for (const [owner, sinks] of this.sinksOf) {
      if (id === undefined || id === owner) for (const sink of sinks) sink.isClosed = true;
    }
  }

  /** For services that a test starts by itself. */
  listen(id: string): Heard {
    const events: Heard['events'] = [];
    const heard: Heard = {
      id,
      events,
      isStopped: false,
      mistakes: [],
      count: (subtype) => events.filter((event) => event.subtype === subtype).length,
      msgCallback: (event, subtype, detail) => {
        if (heard.isStopped) heard.mistakes.push(`${event} ${subtype} after the stop of ${id}`);
        if (event !== 'notify') return this.called(`log ${String(detail)}`);
        if (heard.count('disconnect') > 0) heard.mistakes.push(`${subtype} after disconnect`);
        events.push({
          atMs: this.world.nowMs,
          subtype,
          detail: detail as { errcode: number; errmsg: string },
        });
        this.called(`${subtype} of ${id} ${JSON.stringify(detail)}`);
      },
    };
    this.services.push(heard);
    return heard;
  }

  private called(what: string): void {
    this.world.trace(this.name, what);
    this.onCallback?.(what);
  }
}

export interface Started {
  heard: Heard;
  call: Call<number>;
}
