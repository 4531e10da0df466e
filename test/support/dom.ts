import { JSDOM } from 'jsdom';

/** What a mini program host reads from the global object of a browser. */
const BROWSER_GLOBALS = [
  'Element',
  'HTMLElement',
  'Node',
  'Event',
  'CustomEvent',
  'MouseEvent',
  'Option',
  'CSS',
] as const;

/**
 * Makes this process look like an empty browser page to the preview's runtime; safe to call again. Returns its window.
 * Media does not play in jsdom: `play()` and `pause()` of elements do nothing.
 */
export function installDom(): JSDOM['window'] {
  const existing = (globalThis as { window?: JSDOM['window'] }).window;
  if (existing) return existing;
  const { window } = new JSDOM('<!doctype html><html><head></head><body></body></html>', {
    url: 'https://unit.test/',
    pretendToBeVisual: true,
  });
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define('window', window);
  define('document', window.document);
  for (const name of BROWSER_GLOBALS) {
    if (window[name] !== undefined) define(name, window[name]);
  }
  define('requestAnimationFrame', window.requestAnimationFrame.bind(window));
  window.HTMLMediaElement.prototype.play = () => Promise.resolve();
  window.HTMLMediaElement.prototype.pause = () => {};
  return window;
}
