import { ElementIterator, type ElementIteratorType, Component, type GeneralComponent } from 'glass-easel';
import type { Host } from '../runtime/host';
import type { Property } from '../stories';

type Values = Record<string, string>;

const LOOK_EVERY_MS = 100;
const MAX_LOOKS = 100;

/**
 * The properties of a story's component as knobs. One that the page binds to data of the same name is turned there, as the
 * page itself would; any other on the component.
 */
export class ComponentKnobs {
  private readonly kinds: ReadonlyMap<string, Property['kind']>;

  constructor(
    private readonly host: Pick<Host, 'router'>,
    private readonly component: string,
    private readonly properties: readonly Property[],
  ) {
    this.kinds = new Map(properties.map(({ name, kind }) => [name, kind]));
  }

  /** Waits until the component is on the page, turns what `knobs` says, and tells what is set then. */
  start(knobs: Readonly<Values>, tell: (values: Values) => void, looks = 0): void {
    const [found] = this.find();
    if (found === undefined) {
      if (looks < MAX_LOOKS) setTimeout(() => this.start(knobs, tell, looks + 1), LOOK_EVERY_MS);
      return;
    }
    for (const [name, value] of Object.entries(knobs)) if (this.kinds.has(name)) this.turn(name, value);
    const data = found.data as Record<string, unknown>;
    tell(
      Object.fromEntries(
        this.properties
          .filter(({ name }) => name in data)
          .map(({ name, kind }) => [name, kind === 'json' ? JSON.stringify(data[name]) : String(data[name])]),
      ),
    );
  }

  turn(name: string, text: string): void {
    const page = this.host.router.top()?.instance;
    if (!page) return;
    const value = valueOf(text, this.kinds.get(name));
    if (value === undefined) return;
    if (name in page.data) return page.setData({ [name]: value });
    for (const component of this.find()) component.setData({ [name]: value } as never);
  }

  private find(): GeneralComponent[] {
    const page = this.host.router.top();
    if (!page || this.component === '') return [];
    const order = 'composed-descendants-root-first' as ElementIteratorType;
    const all = new ElementIterator<GeneralComponent>(page.root.getComponent() as never, order, Component);
    return [...all].filter(({ is }) => is.endsWith(`/${this.component}`));
  }
}

/** Undefined for what is no value of this kind: a text half typed. */
function valueOf(text: string, kind: Property['kind'] | undefined): unknown {
  switch (kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return undefined;
      }
    case 'text':
      return text;
    default:
      return text === 'true' ? true : text === 'false' ? false : text;
  }
}
