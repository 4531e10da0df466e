import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';

/** The text of an error code, or `fallback` where there is none. */
export function failureKey(errcode: number, locale: Locale, fallback: LocaleKey): LocaleKey {
  const key = `error.code.${errcode}`;
  return locale.has(key) ? key : fallback;
}
