import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Frame, type Page } from 'playwright-core';
import { keepSights } from './sights';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A microphone that beeps, and that nobody is asked about. */
const FAKE_MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export const hasChromium = fs.existsSync(CHROMIUM);

export interface Browser {
  page: Page;
  /** Another tab; its errors are counted too. */
  newPage(): Promise<Page>;
  /** Console errors and uncaught exceptions so far. */
  errors: string[];
  close(): Promise<void>;
}

/** Headless Chromium with a fresh profile. `allowsSound: false` is how a browser treats a page that nobody tapped yet. */
export async function openBrowser({
  allowsSound = true,
  hasMicrophone = false,
  width = 1440,
  height = 940,
} = {}): Promise<Browser> {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-chromium-'));
  const policy = allowsSound ? 'no-user-gesture-required' : 'document-user-activation-required';
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: [...ARGUMENTS, ...(hasMicrophone ? FAKE_MICROPHONE : []), `--autoplay-policy=${policy}`],
    viewport: { width, height },
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript(keepSights);
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  const watch = (watched: Page): Page => {
    watched.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    watched.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    return watched;
  };
  return {
    page: watch(page),
    newPage: async () => watch(await context.newPage()),
    errors,
    async close() {
      await context.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Where screenshots of a run are kept, for people to look at. */
export function screenshotPath(name: string): string {
  const folder = path.resolve('.build', 'e2e');
  fs.mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name}.png`);
}

/** Taps a control of the player by its class; controls that have hidden meanwhile are brought back first. */
export async function tapControl(phone: Frame, name: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const isAway = await phone.locator('[class*="--bar"][class*="--away"]').count();
    try {
      if (isAway > 0) await phone.click('[class*="--touch"]', { position: { x: 150, y: 90 }, timeout: 1000 });
      return await phone.click(`[class*="--${name}"][role="button"]`, { timeout: 2000 });
    } catch (error) {
      if (attempt === 9) throw error;
    }
  }
}
