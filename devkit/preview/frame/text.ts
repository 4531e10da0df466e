import type { Language } from '../stories';

const TEXTS = {
  zh: {
    preview: '预览',
    reload: '重新加载',
    network: '网络',
    background: '切到后台',
    foreground: '回到前台',
    language: 'English',
    theme: '深色',
    log: '事件',
    filter: '筛选…',
    clear: '清空',
    copy: '复制',
    copied: '已复制',
    empty: '还没有事件',
    wifi: 'Wi-Fi',
    '5g': '5G',
    none: '无网络',
    buffered: '毫秒缓冲',
    noStories: 'examples/stories.js 里没有示例',
  },
  en: {
    preview: 'Preview',
    reload: 'Reload',
    network: 'Network',
    background: 'To background',
    foreground: 'To foreground',
    language: '中文',
    theme: 'Dark',
    log: 'Events',
    filter: 'Filter…',
    clear: 'Clear',
    copy: 'Copy',
    copied: 'Copied',
    empty: 'No events yet',
    wifi: 'Wi-Fi',
    '5g': '5G',
    none: 'Offline',
    buffered: 'ms buffered',
    noStories: 'examples/stories.js lists no stories',
  },
} as const;

export type FrameText = Record<keyof (typeof TEXTS)['zh'], string>;

export function frameText(language: Language): FrameText {
  return TEXTS[language];
}
