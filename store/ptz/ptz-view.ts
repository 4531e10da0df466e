import { failureKey } from '../command/failure-text';
import type { Locale } from '../locale/locale';
import type { PtzKey, PtzNotice, PtzState } from './ptz-step';

/** What a pad shows; plain data. */
export interface PtzView {
  isEnabled: boolean;
  /** The button that turns the camera now; '' for none. */
  activeKey: PtzKey | '';
  /** The button whose way has ended. */
  endKey: PtzKey | '';
  /** What the user should know for a moment; '' for nothing. */
  message: string;
}

export interface PtzButton {
  key: PtzKey;
  label: string;
  isDiagonal: boolean;
}

/** Rows of a pad of three by three, without its middle. */
export const PAD_KEYS: readonly PtzKey[] = [
  'upLeft',
  'up',
  'upRight',
  'left',
  'right',
  'downLeft',
  'down',
  'downRight',
];
export const ZOOM_KEYS: readonly PtzKey[] = ['zoomOut', 'zoomIn'];

export function ptzButtons(keys: readonly PtzKey[], locale: Locale): PtzButton[] {
  return keys.map((key) => ({
    key,
    label: locale.text(`ptz.${key}`),
    isDiagonal: /.(Left|Right)$/.test(key),
  }));
}

export function ptzView({ motion, isLinkUp, notice }: PtzState, locale: Locale): PtzView {
  return {
    isEnabled: isLinkUp,
    activeKey: motion.phase === 'holding' ? motion.key : '',
    endKey: notice !== null && notice.kind === 'end' ? notice.key : '',
    message: notice === null ? '' : noticeText(notice, locale),
  };
}

function noticeText(notice: PtzNotice, locale: Locale): string {
  switch (notice.kind) {
    case 'failed':
      return locale.text(failureKey(notice.errcode, locale, 'ptz.failed'));
    default:
      return locale.text(`ptz.notice.${notice.kind}`);
  }
}
