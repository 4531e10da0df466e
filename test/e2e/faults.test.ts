import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { type Fault, FAULTS } from '../../devkit/preview/faults/registry';
import { type SimulatedWorld, startSimulatedWorld } from '../../devkit/preview/faults/simulated-world';
import { type Preview, startPreview } from '../../devkit/preview/server';
import { EN } from '../../store/locale/en';
import { type Browser, hasChromium, openBrowser, tapControl } from '../support/browser';
import { FEATURE_ACTS } from './support/feature-acts';

/** Nearly all of the time is waiting, so several phones fail at once, each with a camera of its own. */
const LANES = 3;
const PICTURE_TIMEOUT_MS = 60_000;
/** The longest silence that the core waits for, and some retries. */
const TOLD_TIMEOUT_MS = 60_000;
/** What interrupts nothing has had its chance by then. */
const EFFECT_MS = 3_000;
/** What a browser itself writes to the console when a server cannot be reached. */
const EXPECTED_ERRORS = /WebSocket connection to 'ws:\/\/127\.0\.0\.1:\d+\/mqtt' failed/;

interface Lane {
  world: SimulatedWorld;
  preview: Preview;
  page: Page;
}

/** The words that go with a code, as the English table has them. */
const WORDS: readonly string[] = Object.entries(EN)
  .filter(([key]) => key.startsWith('error.'))
  .map(([, text]) => text);

describe(
  'every fault of the preview, in Chromium',
  { skip: !hasChromium && 'no Chromium', concurrency: LANES },
  () => {
    const lanes: Lane[] = [];
    const all: Lane[] = [];
    let browser: Browser;

    before(async () => {
      browser = await openBrowser({ hasMicrophone: true });
      for (let i = 0; i < LANES; i++) {
        const world = await startSimulatedWorld();
        const preview = await startPreview({ world });
        const lane = { world, preview, page: await browser.newPage() };
        all.push(lane);
        lanes.push(lane);
      }
    });
    after(async () => {
      await browser?.close();
      for (const { preview, world } of all) {
        await preview.close();
        await world.close();
      }
    });

    for (const fault of FAULTS) {
      test(`${fault.id}: ${fault.expect.en}`, async () => {
        const lane = lanes.pop();
        assert.ok(lane, 'as many lanes as tests at once');
        try {
          if (fault.story === undefined) await show(lane, fault);
          else await showFeature(lane, fault);
        } finally {
          lanes.push(lane);
        }
      });
    }

    test('none of them writes an error to the console, but what the browser says of a server that is away', () => {
      assert.deepEqual(
        browser.errors.filter((error) => !EXPECTED_ERRORS.test(error)),
        [],
      );
    });
  },
);

async function show({ preview, page }: Lane, fault: Fault): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${preview.url}#/story/live?lang=en&autoReplay=true`);
  await playsOn(page);
  const codes = await collectCodes(page);

  await page.click(`[data-fault="${fault.id}"]`);
  if (fault.id === 'play-ignored') {
    const phone = phoneOf(page);
    await tapControl(phone, 'toggle');
    await phone.waitForSelector('[class*="icon-play"]');
    await tapControl(phone, 'toggle');
  }
  if (fault.errorCodes) {
    const told = await codes.one(fault.errorCodes);
    assert.ok(WORDS.includes(told.title), `“${told.title}” is a sentence of the table`);
  } else {
    await page.waitForTimeout(EFFECT_MS);
    await playsOn(page);
  }

  if (fault.kind === 'toggle') await page.click(`[data-fault="${fault.id}"]`);
  // Without a permission nothing is retried by itself; the story is opened again, as the user comes back from the settings.
  if (fault.id === 'no-permission') await page.click('.toolbar button');
  await playsOn(page);
}

/** A fault of a feature, by its deep link: the feature says what is wrong, and is well again without the fault. */
async function showFeature({ preview, page }: Lane, fault: Fault): Promise<void> {
  const act = FEATURE_ACTS[fault.id];
  assert.ok(act, 'a user does something');
  await page.goto('about:blank');
  await page.goto(`${preview.url}#/story/${fault.story}?lang=en&fault=${fault.id}`);
  await page.waitForSelector('#frame[data-ready]');
  await act(phoneOf(page), page);
  await page.click(`[data-fault="${fault.id}"]`);
}

function phoneOf(page: Page): Frame {
  const phone = page.frames().find((frame) => frame.url().includes('/phone.html'));
  assert.ok(phone, 'the phone is there');
  return phone;
}

/** The picture moves on for a second, in whatever document the phone is by now. */
async function playsOn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const phone = document.querySelector<HTMLIFrameElement>('iframe.screen');
      const video = phone?.contentDocument?.querySelector('video');
      const state = window as unknown as { seen?: { video: HTMLVideoElement; sec: number } };
      if (!video || video.currentTime === 0) return false;
      if (state.seen?.video !== video || video.currentTime < state.seen.sec) {
        state.seen = { video, sec: video.currentTime };
        return false;
      }
      const hasCard = phone?.contentDocument?.querySelector('[class*="--veil"]');
      return !hasCard && video.currentTime - state.seen.sec >= 1;
    },
    null,
    { timeout: PICTURE_TIMEOUT_MS, polling: 100 },
  );
  await page.evaluate(() => delete (window as unknown as { seen?: object }).seen);
}

interface Told {
  code: string;
  title: string;
}
interface ToldWindow {
  told: Told[];
}

/** What the error card says, from now on. It is written down in the page, where no card is too short to be seen. */
async function collectCodes(page: Page) {
  await page.evaluate(() => {
    const told: Told[] = [];
    (window as unknown as ToldWindow).told = told;
    const phone = (): Document | null | undefined =>
      document.querySelector<HTMLIFrameElement>('iframe.screen')?.contentDocument;
    const look = (): void => {
      const text = (name: string) => phone()?.querySelector(`[class*="--${name}"]`)?.textContent ?? '';
      const now = { code: text('code'), title: text('card-title') };
      const last = told[told.length - 1];
      if (now.code !== '' && (last?.code !== now.code || last.title !== now.title)) told.push(now);
    };
    const observer = new MutationObserver(look);
    let watched: Document | null = null;
    // The phone gets another document when its story is opened again.
    setInterval(() => {
      const now = phone() ?? null;
      if (now === null || now === watched) return;
      watched = now;
      observer.observe(now, { subtree: true, childList: true, characterData: true });
      look();
    }, 20);
  });
  return {
    /** Resolves with the first card that shows one of `codes`. */
    async one(codes: readonly string[]): Promise<Told> {
      const endMs = performance.now() + TOLD_TIMEOUT_MS;
      for (;;) {
        const told = await page.evaluate(() => (window as unknown as ToldWindow).told);
        const found = told.find(({ code }) => codes.includes(code));
        if (found) return found;
        const seen = told.map(({ code, title }) => `${code} ${title}`).join('; ');
        assert.ok(
          performance.now() < endMs,
          `waited for ${codes.join(' or ')}; the card said: ${seen || 'nothing'}`,
        );
        await page.waitForTimeout(100);
      }
    },
  };
}
