import { EN } from './en';
import { ZH_CN } from './zh-cn';
import type { LocaleKey, LocaleTexts } from './zh-cn';

export type LocaleName = 'zh-CN' | 'en';

export interface Locale {
  readonly name: LocaleName;
  text(key: LocaleKey): string;
  /** The text with its `{n}` replaced. */
  format(key: LocaleKey, n: number): string;
  /** Whether there is a text of this key: codes and statuses are looked up by computed keys. */
  has(key: string): key is LocaleKey;
}

const TABLES: Readonly<Record<LocaleName, LocaleTexts>> = { 'zh-CN': ZH_CN, en: EN };

/**
 * The texts of one language. `overrides` replaces single ones.
 * @param name as WeChat reports languages (`zh_CN`, `zh_TW`, `en`, `en-US`…): Chinese variants read zh-CN, others en
 */
export function createLocale(name: string, overrides: Partial<LocaleTexts> = {}): Locale {
  const known: LocaleName = name === '' || /^zh/i.test(name) ? 'zh-CN' : 'en';
  const texts: LocaleTexts = { ...TABLES[known], ...overrides };
  return {
    name: known,
    text: (key) => texts[key],
    format: (key, n) => texts[key].replace('{n}', String(n)),
    has: (key): key is LocaleKey => Object.prototype.hasOwnProperty.call(texts, key),
  };
}
