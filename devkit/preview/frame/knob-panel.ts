import type { Knob, Property } from '../stories';
import { h } from './dom';

/** One control, for a property of the story's component or for data of its page. */
interface Control {
  name: string;
  kind: Property['kind'];
  choices: readonly string[];
  about: string;
  /** What is set as long as nobody turned it. */
  value: string;
}

export interface KnobPanel {
  element: HTMLElement;
  /** Shows what is set, without turning anything. */
  show(values: Readonly<Record<string, string>>): void;
}

/** Turns properties and data of the story while it is shown. */
export function knobPanel(
  title: string,
  properties: readonly Property[],
  knobs: readonly Knob[],
  values: Readonly<Record<string, string>>,
  onChange: (name: string, value: string) => void,
): KnobPanel {
  const controls = controlsOf(properties, knobs);
  const inputs = new Map<string, Input>();
  for (const control of controls) {
    const input = inputOf(control, (value) => onChange(control.name, value));
    input.show(values[control.name] ?? control.value);
    inputs.set(control.name, input);
  }
  const rows = controls.map(({ name, about }) => {
    const { element } = inputs.get(name)!;
    element.dataset['knob'] = name;
    return h('label.knob', { title: about }, h('span', {}, name), element);
  });
  return {
    element: h<HTMLDetailsElement>(
      'details.knobs',
      { open: true },
      h('summary', {}, title, h('span.count', {}, String(rows.length))),
      h('div.knob-list', {}, ...rows),
    ),
    show(next) {
      for (const [name, value] of Object.entries(next)) inputs.get(name)?.show(value);
    },
  };
}

/** What the story names first, since that is what it is about; then whatever else its component has. */
export function controlsOf(properties: readonly Property[], knobs: readonly Knob[]): Control[] {
  const own = knobs.map(({ name, values, value }): Control => {
    const property = properties.find((each) => each.name === name);
    const isSwitch = !values && (value === 'true' || value === 'false');
    return {
      ...{ name, value, about: property?.about ?? '' },
      kind: isSwitch ? 'boolean' : (property?.kind ?? 'text'),
      choices: values ?? property?.choices ?? [],
    };
  });
  const others = properties
    .filter(({ name }) => !own.some((each) => each.name === name))
    .map(({ choices = [], ...property }) => ({ ...property, choices }));
  return [...own, ...others];
}

interface Input {
  element: HTMLElement;
  show(value: string): void;
}

function inputOf({ kind, choices }: Control, onChange: (value: string) => void): Input {
  if (choices.length > 0) {
    const element = h<HTMLSelectElement>(
      'select',
      { onchange: () => onChange(element.value) },
      ...choices.map((each) => new Option(each || '–', each)),
    );
    return { element, show: (value) => void (element.value = value) };
  }
  if (kind === 'boolean') {
    const element = h<HTMLInputElement>('input', {
      type: 'checkbox',
      onchange: () => onChange(String(element.checked)),
    });
    return { element, show: (value) => void (element.checked = value === 'true') };
  }
  const element = h<HTMLInputElement>('input', {
    type: kind === 'number' ? 'number' : 'text',
    step: 'any',
    spellcheck: false,
    onchange: () => onChange(element.value),
  });
  return { element, show: (value) => void (element.value = value) };
}
