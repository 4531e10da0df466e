import type { DayPickerEventMap } from './events';
import { DAY_PICKER_PROPS } from './props';

Component({
  properties: DAY_PICKER_PROPS,

  methods: {
    emit<Name extends keyof DayPickerEventMap>(name: Name, detail: DayPickerEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    onDayTurn(event: WechatMiniprogram.CustomEvent) {
      this.emit('turnDay', { count: Number(event.currentTarget.dataset['count']) });
    },

    onMonthTurn(event: WechatMiniprogram.CustomEvent) {
      this.emit('turnMonth', { count: Number(event.currentTarget.dataset['count']) });
    },

    onCalendarTap() {
      this.emit('toggleCalendar', {});
    },

    onDayTap(event: WechatMiniprogram.CustomEvent) {
      this.emit('pickDay', { day: Number(event.currentTarget.dataset['day']) });
    },
  },
});
