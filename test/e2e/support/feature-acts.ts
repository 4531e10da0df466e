import type { Frame, Page } from 'playwright-core';
import { EN } from '../../../store/locale/en';
import { tapControl } from '../../support/browser';
import { forgetSights, seesClass, seesText, settledText } from '../../support/sights';

type Act = (phone: Frame, page: Page) => Promise<void>;

const TIMEOUT = { timeout: 60_000 };
const byClass = (name: string): string => `[class*="--${name}"]`;

/** The words are somewhere on the phone, or were for a moment. */
const says = (phone: Frame, text: string): Promise<unknown> => seesText(phone, text, TIMEOUT);

const plays = (phone: Frame): Promise<unknown> =>
  phone.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3, null, TIMEOUT);

async function hold(phone: Frame, page: Page, selector: string): Promise<void> {
  await phone.locator(selector).first().hover(TIMEOUT);
  await page.mouse.down();
}

async function talk(phone: Frame, page: Page): Promise<void> {
  await hold(phone, page, byClass('button'));
  await page.mouse.up();
}

/** The preview asks once. */
async function allowMicrophone(phone: Frame, page: Page): Promise<void> {
  await talk(phone, page);
  await phone.locator('.pv-modal-buttons .pv-confirm').click(TIMEOUT);
  await phone.waitForSelector('.pv-modal-buttons', { ...TIMEOUT, state: 'detached' });
}

const talkIs =
  (text: string): Act =>
  async (phone, page) => {
    await allowMicrophone(phone, page);
    await hold(phone, page, byClass('button'));
    await says(phone, text);
    await page.mouse.up();
  };

const download = async (phone: Frame): Promise<void> => {
  await phone.locator(byClass('action')).first().click(TIMEOUT);
};

/** It is told that the file broke off, and in the end every byte is there. */
const downloadRecovers: Act = async (phone) => {
  await download(phone);
  await says(phone, EN['download.problem.link']);
  await says(phone, EN['download.done']);
};

const readyToPlay = (phone: Frame): Promise<unknown> =>
  phone.waitForSelector(`${byClass('toggle')}:not(${byClass('off')})`, TIMEOUT);
const seconds = (text: string): number => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
const time = async (phone: Frame): Promise<number> => seconds(await phone.innerText(byClass('time')));

/** What a user does to meet a fault of a feature, and what is seen then; by the fault's id. */
export const FEATURE_ACTS: Readonly<Record<string, Act>> = {
  'talk-busy': talkIs(EN['voice.problem.busy']),
  'talk-full': talkIs(EN['voice.problem.overLimit']),
  'mic-refused': async (phone, page) => {
    await talk(phone, page);
    await says(phone, EN['voice.problem.permission']);
    await phone.waitForSelector(byClass('settings'), TIMEOUT);
  },
  'ptz-end': async (phone, page) => {
    await phone.waitForSelector(`${byClass('pad')}:not(${byClass('off')})`, TIMEOUT);
    await hold(phone, page, byClass('left'));
    await says(phone, EN['ptz.notice.end']);
    await seesClass(phone, '--end', TIMEOUT);
    await page.mouse.up();
  },
  'ptz-cut': async (phone, page) => {
    await phone.waitForSelector(`${byClass('pad')}:not(${byClass('off')})`, TIMEOUT);
    await forgetSights(phone);
    await hold(phone, page, byClass('left'));
    await seesClass(phone, '--off', TIMEOUT);
    await page.mouse.up();
    await phone.waitForSelector(`${byClass('pad')}:not(${byClass('off')})`, TIMEOUT);
    await phone.waitForSelector(byClass('active'), { ...TIMEOUT, state: 'detached' });
  },
  'clip-broken': async (phone, page) => {
    await readyToPlay(phone);
    await phone.click(byClass('toggle'));
    await page.waitForFunction(
      () => document.querySelector('.entries')?.textContent?.includes('playbackBroken'),
      null,
      TIMEOUT,
    );
    await plays(phone);
  },
  'seek-refused': async (phone, page) => {
    await readyToPlay(phone);
    await phone.click(byClass('toggle'));
    await plays(phone);
    await phone.click(byClass('toggle'));
    await phone.waitForSelector(`${byClass('bar')} ${byClass('icon-play')}`, TIMEOUT);
    const before = await time(phone);
    const box = (await phone.locator(byClass('touch')).boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -1200);
    await page.waitForTimeout(100);
    await page.mouse.down();
    for (let i = 1; i <= 10; i++) await page.mouse.move(x - 3 * i, y);
    await page.waitForTimeout(150);
    await page.mouse.up();
    await settledText(phone, byClass('time'), TIMEOUT);
    if ((await phone.locator(byClass('icon-pause')).count()) === 0) await phone.click(byClass('toggle'));
    await phone.waitForSelector(byClass('icon-pause'), TIMEOUT);
    await phone.waitForFunction(
      (from) => {
        const text = document.querySelector('[class*="--time"]')?.textContent ?? '';
        return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) > from + 20;
      },
      before,
      TIMEOUT,
    );
    await plays(phone);
  },
  'download-cut': downloadRecovers,
  'download-changed': downloadRecovers,
  'disk-full': async (phone) => {
    await download(phone);
    await says(phone, EN['download.problem.storage']);
  },
  'file-too-large': (phone) => says(phone, EN['download.problem.tooLarge']).then(() => {}),
  'album-refused': async (phone) => {
    await plays(phone);
    await tapControl(phone, 'snapshot');
    await says(phone, EN['capture.refused']);
  },
};
