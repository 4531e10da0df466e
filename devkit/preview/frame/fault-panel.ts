import { type Fault, FAULTS } from '../faults/registry';
import type { Language } from '../stories';
import { h } from './dom';
import type { FrameText } from './text';

export interface FaultPanelOptions {
  /** Ids of those that this preview can make. */
  available: readonly string[];
  language: Language;
  text: FrameText;
  isOn(id: string): boolean;
  onSet(fault: Fault, isOn: boolean): void;
  onUndoAll(): void;
}

/** Everything that can be made to fail, by place, each with what a user then sees. */
export function faultPanel(options: FaultPanelOptions): HTMLElement {
  const { available, text } = options;
  const faults = FAULTS.filter(({ id }) => available.includes(id));
  const places = [...new Set(faults.map(({ place }) => place))];
  const groups = places.map((place) =>
    h(
      'section',
      {},
      h('h3', {}, text[place]),
      ...faults.filter((fault) => fault.place === place).map((fault) => row(fault, options)),
    ),
  );
  const activeCount = faults.filter(({ id }) => options.isOn(id)).length;
  const undo = h<HTMLButtonElement>('button.undo', { onclick: () => options.onUndoAll() }, text.undoAll);
  undo.disabled = activeCount === 0;
  const count = h('span.count', {}, String(activeCount));
  count.hidden = activeCount === 0;
  return h(
    'section.faults',
    {},
    h('header', {}, h('h2', {}, text.faults, count, undo)),
    h('div.fault-list', {}, ...groups),
  );
}

function row(fault: Fault, { language, text, isOn, onSet }: FaultPanelOptions): HTMLElement {
  const active = isOn(fault.id);
  const button = h<HTMLButtonElement>(
    'button.fault',
    { onclick: () => onSet(fault, fault.kind === 'moment' || !active) },
    h(
      'span.fault-title',
      {},
      fault.title[language],
      ...(fault.faq === '' ? [] : [h('span.faq', { title: text.faqHint }, `FAQ ${fault.faq}`)]),
    ),
    h('span.fault-expect', {}, fault.expect[language]),
  );
  button.dataset['fault'] = fault.id;
  if (fault.kind === 'toggle') button.ariaPressed = String(active);
  return button;
}
