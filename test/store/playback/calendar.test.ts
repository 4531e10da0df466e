import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  addDays,
  addMonths,
  dayOf,
  dayRange,
  formatDay,
  formatTime,
  monthCells,
  parseDay,
} from '../../../store/playback/calendar';

const day = (year: number, month: number, date: number) => ({ year, month, day: date });

describe('days of a calendar', () => {
  test('begin at midnight, end at the next one, and carry over months and years', () => {
    const { startMs, endMs } = dayRange(day(2026, 12, 31));
    assert.equal(startMs, new Date(2026, 11, 31).getTime());
    assert.deepEqual(dayOf(endMs), day(2027, 1, 1));
    assert.deepEqual(dayOf(endMs - 1), day(2026, 12, 31));
    assert.deepEqual(addDays(day(2026, 3, 1), -1), day(2026, 2, 28));
    assert.deepEqual(addDays(day(2028, 2, 28), 1), day(2028, 2, 29));
    assert.deepEqual(addMonths(day(2026, 1, 31), -1), day(2025, 12, 1));
  });

  test('are read strictly and written with zeros', () => {
    assert.deepEqual(parseDay('2026-3-9'), day(2026, 3, 9));
    assert.equal(formatDay(day(2026, 3, 9)), '2026-03-09');
    for (const text of ['', '2026-02-30', '2026-13-01', '26-1-1', 'tomorrow'])
      assert.equal(parseDay(text), null);
    const noon = new Date(2026, 2, 9, 9, 5, 7).getTime();
    assert.deepEqual([formatTime(noon), formatTime(noon, false)], ['09:05:07', '09:05']);
  });

  test('lie in whole weeks from Sunday on, with marks', () => {
    const cells = monthCells(day(2026, 3, 1), [1, 31], day(2026, 3, 31), day(2026, 3, 2));
    assert.equal(cells.length, 35);
    assert.deepEqual(
      cells.map((cell) => cell.day).filter((each) => each > 0),
      Array.from({ length: 31 }, (_, i) => i + 1),
    );
    const first = new Date(2026, 2, 1).getDay();
    assert.deepEqual(cells[first], {
      key: first,
      day: 1,
      hasRecording: true,
      isSelected: false,
      isToday: false,
    });
    assert.deepEqual(cells[first + 1], {
      key: first + 1,
      day: 2,
      hasRecording: false,
      isSelected: false,
      isToday: true,
    });
    assert.deepEqual(cells[first + 30], {
      key: first + 30,
      day: 31,
      hasRecording: true,
      isSelected: true,
      isToday: false,
    });
    assert.ok(cells.every((cell) => cell.day > 0 || (!cell.hasRecording && !cell.isSelected)));
  });
});
