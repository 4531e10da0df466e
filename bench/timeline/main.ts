import { openPreviewWorld } from '../../test/e2e/support/preview-world';
import { atLeast, atMost, finish, median, printTable, round } from '../lib/report';

const DRAG_MS = 4000;
const TIMEOUT = { timeout: 20_000 };

/** One gesture as the page saw it. */
interface Seen {
  /** Between the frames in which the strip was drawn, in ms. */
  gapsMs: number[];
  /** Spent on drawing in each of them. */
  drawMs: number[];
  /** Between the frames that the browser offered meanwhile. */
  offeredMs: number[];
}

type Meter = { seen: Seen; stop(): void };
type Page = { meter: Meter };

/** In the phone's frame: counts the frames in which the canvas is cleared, and all that the browser offers. */
function startMeter(): void {
  const seen: Seen = { gapsMs: [], drawMs: [], offeredMs: [] };
  const context = document.querySelector('canvas')!.getContext('2d')!;
  let isDrawn = false;
  let isOver = false;
  let drawnMs = 0;
  let offeredMs = 0;
  const clear = context.clearRect;
  context.clearRect = function (...area) {
    isDrawn = true;
    return clear.apply(this, area);
  };
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (draw) =>
    request((atMs) => {
      isDrawn = false;
      const beganMs = performance.now();
      draw(atMs);
      if (!isDrawn) return;
      seen.drawMs.push(performance.now() - beganMs);
      if (drawnMs > 0) seen.gapsMs.push(atMs - drawnMs);
      drawnMs = atMs;
    });
  const offer = (atMs: number): void => {
    if (offeredMs > 0) seen.offeredMs.push(atMs - offeredMs);
    offeredMs = atMs;
    if (!isOver) request(offer);
  };
  request(offer);
  (window as unknown as Page).meter = {
    seen,
    stop() {
      isOver = true;
      window.requestAnimationFrame = request;
      delete (context as Partial<CanvasRenderingContext2D>).clearRect;
    },
  };
}

const framesPerSecond = (gapsMs: readonly number[]): number =>
  (gapsMs.length * 1000) / gapsMs.reduce((sum, gap) => sum + gap, 0);

export async function main(): Promise<void> {
  const world = await openPreviewWorld();
  try {
    const phone = await world.openStory('playback');
    const { mouse } = world.browser.page;
    const touch = phone.locator('[class*="--touch"]');
    await touch.waitFor(TIMEOUT);
    const box = (await touch.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    // The whole day: every recording and the most labels are in the picture.
    await mouse.move(x, y);
    await mouse.wheel(0, 600);
    await phone.evaluate(startMeter);
    await mouse.down();
    const untilMs = performance.now() + DRAG_MS;
    for (let step = 0; performance.now() < untilMs; step++) {
      await mouse.move(x + 100 * Math.sin(step / 25), y);
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    await mouse.up();
    const seen = await phone.evaluate(() => {
      const { meter } = window as unknown as Page;
      meter.stop();
      return meter.seen;
    });
    const offered = framesPerSecond(seen.offeredMs);
    const drawn = framesPerSecond(seen.gapsMs);
    const draw = median(seen.drawMs);
    const late = seen.gapsMs.filter((gap) => gap > 25).length;
    printTable(
      'Timeline under a finger',
      ['', 'frames/s', 'late frames', 'draw ms'],
      [['4 s of dragging', String(round(drawn)), `${late} of ${seen.gapsMs.length}`, String(round(draw, 3))]],
    );
    finish('timeline', [
      { what: 'frames offered by the browser', value: round(offered), unit: '/s' },
      { what: 'frames drawn while dragging', value: round(drawn), unit: '/s' },
      atLeast('frames drawn / frames offered', drawn / offered, '', 0.95),
      atMost('time to draw a frame, median', draw, 'ms', 4),
    ]);
  } finally {
    await world.close();
  }
}
