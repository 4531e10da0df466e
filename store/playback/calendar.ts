/** A day as people count it: month 1 to 12. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface CalendarCell {
  /** Its place. */
  key: number;
  /** 0 for a cell in front of the first day or behind the last. */
  day: number;
  hasRecording: boolean;
  isSelected: boolean;
  isToday: boolean;
}

const DAYS_A_WEEK = 7;

/** Days begin and end by the phone's time zone, which cameras of a home share. */
export function dayOf(unixMs: number): Day {
  const date = new Date(unixMs);
  return { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() };
}

/** Unix ms of the day's first moment and of the next day's: 23 to 25 hours. */
export function dayRange({ year, month, day }: Day): { startMs: number; endMs: number } {
  const startMs = new Date(year, month - 1, day).getTime();
  return { startMs, endMs: new Date(year, month - 1, day + 1).getTime() };
}

/** `count` days later; months and years carry over. */
export function addDays({ year, month, day }: Day, count: number): Day {
  return dayOf(new Date(year, month - 1, day + count).getTime());
}

export function addMonths({ year, month }: Day, count: number): Day {
  return dayOf(new Date(year, month - 1 + count, 1).getTime());
}

export function isSameDay(a: Day, b: Day): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** `2026-03-09`; null for what is no day. */
export function parseDay(text: string): Day | null {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return null;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const parsed = { year, month, day };
  return isSameDay(dayOf(dayRange(parsed).startMs), parsed) ? parsed : null;
}

export function formatDay({ year, month, day }: Day): string {
  return `${year}-${two(month)}-${two(day)}`;
}

/** `09:05:00` of that day, by the phone's time zone. */
export function formatTime(unixMs: number, hasSeconds = true): string {
  const date = new Date(unixMs);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return hasSeconds ? `${text}:${two(date.getSeconds())}` : text;
}

/** Whole weeks from Sunday on, with the days of the month in their places. */
export function monthCells(
  month: Day,
  recordedDays: readonly number[],
  selected: Day,
  today: Day,
): CalendarCell[] {
  const lead = new Date(month.year, month.month - 1, 1).getDay();
  const dayCount = new Date(month.year, month.month, 0).getDate();
  const cells: CalendarCell[] = [];
  const count = Math.ceil((lead + dayCount) / DAYS_A_WEEK) * DAYS_A_WEEK;
  for (let i = 0; i < count; i++) {
    const day = i >= lead && i < lead + dayCount ? i - lead + 1 : 0;
    const date = { ...month, day };
    cells.push({
      key: i,
      day,
      hasRecording: recordedDays.indexOf(day) >= 0,
      isSelected: isSameDay(date, selected),
      isToday: isSameDay(date, today),
    });
  }
  return cells;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
