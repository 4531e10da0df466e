import type { Knob } from '../stories';
import { h } from './dom';

/** One control for each property of the story that can be changed while it plays. */
export function knobPanel(
  title: string,
  knobs: readonly Knob[],
  values: Readonly<Record<string, string>>,
  onChange: (name: string, value: string) => void,
): HTMLElement {
  return h(
    'section.knobs',
    {},
    h('header', {}, h('h2', {}, title)),
    h(
      'div.knob-list',
      {},
      ...knobs.map((knob) => {
        const control = controlOf(knob, values[knob.name] ?? knob.value, (value) =>
          onChange(knob.name, value),
        );
        control.dataset['knob'] = knob.name;
        return h('label.knob', {}, h('span', {}, knob.name), control);
      }),
    ),
  );
}

function controlOf(knob: Knob, value: string, onChange: (value: string) => void): HTMLElement {
  if (knob.values) {
    const select = h<HTMLSelectElement>(
      'select',
      { onchange: () => onChange(select.value) },
      ...knob.values.map((each) => new Option(each || '–', each)),
    );
    select.value = value;
    return select;
  }
  const box = h<HTMLInputElement>('input', {
    type: 'checkbox',
    checked: value === 'true',
    onchange: () => onChange(String(box.checked)),
  });
  return box;
}
