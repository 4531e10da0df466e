/**
 * WXSS is compiled before it is known whether a component isolates its style: `styleIsolation` may stand in the
 * JavaScript. So the compiled text carries marks (private-use characters, which no style sheet holds) and the host puts
 * the scope in when the component registers.
 */
export const CLASS_MARK = '\uE000';
export const HOST_MARK = '\uE001';

/** `scope` empty: shared style, class names stay as written. */
export function applyScope(css: string, scope: string): string {
  return css
    .split(CLASS_MARK)
    .join(scope === '' ? '' : `${scope}--`)
    .split(HOST_MARK)
    .join(scope === '' ? ':root' : `[wx-host="${scope}"]`);
}

/**
 * Units of the phone instead of the window's: `750rpx` is its width, `100vh` the height of its page, and the safe areas are
 * where its notch is. The page around the mini program sets `--rpx`, `--vh` and `--safe-area-inset-*`.
 */
export function phoneUnits(value: string): string {
  return value
    .replace(/(-?(?:\d+\.?\d*|\.\d+))rpx\b/g, 'calc($1 * var(--rpx))')
    .replace(/(-?(?:\d+\.?\d*|\.\d+))vh\b/g, 'calc($1 * var(--vh, 1vh))')
    .replace(/env\(\s*(safe-area-inset-\w+)\s*(?:,[^()]*)?\)/g, 'var(--$1, 0px)');
}
