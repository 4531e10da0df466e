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

/** `750rpx` is the width of the phone; `--rpx` is set by the page around it. */
export function rpxToCss(value: string): string {
  return value.replace(/(-?(?:\d+\.?\d*|\.\d+))rpx\b/g, 'calc($1 * var(--rpx))');
}
