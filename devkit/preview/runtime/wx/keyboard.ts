import { Listeners } from './listeners';
import { answer, type WxCallbacks } from './result';

interface KeyInfo {
  key: string;
  code: string;
  keyCode: string;
  timeStamp: number;
  shiftKey: boolean;
}

/** Keys typed into a field are the field's. */
const FIELDS = 'input, textarea, select, [contenteditable]';

/** `wx.onKeyDown` and `wx.onKeyUp`, which WeChat has on computers: every key of the page, repeats too. */
export function keyboardApi() {
  const down = new Listeners<KeyInfo>();
  const up = new Listeners<KeyInfo>();
  const pass = (listeners: Listeners<KeyInfo>) => (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.matches(FIELDS)) return;
    const { key, code, timeStamp, shiftKey } = event;
    listeners.emit({ key, code, keyCode: code, timeStamp, shiftKey });
  };
  addEventListener('keydown', pass(down));
  addEventListener('keyup', pass(up));
  return { onKeyDown: down.on, offKeyDown: down.off, onKeyUp: up.on, offKeyUp: up.off };
}

/** `wx.vibrateShort`, where the machine can. */
export function vibrateApi() {
  return {
    vibrateShort: (options?: WxCallbacks & { type?: 'light' | 'medium' | 'heavy' }) =>
      answer('vibrateShort', options, () => {
        navigator.vibrate?.(15);
        return {};
      }),
  };
}
