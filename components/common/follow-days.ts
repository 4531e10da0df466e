import type { DayPicker } from '../../store/index';
import type { DayPickerEventMap } from '../iot-p2p-day-picker/events';

type Detail<Name extends keyof DayPickerEventMap> = DayPickerEventMap[Name];

/** Does what was tapped in an iot-p2p-day-picker. */
export function followDays(days: DayPicker, { type, detail }: { type: string; detail: object }): void {
  switch (type as keyof DayPickerEventMap) {
    case 'turnDay':
      return days.turnDay((detail as Detail<'turnDay'>).count);
    case 'turnMonth':
      return days.turnMonth((detail as Detail<'turnMonth'>).count);
    case 'toggleCalendar':
      return days.toggle();
    case 'pickDay':
      return days.pickOfMonth((detail as Detail<'pickDay'>).day);
  }
}
