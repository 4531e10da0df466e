import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Frame, type Page } from 'playwright-core';
import { makeItNoon } from './noon';
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

/** What has not come by then never will. */
const WAIT_MS = 60_000;

export const hasChromium = fs.existsSync(CHROMIUM);

export interface Browser {
  page: Page;
  /** Another tab; its errors are counted too. */
  newPage(): Promise<Page>;
  /** Console errors and uncaught exceptions so far. */
  errors: string[];
  close(): Promise<void>;
}

/**
 * Headless Chromium with a fresh profile, in which it is noon, as in this process from now on. `allowsSound: false` is how a
 * browser treats a page that nobody tapped yet.
 */
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
    timezoneId: makeItNoon(),
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(WAIT_MS);
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

/** Where the newest tap is to come down, and whether it did: the page writes that down itself. */
interface TapWindow {
  tap?: { selector: string; hasLanded: boolean };
}

/**
 * Taps a control of the player by its class, once. Controls that have hidden meanwhile are brought back first, and on a slow
 * machine they may hide again before the finger is there: the page tells where it came down, so that no tap need be in time,
 * and none is done twice.
 */
export async function tapControl(phone: Frame, name: string): Promise<void> {
  const control = `[class*="--${name}"][role="button"]`;
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    assert.ok(performance.now() < endMs, `${name} could not be tapped for ${WAIT_MS} ms`);
    const seen = await phone.evaluate(aimAt, control);
    if (seen === 'away') {
      await tap(phone, '[class*="--touch"]', { x: 150, y: 90 });
    } else if (seen === 'ready') {
      await tap(phone, control);
      if (await phone.evaluate(() => (window as unknown as TapWindow).tap!.hasLanded)) return;
    } else {
      await phone.waitForTimeout(50);
    }
  }
}

/** In the page: how the control is, and from now on it is noted whether a tap comes down on one. */
function aimAt(selector: string): 'away' | 'ready' | 'missing' {
  const state = window as unknown as TapWindow;
  if (!state.tap) {
    const note = ({ target }: Event): void => {
      if ((target as Element).closest(state.tap!.selector)) state.tap!.hasLanded = true;
    };
    window.addEventListener('mouseup', note, true);
  }
  state.tap = { selector, hasLanded: false };
  const control = document.querySelector(selector);
  if (control?.closest('[class*="--away"]')) return 'away';
  return control && control.getAttribute('aria-disabled') !== 'true' ? 'ready' : 'missing';
}

/** Without waiting for an element to stand still, which takes longer on a busy machine than controls are shown. */
async function tap(phone: Frame, selector: string, position?: { x: number; y: number }): Promise<void> {
  const element = await phone.$(selector);
  // It may go away under the finger: what came of it is asked for afterwards.
  await element?.click({ force: true, ...(position ? { position } : {}) }).catch(() => {});
}
