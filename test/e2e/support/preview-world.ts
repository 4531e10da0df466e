import type { Frame } from 'playwright-core';
import type { CameraHost } from '../../../devkit/camera/camera-host';
import { newIdentity, ticketOf } from '../../../devkit/camera/identity';
import { createSimulatedCamera } from '../../../devkit/camera/simulated-camera';
import type { SimulatedCameraOptions } from '../../../devkit/camera/simulated-camera';
import { createNodePort } from '../../../devkit/port/node-port';
import { type Preview, startPreview } from '../../../devkit/preview/server';
import { type Servers, startServers } from '../../../devkit/servers/servers';
import { formatXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { type Browser, openBrowser } from '../../support/browser';

export type CameraOptions = Omit<SimulatedCameraOptions, 'port' | 'ticket' | 'staticKeyPair'>;

/** A camera, its servers, and the preview in Chromium. */
export interface PreviewWorld {
  browser: Browser;
  camera: CameraHost;
  xp2pInfo: string;
  openStory(id: string): Promise<Frame>;
  close(): Promise<void>;
}

export async function openPreviewWorld(
  options: CameraOptions = {},
  browserOptions: Parameters<typeof openBrowser>[0] = {},
): Promise<PreviewWorld> {
  const servers: Servers = await startServers();
  const identity = newIdentity();
  const ticket = ticketOf(identity, {
    signalingUrl: servers.signalingUrl,
    stunServers: [servers.stunServer],
  });
  const camera = createSimulatedCamera({
    ...options,
    port: createNodePort({ includeLoopback: true }),
    ticket,
    staticKeyPair: identity.keyPair,
  });
  await camera.start();
  const xp2pInfo = formatXp2pInfo(ticket);
  const [preview, browser]: [Preview, Browser] = await Promise.all([
    startPreview({ xp2pInfo }),
    openBrowser(browserOptions),
  ]);
  return {
    browser,
    camera,
    xp2pInfo,
    async openStory(id) {
      await browser.page.goto('about:blank');
      await browser.page.goto(`${preview.url}#/story/${id}`);
      await browser.page.waitForSelector('#frame[data-ready]');
      return browser.page.frames().find((frame) => frame.url().includes('/phone.html')) as Frame;
    },
    async close() {
      await browser.close();
      await preview.close();
      camera.stop();
      await servers.close();
    },
  };
}
