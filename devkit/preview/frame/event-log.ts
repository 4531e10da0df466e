import type { LogLevel, PhoneMessage } from '../stories';
import { h } from './dom';
import type { FrameText } from './text';

interface Entry {
  time: string;
  kind: 'event' | LogLevel;
  /** The component, or the components that passed the same event on, outermost last. */
  source: string;
  name: string;
  detail: string;
  atMs: number;
  row?: HTMLElement;
}

const MAX_ENTRIES = 500;
/** Within this, the same event from another component is the inner one passed on. */
const FORWARD_MS = 20;

/** What components and the console of the phone said, newest first. */
export class EventLog {
  readonly element: HTMLElement;
  private entries: Entry[] = [];
  private readonly list = h('ol.entries');
  private readonly filter: HTMLInputElement;
  private readonly count = h('span.count');

  constructor(private readonly text: FrameText) {
    this.filter = h<HTMLInputElement>('input.filter', {
      type: 'search',
      placeholder: text.filter,
      ariaLabel: text.filter,
      oninput: () => this.renderAll(),
    });
    const copy = h<HTMLButtonElement>('button', { onclick: () => void this.copy(copy) }, text.copy);
    const clear = h<HTMLButtonElement>('button', { onclick: () => this.clear() }, text.clear);
    this.element = h(
      'aside.log',
      {},
      h('header', {}, h('h2', {}, text.log, this.count), h('div.tools', {}, this.filter, copy, clear)),
      this.list,
    );
    this.renderAll();
  }

  add(message: Extract<PhoneMessage, { kind: 'event' | 'log' }>): void {
    const time = new Date().toISOString().slice(11, 23);
    const atMs = performance.now();
    const entry: Entry =
      message.kind === 'event'
        ? { time, atMs, kind: 'event', source: message.component, name: message.name, detail: message.detail }
        : { time, atMs, kind: message.level, source: '', name: message.level, detail: message.text };
    if (this.isForwarded(entry)) return;
    this.entries.unshift(entry);
    const isFull = this.entries.length > MAX_ENTRIES;
    if (isFull) this.entries.pop();
    if (!this.matches(entry)) return;
    this.list.querySelector('.empty')?.remove();
    entry.row = row(entry);
    this.list.prepend(entry.row);
    if (this.list.children.length > MAX_ENTRIES) this.list.lastElementChild?.remove();
    this.showCount();
  }

  clear(): void {
    this.entries = [];
    this.renderAll();
  }

  /** Adds the source to the row of the event that it repeats. */
  private isForwarded(entry: Entry): boolean {
    const newest = this.entries[0];
    if (newest?.kind !== 'event' || entry.kind !== 'event' || entry.atMs - newest.atMs > FORWARD_MS)
      return false;
    if (newest.name !== entry.name || newest.detail !== entry.detail || newest.source.endsWith(entry.source))
      return false;
    newest.source += ` → ${entry.source}`;
    const source = newest.row?.querySelector<HTMLElement>('.source');
    if (source) showSource(source, newest.source);
    return true;
  }

  private matches({ source, name, detail }: Entry): boolean {
    const wanted = this.filter.value.trim().toLowerCase();
    return wanted === '' || `${source} ${name} ${detail}`.toLowerCase().includes(wanted);
  }

  private renderAll(): void {
    const rows = this.entries.filter((entry) => this.matches(entry)).map((entry) => (entry.row = row(entry)));
    this.list.replaceChildren(...(rows.length > 0 ? rows : [h('li.empty', {}, this.text.empty)]));
    this.showCount();
  }

  private showCount(): void {
    this.count.textContent = String(this.list.querySelectorAll('.entry').length);
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    const lines = this.entries
      .filter((entry) => this.matches(entry))
      .map(({ time, source, name, detail }) => `${time} ${source} ${name} ${detail}`);
    await navigator.clipboard.writeText(lines.join('\n'));
    button.textContent = this.text.copied;
    setTimeout(() => (button.textContent = this.text.copy), 1200);
  }
}

/** A click unfolds a long detail. */
function row({ time, kind, source, name, detail }: Entry): HTMLElement {
  const item = h('li.entry', { onclick: () => item.classList.toggle('open') });
  item.classList.add(kind);
  item.append(
    h('span.time', {}, time),
    h('span.name', {}, name),
    showSource(h('span.source'), source),
    h('span.detail', {}, detail),
  );
  return item;
}

/** The outermost component, which is the one a page listens to; all of them on hover. */
function showSource(element: HTMLElement, source: string): HTMLElement {
  element.textContent = source.slice(source.lastIndexOf(' ') + 1);
  element.title = source;
  return element;
}
