import { createCameraHost } from '../../devkit/camera/camera-host';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { createCountingPort } from '../../devkit/port/counting-port';
import type { CountingPort } from '../../devkit/port/counting-port';
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import { formatXp2pInfo, newTicket } from '../../p2p-core/signaling/ticket';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import type { SessionWorld } from './session-world';
import { cameraApp, SIGNALING_URL, STUN_SERVER } from './session-world-app';
import type { SimHost } from './sim-network';
import type { SimPort } from './sim-port';

/** The camera of a world: the devkit's, unchanged. */
export class SimCamera {
  readonly ticket: PeerTicket;
  readonly xp2pInfo: string;
  sim!: SimPort;
  port!: CountingPort;
  agent!: CameraHost;
  isOnline = false;
  private readonly keyPair: KeyPair | null;

  constructor(
    private readonly world: SessionWorld,
    readonly host: SimHost,
  ) {
    const { fill } = world.random;
    this.keyPair = (world.options.isPinned ?? true) ? generateKeyPair(fill) : null;
    this.ticket = newTicket(fill, {
      staticKey: this.keyPair === null ? null : this.keyPair.publicKey,
      signalingUrl: SIGNALING_URL,
      stunServers:
        world.options.cameraNat === undefined || world.options.cameraNat === 'direct' ? [] : [STUN_SERVER],
      turnServers: world.options.isTurnOfCameraOnly === true ? [] : world.turnServers,
      deviceVersion: '2.4.0',
    });
    this.xp2pInfo = formatXp2pInfo(this.ticket);
    this.boot();
  }

  /**
   * Starts anew, also after `stop` or `crash`: what was running must have ended before. A new port, as after most
   * restarts, unless `udpPort` says which.
   */
  boot(udpPort: number | null = null): void {
    const { world } = this;
    this.isOnline = false;
    this.sim = world.newPort('camera', this.host);
    this.sim.udpPort = udpPort;
    this.port = createCountingPort(this.sim);
    this.agent = createCameraHost(this.port, {
      ticket: this.ticket,
      staticKeyPair: this.keyPair,
      onRequest: world.options.onRequest
        ? world.options.onRequest(this.port.clock)
        : cameraApp(this.port.clock, world.options.feed ?? { frameBytes: 2000, frameMs: 40 }),
      onStateChange: (state) => {
        this.isOnline = state === 'online';
      },
      ...(world.options.isTurnOfCameraOnly === true ? { turnServers: () => world.turnServers } : {}),
      ...(world.options.cameraPolicy === undefined ? {} : { pathPolicy: world.options.cameraPolicy }),
      ...(world.options.maxViewers === undefined ? {} : { maxViewers: world.options.maxViewers }),
    });
    void this.agent.start();
  }

  stop(): void {
    this.agent.stop();
  }

  /** Loses power. */
  crash(): void {
    this.sim.powerOff();
    this.port = createCountingPort(this.sim);
    this.agent = { start: () => Promise.resolve(), stop: () => undefined, viewerCount: 0 };
    this.isOnline = false;
  }
}
