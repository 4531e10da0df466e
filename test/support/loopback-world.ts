import { Drbg } from '../../p2p-core/crypto/drbg';
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule, P2PModuleOptions } from '../../p2p-core/index';
import type { Port } from '../../p2p-core/port/port';
import { formatXp2pInfo, newTicket } from '../../p2p-core/signaling/ticket';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { createCameraHost } from '../../devkit/camera/camera-host';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import { randomBytes } from 'node:crypto';

/** Rendezvous, STUN, and helpers to put cameras and viewers beside them, all on real loopback sockets. */
export interface LoopbackWorld {
  readonly signalingUrl: string;
  readonly stunServer: string;
  newTicket(overrides?: Partial<PeerTicket>): PeerTicket;
  startCamera(ticket: PeerTicket, onRequest: HttpServerHandler, port?: Port): Promise<CameraHost>;
  newModule(port?: Port, options?: P2PModuleOptions): P2PModule;
  close(): Promise<void>;
}

export const LIVE_URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=high';

export async function startLoopbackWorld(): Promise<LoopbackWorld> {
  const servers = await startServers({});
  const cameras: CameraHost[] = [];
  const modules: P2PModule[] = [];
  const drbg = new Drbg(new Uint8Array(randomBytes(32)));
  return {
    signalingUrl: servers.signalingUrl,
    stunServer: servers.stunServer,
    newTicket(overrides = {}) {
      const keyPair = generateKeyPair(drbg.fill);
      const ticket = newTicket(drbg.fill, {
        signalingUrl: servers.signalingUrl,
        stunServers: [servers.stunServer],
        deviceVersion: '2.4.0',
      });
      const made = { ...ticket, ...overrides };
      if (overrides.staticKey === undefined) {
        keyPairs.set(made, keyPair);
        made.staticKey = keyPair.publicKey;
      }
      return made;
    },
    async startCamera(ticket, onRequest, port = createNodePort({ includeLoopback: true })) {
      const online = new Promise<void>((resolve) => {
        const camera = createCameraHost(port, {
          ticket,
          staticKeyPair: keyPairs.get(ticket) ?? null,
          onRequest,
          onStateChange: (state) => state === 'online' && resolve(),
        });
        cameras.push(camera);
        void camera.start();
      });
      await online;
      return cameras[cameras.length - 1]!;
    },
    newModule(port = createNodePort({ includeLoopback: true }), options = {}) {
      const module = createP2PModule(port, options);
      modules.push(module);
      return module;
    },
    async close() {
      for (const module of modules) module.destroy();
      for (const camera of cameras) camera.stop();
      await servers.close();
    },
  };
}

/** The private half belongs to the camera, never to the ticket. */
const keyPairs = new WeakMap<PeerTicket, ReturnType<typeof generateKeyPair>>();

export const xp2pInfoOf = (ticket: PeerTicket): string => formatXp2pInfo(ticket);
