import type { DayView } from '../../store/index';

/** Properties of iot-p2p-day-picker. */
export const DAY_PICKER_PROPS = {
  /** What is shown, as `DayPicker.view` gives it. */
  view: { type: Object, value: {} as Partial<DayView> },
};
