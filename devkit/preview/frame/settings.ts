import type { Language } from '../stories';

/** What the viewer chose, kept from visit to visit. */
export interface Settings {
  language: Language;
  theme: 'light' | 'dark';
}

const KEY = 'iot-p2p-preview';

export function loadSettings(): Settings {
  const defaults: Settings = {
    language: navigator.language.startsWith('zh') ? 'zh' : 'en',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
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
