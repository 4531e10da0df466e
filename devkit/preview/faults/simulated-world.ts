import { randomFillSync } from 'node:crypto';
import type { HttpServerRequest, HttpServerResponse } from '../../../p2p-core/http/types';
import type { Log } from '../../../p2p-core/port/port';
import { formatXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { sendError } from '../../camera/answers';
import type { CameraHost } from '../../camera/camera-host';
import type { CameraChannel } from '../../camera/channel';
import { newIdentity, ticketOf } from '../../camera/identity';
import { createSimulatedCamera } from '../../camera/simulated-camera';
import { openChannels } from '../../camera/sources';
import { createNodePort } from '../../port/node-port';
import { startHttpFlv } from '../../servers/http-flv';
import type { HttpFlvServer } from '../../servers/http-flv';
import { startServers } from '../../servers/servers';
import type { Servers } from '../../servers/servers';
import { FeatureFaults } from './feature-faults';
import { makeStreamToken } from '../../tracker/token';
import { startTrackerWorker } from '../../tracker/worker';
import type { TrackerWorker } from '../../tracker/worker';
import type { Room } from '../stories';
import { gateSource } from './gated-source';
import type { GatedSource } from './gated-source';
import { createMortalPort } from './mortal-port';
import type { MortalPort } from './mortal-port';
import { findFault } from './registry';
import { openServerGate } from './server-gate';
import type { ServerGate } from './server-gate';
import type { World } from './world';

export interface SimulatedWorldOptions {
  /** As in `openChannels`. Default: the built-in moving test picture. */
  sourceName?: string;
  /** Default 4, as a small recorder has. */
  channelCount?: number;
  log?: Log;
}

export interface SimulatedWorld extends World {
  /** Viewers that have a session with the camera. */
  readonly viewerCount: number;
  close(): Promise<void>;
}

const TOKEN_SECONDS = 24 * 3600;
/** Long enough to be seen, short enough to wait for. */
const RESTART_MS = 2_000;
/** The broker tells the world that the buried camera is offline before the new one says that it is online. */
const BURIAL_MS = 200;
/** More than the camera serves at once: what is older has ended. */
const MAX_STREAMS = 32;
/** Each of the three round trips of a start waits twice this; two of them have to end within the core's 5 s. */
const SLOW_DELAY_MS = 1_000;

/** Servers and one camera on this host, and every way in which they can fail. Rejects when a port cannot be opened. */
export async function startSimulatedWorld(options: SimulatedWorldOptions = {}): Promise<SimulatedWorld> {
  const servers = await startServers();
  try {
    const gate = await openServerGate(Number(new URL(servers.signalingUrl).port));
    const world = new Simulation(servers, gate, options);
    await world.startCamera();
    await world.openRoom();
    return world;
  } catch (error) {
    await servers.close();
    throw error;
  }
}

interface Stream {
  request: HttpServerRequest;
  response: HttpServerResponse;
}

class Simulation implements SimulatedWorld {
  private readonly identity = newIdentity();
  private readonly sources: GatedSource[];
  private readonly channels: CameraChannel[];
  private readonly streams = new Set<Stream>();
  private readonly features = new FeatureFaults(() => void this.setFault('camera-restart', true));
  private camera: CameraHost | null = null;
  private origin: HttpFlvServer | null = null;
  private tracker: TrackerWorker | null = null;
  private readonly trackerSecret = randomFillSync(new Uint8Array(32));
  private port: MortalPort | null = null;
  /** Answer to every stream request; 0: the stream. */
  private forcedStatus = 0;
  private isSecretWrong = false;
  private isTicketDamaged = false;
  /** Faults of the camera end one after the other: each finds it off or on, never between. */
  private lastChange: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly servers: Servers,
    private readonly gate: ServerGate,
    private readonly options: SimulatedWorldOptions,
  ) {
    const { clock } = this.nodePort();
    const { sourceName = 'test:', channelCount = 4 } = options;
    const channels = openChannels(clock, { sourceName, channelCount });
    this.sources = channels.map(({ source }) => gateSource(source));
    this.channels = channels.map((channel, i) => ({ ...channel, source: this.sources[i] as GatedSource }));
  }

  get xp2pInfo(): string {
    // Viewers pass the gate, the camera does not: the server is unreachable, or slow, for them alone.
    const ticket = this.ticket(`ws://127.0.0.1:${this.gate.port}/mqtt`);
    if (this.isSecretWrong) return formatXp2pInfo({ ...ticket, secret: randomFillSync(new Uint8Array(32)) });
    const text = formatXp2pInfo(ticket);
    return this.isTicketDamaged ? `${text.slice(0, 40)}%2.4.0` : text;
  }

  get viewerCount(): number {
    return this.camera?.viewerCount ?? 0;
  }

  setFault(id: string, isOn: boolean): Promise<void> {
    const change = this.lastChange.then(() => (this.isClosed ? undefined : this.change(id, isOn)));
    this.lastChange = change.catch(() => {});
    return change;
  }

  private change(id: string, isOn: boolean): Promise<void> | void {
    if (findFault(id)?.place === 'features') return this.features.set(id, isOn);
    switch (id) {
      case 'camera-off':
        return isOn ? this.stopCamera() : this.startCamera();
      case 'camera-gone':
        if (isOn) return this.killCamera();
        return this.buryCamera().then(() => this.startCamera());
      case 'camera-restart':
        this.killCamera();
        return pause(RESTART_MS)
          .then(() => this.buryCamera())
          .then(() => this.startCamera());
      case 'camera-silent':
        return this.sources.forEach((source) => source.setOpen(!isOn));
      case 'camera-404':
      case 'camera-405':
      case 'camera-503':
        return this.forceStatus(isOn ? Number(id.slice('camera-'.length)) : 0);
      case 'wrong-secret':
        this.isSecretWrong = isOn;
        return;
      case 'bad-ticket':
        this.isTicketDamaged = isOn;
        return;
      case 'server-down':
        return this.gate.setOpen(!isOn);
      case 'server-slow':
        return this.gate.setDelay(isOn ? SLOW_DELAY_MS : 0);
      default:
        throw new Error(`the simulated world has no fault ${id}`);
    }
  }

  async startCamera(): Promise<void> {
    if (this.camera !== null) return;
    this.port = createMortalPort(this.nodePort());
    this.camera = createSimulatedCamera({
      port: this.port,
      ticket: this.ticket(this.servers.signalingUrl),
      staticKeyPair: this.identity.keyPair,
      channels: this.channels,
      intercept: (request, response) => this.intercept(request, response),
    });
    await this.camera.start();
  }

  /** A stream of many viewers: what the camera shows, as http-flv. */
  async openRoom(): Promise<void> {
    this.origin = await startHttpFlv({ source: this.sources[0] as GatedSource });
    const url = this.servers.signalingUrl;
    this.tracker = startTrackerWorker({ port: this.nodePort(), url, secret: this.trackerSecret });
  }

  get room(): Room {
    const { signalingUrl } = this.servers;
    const flvUrl = this.origin?.url ?? '';
    if (flvUrl === '') return { flvUrl, swarmToken: '', signalingUrl };
    // Every phone is another user: open the story in two tabs, and one feeds the other.
    const account = randomFillSync(new Uint8Array(8));
    const expiryS = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
    return {
      flvUrl,
      swarmToken: makeStreamToken(this.trackerSecret, flvUrl, { expiryS, account }),
      signalingUrl,
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.tracker?.close();
    await this.origin?.close();
    await this.lastChange;
    this.stopCamera();
    this.port?.bury();
    await this.gate.close();
    await this.servers.close();
  }

  private stopCamera(): void {
    this.camera?.stop();
    this.camera = null;
    this.streams.clear();
  }

  private killCamera(): void {
    this.port?.die();
    this.stopCamera();
  }

  private buryCamera(): Promise<void> {
    this.port?.bury();
    return pause(BURIAL_MS);
  }

  /** Who watches already asks again, and gets the new answer. */
  private forceStatus(status: number): void {
    this.forcedStatus = status;
    if (status === 0) return;
    for (const { request, response } of this.streams) {
      // Whoever gives an answer up is not told that it was given up.
      request.onAbort?.();
      response.abort();
    }
    this.streams.clear();
  }

  private intercept(request: HttpServerRequest, response: HttpServerResponse): boolean {
    if (this.features.intercept(request, response)) return true;
    if (request.path !== '/ipc.flv') return false;
    if (this.forcedStatus === 0) {
      this.streams.add({ request, response });
      const [oldest] = this.streams;
      if (this.streams.size > MAX_STREAMS && oldest) this.streams.delete(oldest);
      return false;
    }
    sendError(response, this.forcedStatus, 'as the preview was told to answer');
    return true;
  }

  private ticket(signalingUrl: string) {
    return ticketOf(this.identity, { signalingUrl, stunServers: [this.servers.stunServer] });
  }

  private nodePort() {
    const { log } = this.options;
    return createNodePort({ includeLoopback: true, ...(log ? { log } : {}) });
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
