import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clampWindow,
  dragBy,
  fling,
  hitTest,
  periodAt,
  pxToTime,
  sortPeriods,
  tickStepMs,
  timeToPx,
  zoomAbout,
} from '../../../store/playback/timeline';
import type { TimelineRange, TimelineWindow } from '../../../store/playback/timeline';

const DAY_MS = 24 * 3_600_000;
const RANGE: TimelineRange = { startMs: 1_000_000_000_000, endMs: 1_000_000_000_000 + DAY_MS };
const NOON = RANGE.startMs + DAY_MS / 2;
const WINDOW: TimelineWindow = { centerMs: NOON, msPerPx: 20_000, widthPx: 360 };

const at = (startS: number, endS: number, type = 0) => ({ startS, endS, type });
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 0.01, `${actual} is not ${expected}`);

describe('the geometry of a timeline', () => {
  test('the middle shows the moment of the window, and both ways of the map agree', () => {
    near(timeToPx(WINDOW, NOON), 180);
    for (const px of [-50, 0, 17.5, 180, 360, 999]) near(timeToPx(WINDOW, pxToTime(WINDOW, px)), px);
    near(pxToTime(WINDOW, 180 + 3) - NOON, 60_000);
  });

  test('a zoom keeps the moment under the fingers where it is', () => {
    for (const px of [0, 100, 180, 333]) {
      for (const factor of [0.8, 1.5, 3]) {
        const before = pxToTime(WINDOW, px);
        const zoomed = zoomAbout(WINDOW, px, factor, RANGE);
        near(timeToPx(zoomed, before), px);
        near(zoomed.msPerPx, WINDOW.msPerPx / factor);
      }
    }
  });

  test('it shows no more than the day, and no second wider than 20 px', () => {
    near(zoomAbout(WINDOW, 180, 1e-6, RANGE).msPerPx, DAY_MS / 360);
    near(zoomAbout(WINDOW, 180, 1e6, RANGE).msPerPx, 50);
    assert.equal(clampWindow({ ...WINDOW, centerMs: 0 }, RANGE).centerMs, RANGE.startMs);
  });

  test('a drag moves the moments with the finger, to the ends of the day and no further', () => {
    const dragged = dragBy(WINDOW, 30, RANGE);
    near(timeToPx(dragged, NOON), 210);
    assert.equal(dragBy(WINDOW, 1e9, RANGE).centerMs, RANGE.startMs);
    assert.equal(dragBy(WINDOW, -1e9, RANGE).centerMs, RANGE.endMs);
  });

  test('a fling slows down smoothly, never turns, and ends', () => {
    let before = 0;
    for (let ms = 16; ms < 3000; ms += 16) {
      const { distancePx } = fling(2, ms);
      assert.ok(distancePx > before && distancePx < 2 * 325);
      before = distancePx;
    }
    assert.equal(fling(2, 3000).speedPxPerMs, 0);
    near(fling(-2, 100).distancePx, -fling(2, 100).distancePx);
    assert.equal(fling(0, 0).speedPxPerMs, 0);
  });

  test('labels are round times that do not touch', () => {
    for (const msPerPx of [50, 400, 3000, 20_000, 120_000, 240_000]) {
      assert.ok(tickStepMs(msPerPx) / msPerPx >= 72);
      assert.equal(DAY_MS % tickStepMs(msPerPx), 0);
    }
  });
});

describe('recordings on a timeline', () => {
  test('are sorted and cut where they overlap; what lies within another one is dropped', () => {
    assert.deepEqual(sortPeriods([at(50, 60), at(10, 30, 1), at(20, 40), at(12, 20), at(60, 61)]), [
      at(10, 30, 1),
      at(30, 40),
      at(50, 60),
      at(60, 61),
    ]);
  });

  test('the one at a moment is found, or the next one behind a gap', () => {
    const periods = [at(10, 20), at(30, 40), at(40, 50)];
    assert.deepEqual(
      [0, 10_000, 19_999, 20_000, 29_000, 40_000, 49_999, 50_000].map((ms) => periodAt(periods, ms)),
      [0, 0, 0, 1, 1, 2, 2, -1],
    );
    assert.equal(periodAt([], 5), -1);
  });

  test('a tap near a recording means it, one far from any means the moment', () => {
    const startS = NOON / 1000;
    const periods = [at(startS, startS + 600), at(startS + 6000, startS + 6600)];
    const hit = (ms: number): number => hitTest(WINDOW, periods, timeToPx(WINDOW, ms), 12) - NOON;
    near(hit(NOON + 300_000), 300_000);
    near(hit(NOON - 100_000), 0);
    near(hit(NOON + 650_000), 599_000);
    near(hit(NOON + 5_900_000), 6_000_000);
    near(hit(NOON + 3_000_000), 3_000_000);
    near(hit(NOON + 6_700_000), 6_599_000);
    near(hitTest(WINDOW, [], 180, 12), NOON);
  });
});
