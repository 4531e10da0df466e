/** What the part of the address behind `#` says: `/story/live?fault=net-cut&theme=dark&lang=zh&width=320&landscape&muted=true`. */
export interface Address {
  /** '' for the first one. */
  story: string;
  faults: string[];
  language?: 'zh' | 'en';
  theme?: 'light' | 'dark';
  widthPx?: number;
  isLandscape?: boolean;
  /** Every other parameter: values of the story's knobs. */
  knobs: Record<string, string>;
}

/** Phones as wide as the smallest, the usual and the largest. */
export const PHONE_WIDTHS_PX = [320, 375, 430] as const;

/** Takes `#live` for `#/story/live`; ignores what makes no sense. */
export function parseAddress(hash: string): Address {
  const text = hash.replace(/^#/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const address: Address = { story: decode(path.replace(/^\/story\//, '')), faults: [], knobs: {} };
  for (const [name, value] of new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1))) {
    switch (name) {
      case 'fault':
        address.faults.push(...value.split(',').filter(Boolean));
        break;
      case 'lang':
        if (value === 'zh' || value === 'en') address.language = value;
        break;
      case 'theme':
        if (value === 'light' || value === 'dark') address.theme = value;
        break;
      case 'width':
        if (PHONE_WIDTHS_PX.some((width) => String(width) === value)) address.widthPx = Number(value);
        break;
      case 'landscape':
        address.isLandscape = value !== 'false';
        break;
      default:
        address.knobs[name] = value;
    }
  }
  return address;
}

/** The other way round; what is not given is left out. */
export function formatAddress(address: Address): string {
  const { story, faults, language, theme, widthPx, isLandscape, knobs } = address;
  const query = new URLSearchParams(knobs);
  if (faults.length > 0) query.set('fault', faults.join(','));
  if (language) query.set('lang', language);
  if (theme) query.set('theme', theme);
  if (widthPx) query.set('width', String(widthPx));
  if (isLandscape) query.set('landscape', 'true');
  const search = query.toString().replace(/%2C/g, ',');
  return `#/story/${encodeURIComponent(story)}${search === '' ? '' : `?${search}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
