import { CurrentWindowBackendContext } from 'glass-easel';
import { phoneUnits } from './css-marks';

/**
 * The DOM as glass-easel's backend, with a mini program's tags: `<view>` becomes `<wx-view>`, `<image>` `<wx-image>`
 * (a real `<image>` or `<button>` would bring the browser's own behaviour), and `h-x` inside our built-ins the real `<x>`.
 */
export class DomBackend extends CurrentWindowBackendContext {
  private readonly builtinTags = new Set<string>();
  private readonly appendedSheets = new Map<string, number>();

  constructor() {
    super();
    const page = document;
    this.document = {
      createElement: (tag: string) => withRpxStyle(page.createElement(this.htmlTag(tag))),
      createTextNode: (text: string) => page.createTextNode(text),
      createDocumentFragment: () => page.createDocumentFragment(),
    } as unknown as CurrentWindowBackendContext['document'];
  }

  addBuiltinTags(tags: Iterable<string>): void {
    for (const tag of tags) this.builtinTags.add(tag);
  }

  /** glass-easel appends a component's sheet with every root it creates; one copy per document is enough. */
  override appendStyleSheetPath(path: string, styleScope?: number): number {
    const known = this.appendedSheets.get(path);
    if (known !== undefined) return known;
    const id = super.appendStyleSheetPath(path, styleScope);
    this.appendedSheets.set(path, id);
    return id;
  }

  removeStyleSheets(): void {
    for (const id of this.appendedSheets.values()) this.disableStyleSheet(id);
    this.appendedSheets.clear();
  }

  private htmlTag(tag: string): string {
    if (tag.startsWith('h-')) return tag.slice(2);
    if (this.builtinTags.has(tag)) return `wx-${tag}`;
    return /^[a-z][\w.]*-[\w.-]*$/.test(tag) ? tag : `mp-${tag}`;
  }
}

/** Inline styles may hold rpx too. */
function withRpxStyle(element: HTMLElement): HTMLElement {
  const setAttribute = element.setAttribute;
  element.setAttribute = function (name: string, value: string) {
    setAttribute.call(this, name, name === 'style' ? phoneUnits(String(value)) : value);
  };
  return element;
}

/** A backend listens on `document.body`; a second one would report every tap twice. */
const backends = new WeakMap<HTMLElement, DomBackend>();

/** The backend of the current document, and whether it was made just now. */
export function backendOfDocument(): { backend: DomBackend; isNew: boolean } {
  const existing = backends.get(document.body);
  if (existing) return { backend: existing, isNew: false };
  const backend = new DomBackend();
  backends.set(document.body, backend);
  return { backend, isNew: true };
}
