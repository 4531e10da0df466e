/* global document */
// Which states the screenshots show, and how each is reached from a deep link.

const LOOK_MS = 400;
const PICTURE_TIMEOUT_MS = 30_000;
const tag = (name) => `[class*="--${name}"]`;

const pause = (page, ms = LOOK_MS) => page.waitForTimeout(ms);

async function picture(phone, page, seconds = 1.2) {
  await phone.waitForFunction((end) => (document.querySelector('video')?.currentTime ?? 0) > end, seconds, {
    timeout: PICTURE_TIMEOUT_MS,
  });
  await pause(page, 100);
}

export const playing =
  (...act) =>
  async (phone, page) => {
    await picture(phone, page);
    for (const each of act) await each(phone, page);
    await pause(page);
  };
export const tap = (name) => (phone) => phone.click(tag(name), { force: true });
const wait = (ms) => (_phone, page) => pause(page, ms);
const card = (code) => async (phone, page) => {
  await phone.waitForFunction(
    (wanted) => document.querySelector('[class*="--code"]')?.textContent === wanted,
    code,
    { timeout: PICTURE_TIMEOUT_MS },
  );
  await pause(page, 200);
};
export const seen = (name) => async (phone, page) => {
  await phone.waitForSelector(tag(name), { timeout: PICTURE_TIMEOUT_MS });
  await pause(page, 150);
};

/** `address` is what follows `#/story/`. */
export const STATES = [
  { name: 'loading', address: 'live?fault=server-slow', act: seen('spinner') },
  { name: 'slow-start', address: 'live?fault=server-slow', act: seen('steps') },
  { name: 'playing', address: 'live', act: playing() },
  { name: 'playing-without-controls', address: 'live', act: playing(wait(4600)) },
  { name: 'muted', address: 'live', act: playing(tap('mute')) },
  { name: 'quality', address: 'live', act: playing(tap('quality')) },
  { name: 'stats', address: 'live', act: playing(tap('stats'), wait(2500)) },
  { name: 'stopped', address: 'live', act: playing(tap('toggle')) },
  { name: 'offline-countdown', address: 'live?fault=camera-off', act: card('-2803') },
  { name: 'closed', address: 'live?fault=camera-restart', act: seen('card') },
  { name: 'reconnecting', address: 'live?fault=camera-off', act: seen('reason') },
  { name: 'no-picture', address: 'live?fault=camera-404', act: card('-2811') },
  { name: 'no-answer', address: 'live?fault=wrong-secret', act: card('-2801') },
  { name: 'fatal', address: 'live?fault=bad-ticket', act: card('-2001') },
  { name: 'server', address: 'live?fault=server-down', act: card('-2802') },
  { name: 'player', address: 'live?fault=live-player-error', act: seen('card') },
  { name: 'permission', address: 'live?fault=no-permission', act: seen('card') },
  { name: 'local-server', address: 'live?fault=local-server-error', act: seen('card') },
  { name: 'narrow', address: 'live?width=320', act: playing() },
  { name: 'narrow-stats', address: 'live?width=320', act: playing(tap('stats'), wait(2500)) },
  { name: 'narrow-error', address: 'live?width=320&fault=server-down', act: card('-2802') },
  { name: 'wide', address: 'live?width=430', act: playing() },
  { name: 'full', address: 'live', act: playing(tap('full')), isWhole: true },
  {
    name: 'full-lying',
    address: 'live',
    act: playing(tap('full'), wait(300), tap('landscape')),
    isWhole: true,
  },
  {
    name: 'full-error',
    address: 'live',
    act: playing(tap('full'), (_phone, page) => page.click('[data-fault="player-2301"]'), seen('card')),
    isWhole: true,
  },
  { name: 'landscape', address: 'live', act: playing(), isLying: true },
  { name: 'landscape-full', address: 'live', act: playing(tap('full')), isLying: true },
  { name: 'landscape-error', address: 'live?fault=camera-off', act: card('-2803'), isLying: true },
];

const hold = (name) => async (phone, page) => {
  await phone.locator(tag(name)).first().hover();
  await page.mouse.down();
};
const answer = (name) => (phone) => phone.click(`.pv-modal-buttons .pv-${name}`);
const first = (name) => (phone) => phone.locator(tag(name)).first().click();

/** Plays the recording at the marker. */
export async function playsRecording(phone, page) {
  await pause(page, 1500);
  await phone.click(tag('toggle'));
  await playing(wait(500))(phone, page);
}

/** The pages of the features: each in every width of a phone, and lying. */
const FEATURES = [
  { name: 'talk', story: 'talk', act: playing() },
  {
    name: 'talk-talking',
    story: 'talk',
    act: playing(hold('button'), answer('confirm'), hold('button'), seen('talking'), wait(800)),
  },
  {
    name: 'talk-refused',
    story: 'talk',
    act: playing(hold('button'), answer('cancel'), hold('button'), seen('settings')),
  },
  {
    name: 'call',
    story: 'talk?mode=duplexVideo',
    act: playing(
      first('button'),
      answer('confirm'),
      wait(300),
      answer('confirm'),
      seen('talking'),
      wait(1200),
    ),
  },
  { name: 'ptz', story: 'ptz', act: playing(seen('pad')) },
  { name: 'playback', story: 'playback', act: wait(2500) },
  {
    name: 'playback-calendar',
    story: 'playback',
    act: async (phone, page) => {
      await pause(page, 1500);
      await phone.click(tag('day'));
      await pause(page, 800);
    },
  },
  { name: 'playback-playing', story: 'playback', act: playsRecording },
  { name: 'download', story: 'download', act: seen('row') },
  {
    name: 'download-running',
    story: 'download',
    act: async (phone, page) => {
      await seen('action')(phone, page);
      await first('action')(phone);
      await pause(page, 900);
    },
  },
  { name: 'camera', story: 'camera', act: playing(seen('pad')) },
  { name: 'camera-recording', story: 'camera', act: playing(first('record'), seen('recording'), wait(1500)) },
  { name: 'nvr', story: 'nvr', act: playing(seen('pad')) },
  { name: 'nvr-channels', story: 'nvr', act: playing(tap('channel-name'), seen('channels')) },
  { name: 'nvr-error', story: 'nvr?fault=camera-404', act: card('-2811') },
  { name: 'multi', story: 'multi', act: playing(wait(800)) },
  { name: 'multi-single', story: 'multi', act: playing(first('full'), wait(1500)) },
  { name: 'multi-error', story: 'multi?fault=camera-404', act: seen('retry') },
].flatMap(({ name, story, act }) =>
  [320, 375, 430, 'lying'].map((width) => ({
    name: `${name}-${width}`,
    address: width === 'lying' ? story : `${story}${story.includes('?') ? '&' : '?'}width=${width}`,
    act,
    isWhole: true,
    isLying: width === 'lying',
  })),
);
STATES.push(...FEATURES);

export const SHEET_LOOKS = [
  { name: 'light-en', query: { theme: 'light', lang: 'en' } },
  { name: 'dark-zh', query: { theme: 'dark', lang: 'zh' } },
];

/** The upper part of the phone: bars and picture. */
const PICTURE = { of: 'iframe.screen', heightPx: 318 };

/** What the documents show. */
export const DOC_SHOTS = [
  {
    file: 'preview.webp',
    address: 'live?theme=light&lang=en',
    act: playing(),
    viewport: { width: 1280, height: 840 },
    scale: 1,
    quality: 70,
  },
  ...[
    ['camera', 'camera', playing(seen('pad'))],
    ['playback', 'playback', playsRecording],
    ['multi', 'multi', playing(wait(1500))],
    ['talk', 'talk', playing(wait(300))],
  ].flatMap(([name, story, act]) =>
    [
      ['', 'light', 'en'],
      ['.zh', 'dark', 'zh'],
    ].map(([end, theme, lang]) => ({
      file: `${name}${end}.jpg`,
      address: `${story}?theme=${theme}&lang=${lang}`,
      act,
      part: { of: 'iframe.screen' },
      scale: 1,
    })),
  ),
  { file: 'playing.jpg', address: 'live?theme=light&lang=en', act: playing(), part: PICTURE },
  {
    file: 'slow-start.jpg',
    address: 'live?theme=light&lang=en&fault=server-slow',
    act: seen('steps'),
    part: PICTURE,
  },
  {
    file: 'error.jpg',
    address: 'live?theme=light&lang=en&fault=camera-off',
    act: card('-2803'),
    part: PICTURE,
  },
  { file: 'quality.zh.jpg', address: 'live?theme=dark&lang=zh', act: playing(tap('quality')), part: PICTURE },
  {
    file: 'stats.zh.jpg',
    address: 'live?theme=dark&lang=zh',
    act: playing(tap('stats'), wait(2500)),
    part: PICTURE,
  },
  {
    file: 'error.zh.jpg',
    address: 'live?theme=dark&lang=zh&fault=server-down',
    act: card('-2802'),
    part: PICTURE,
  },
  {
    file: 'landscape.jpg',
    address: 'live?theme=dark&lang=en&landscape=true',
    act: playing(tap('full')),
    part: { of: 'iframe.screen' },
    scale: 1,
  },
];
