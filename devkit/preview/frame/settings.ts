import type { Address } from '../address';
import type { Language } from '../stories';

/** What the viewer chose, kept from visit to visit. */
export interface Settings {
  language: Language;
  theme: 'light' | 'dark';
  widthPx: number;
  isLandscape: boolean;
}

const KEY = 'iot-p2p-preview';

export function loadSettings(): Settings {
  const defaults: Settings = {
    language: navigator.language.startsWith('zh') ? 'zh' : 'en',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    widthPx: 375,
    isLandscape: false,
  };
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) };
  } catch {
    return defaults;
  }
}

export function saveSettings(settings: Settings): void {
  localStorage.setItem(KEY, JSON.stringify(settings));
}

/** What a deep link says goes before what the viewer chose. */
export function applyAddress(settings: Settings, address: Address): Settings {
  const { language, theme, widthPx, isLandscape } = address;
  return {
    language: language ?? settings.language,
    theme: theme ?? settings.theme,
    widthPx: widthPx ?? settings.widthPx,
    isLandscape: isLandscape ?? settings.isLandscape,
  };
}
