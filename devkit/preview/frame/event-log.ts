import type { LogLevel, PhoneMessage } from '../stories';
import { h } from './dom';
import type { FrameText } from './text';

interface Entry {
  time: string;
  kind: 'event' | LogLevel;
  source: string;
  name: string;
  detail: string;
}

const MAX_ENTRIES = 500;

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

  add(message: Exclude<PhoneMessage, { kind: 'ready' }>): void {
    const time = new Date().toISOString().slice(11, 23);
    const entry: Entry =
      message.kind === 'event'
        ? { time, kind: 'event', source: message.component, name: message.name, detail: message.detail }
        : { time, kind: message.level, source: 'console', name: message.level, detail: message.text };
    this.entries.unshift(entry);
    const isFull = this.entries.length > MAX_ENTRIES;
    if (isFull) this.entries.pop();
    if (!this.matches(entry)) return;
    this.list.querySelector('.empty')?.remove();
    this.list.prepend(row(entry));
    if (this.list.children.length > MAX_ENTRIES) this.list.lastElementChild?.remove();
    this.showCount();
  }

  clear(): void {
    this.entries = [];
    this.renderAll();
  }

  private matches({ source, name, detail }: Entry): boolean {
    const wanted = this.filter.value.trim().toLowerCase();
    return wanted === '' || `${source} ${name} ${detail}`.toLowerCase().includes(wanted);
  }

  private renderAll(): void {
    const rows = this.entries.filter((entry) => this.matches(entry)).map(row);
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
    h('span.source', {}, source),
    h('span.detail', {}, detail),
  );
  return item;
}
