import { action, makeObservable, observable } from 'mobx-miniprogram';
import type { CameraLink } from '../command/camera-link';
import type { Locale } from '../locale/locale';
import { addDays, addMonths, dayOf, formatDay, isSameDay, monthCells } from './calendar';
import type { CalendarCell, Day } from './calendar';

/** One month; plain data. */
export interface CalendarView {
  /** `2026-03` */
  title: string;
  weekdays: { key: number; text: string }[];
  cells: CalendarCell[];
}

/** The day, the ways to others, and the month where it is open; plain data. */
export interface DayView {
  /** `2026-03-09` */
  dayText: string;
  isToday: boolean;
  /** Null while it is closed: nothing is computed for it then. */
  calendar: CalendarView | null;
  text: Record<'prevDay' | 'nextDay' | 'prevMonth' | 'nextMonth' | 'calendar' | 'recorded', string>;
}

export interface DayPickerOptions {
  wallMs: () => number;
  /** Null: today. */
  day: Day | null;
  /** Null while there is no camera. */
  link: () => CameraLink | null;
  /** A day was picked, perhaps the same. */
  onPick: (isOther: boolean) => void;
  onError: (cause: unknown) => void;
}

/** The day that is shown, and a calendar that knows which ones have recordings. */
export class DayPicker {
  day: Day;
  /** The month that the calendar shows; its day means nothing. */
  month: Day;
  isOpen = false;
  /** Month (`2026/3`) → days with recordings; what was asked once is asked again only for the present month. */
  recordedDays: Readonly<Record<string, readonly number[]>> = {};

  constructor(private readonly options: DayPickerOptions) {
    this.day = options.day || this.today;
    this.month = this.day;
    makeObservable<DayPicker, 'setRecordedDays'>(this, {
      day: observable.ref,
      month: observable.ref,
      isOpen: observable,
      recordedDays: observable.ref,
      setRecordedDays: action,
      setOpen: action,
      showMonth: action,
      pick: action,
    });
  }

  get today(): Day {
    return dayOf(this.options.wallMs());
  }

  view(locale: Locale): DayView {
    const { day, today, month } = this;
    const calendar: CalendarView | null = !this.isOpen
      ? null
      : {
          title: formatDay(month).slice(0, 7),
          weekdays: locale
            .text('playback.weekdays')
            .split(' ')
            .map((text, key) => ({ key, text })),
          cells: monthCells(month, this.recordedDays[keyOf(month)] || [], day, today),
        };
    return {
      dayText: formatDay(day),
      isToday: isSameDay(day, today),
      calendar,
      text: {
        prevDay: locale.text('action.prevDay'),
        nextDay: locale.text('action.nextDay'),
        prevMonth: locale.text('action.prevMonth'),
        nextMonth: locale.text('action.nextMonth'),
        calendar: locale.text('playback.calendar'),
        recorded: locale.text('playback.recorded'),
      },
    };
  }

  toggle(): void {
    this.setOpen(!this.isOpen);
  }

  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen) this.showMonth(this.day);
  }

  /** Turns the calendar's page. */
  turnMonth(count: number): void {
    this.showMonth(addMonths(this.month, count));
  }

  turnDay(count: number): void {
    this.pick(addDays(this.day, count));
  }

  /** Of the month that is shown. */
  pickOfMonth(day: number): void {
    if (day > 0) this.pick({ ...this.month, day });
  }

  /** Closes the calendar. */
  pick(day: Day): void {
    const isOther = !isSameDay(day, this.day);
    this.isOpen = false;
    this.day = day;
    this.options.onPick(isOther);
  }

  showMonth(month: Day): void {
    this.month = month;
    this.load();
  }

  /** Asks for the days of the month that is shown, unless they are known; when the link is up. */
  load(): void {
    const { month, options, today } = this;
    const link = options.link();
    const isKnown = this.recordedDays[keyOf(month)] !== undefined && keyOf(month) !== keyOf(today);
    if (!this.isOpen || link === null || !link.isUp || isKnown) return;
    link.commands.getRecordedDays(month.year, month.month).then(
      (days) => this.setRecordedDays(month, days),
      (cause: unknown) => options.onError(cause),
    );
  }

  private setRecordedDays(month: Day, days: readonly number[]): void {
    this.recordedDays = { ...this.recordedDays, [keyOf(month)]: days };
  }
}

function keyOf({ year, month }: Day): string {
  return `${year}/${month}`;
}
