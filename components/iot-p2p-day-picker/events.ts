/** Events of iot-p2p-day-picker, for a `DayPicker` to follow. None bubbles. */
export interface DayPickerEventMap {
  /** So many days on, or back. */
  turnDay: { count: number };
  turnMonth: { count: number };
  /** The calendar is to be opened, or closed. */
  toggleCalendar: Record<string, never>;
  /** A day of the month that is shown. */
  pickDay: { day: number };
}
