import { EN } from './en';
import { ZH_CN } from './zh-cn';
import type { LocaleKey, LocaleTexts } from './zh-cn';

/** The languages that come with the package. */
export type LocaleName = 'zh-CN' | 'en';

export interface Locale {
  /** A LocaleName, or a name that was given to `addLocale`. */
  readonly name: string;
  text(key: LocaleKey): string;
  /** The text with its `{n}` replaced. */
  format(key: LocaleKey, n: number): string;
  /** Whether there is a text of this key: codes and statuses are looked up by computed keys. */
  has(key: string): key is LocaleKey;
}

interface Table {
  name: string;
  texts: LocaleTexts;
}

const CHINESE: Table = { name: 'zh-CN', texts: ZH_CN };
const ENGLISH: Table = { name: 'en', texts: EN };
/** By lower-case name. Texts are the app's as its configuration is, so they are a state of the module too. */
const tables = new Map([CHINESE, ENGLISH].map((table) => [table.name.toLowerCase(), table]));

const normalized = (name: string): string => name.replace('_', '-').toLowerCase();
/** What is read where a language, or a text of one, is not there. */
const fallbackOf = (name: string): Table => (name === '' || /^zh/i.test(name) ? CHINESE : ENGLISH);

/**
 * Adds a language, or replaces one. Call it in app.js: a component that is there already keeps its texts.
 * @param name as WeChat reports languages, such as `ja` or `zh_TW`
 * @param texts those that are missing are read in Chinese for Chinese variants, else in English
 */
export function addLocale(name: string, texts: Partial<LocaleTexts>): void {
  tables.set(normalized(name), { name, texts: { ...fallbackOf(name).texts, ...texts } });
}

/**
 * The texts of one language. `overrides` replaces single ones.
 * @param name as WeChat reports languages (`zh_CN`, `zh_TW`, `en`, `en-US`…). Its own table, else that of its first part, else
 * zh-CN for Chinese variants and en for others
 */
export function createLocale(name: string, overrides: Partial<LocaleTexts> = {}): Locale {
  const wanted = normalized(name);
  const table = tables.get(wanted) || tables.get(wanted.split('-')[0]!) || fallbackOf(name);
  const texts: LocaleTexts = { ...table.texts, ...overrides };
  return {
    name: table.name,
    text: (key) => texts[key],
    format: (key, n) => texts[key].replace('{n}', String(n)),
    has: (key): key is LocaleKey => Object.prototype.hasOwnProperty.call(texts, key),
  };
}
