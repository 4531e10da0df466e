import type { BuiltinDefinition, BuiltinInstance } from '../types';

/** Properties that every visible tag has. */
export const baseProperties = {
  hidden: { type: Boolean, value: false },
  hoverClass: String,
  hoverStopPropagation: Boolean,
  hoverStartTime: Number,
  hoverStayTime: Number,
  // Any type: pages bind texts that are still null.
  ariaRole: null,
  ariaLabel: null,
  ariaHidden: null,
  ariaDisabled: null,
  ariaChecked: null,
  ariaLive: null,
};

/** Property → attribute: the roles a page gives to its tags are those that a browser's screen reader hears. */
const ARIA = {
  ariaRole: 'role',
  ariaLabel: 'aria-label',
  ariaHidden: 'aria-hidden',
  ariaDisabled: 'aria-disabled',
  ariaChecked: 'aria-checked',
  ariaLive: 'aria-live',
} as const;

export const baseObservers: NonNullable<BuiltinDefinition['observers']> = {
  [Object.keys(ARIA).join(', ')](this: BuiltinInstance, ...values: unknown[]) {
    const element = this.getBackendElement();
    Object.values(ARIA).forEach((attribute, index) => {
      const value = values[index];
      // False is a value; null and '' are none.
      if (value === null || value === undefined || value === '') element?.removeAttribute(attribute);
      else element?.setAttribute(attribute, String(value));
    });
  },
  hidden(this: BuiltinInstance, isHidden: boolean) {
    this.getBackendElement()?.style.setProperty(
      'display',
      isHidden ? 'none' : '',
      isHidden ? 'important' : '',
    );
  },
};

/**
 * The real element inside a built-in, by selector; null before the template is made. Classes inside built-ins begin with `wx-`:
 * they share the document with the classes of pages.
 */
export function inner<T extends HTMLElement>(instance: BuiltinInstance, selector: string): T | null {
  return (instance.getShadowRoot()?.querySelector(selector)?.getBackendElement() ?? null) as T | null;
}

/** For events out of `attached` or an observer: a synchronous one would update data while an update runs. */
export function emitLater(instance: BuiltinInstance, name: string, detail: unknown): void {
  setTimeout(() => instance.triggerEvent(name, detail), 0);
}

/** A tag that only holds its children. */
export function container(properties: Record<string, unknown> = {}): BuiltinDefinition {
  return {
    wxml: '<slot/>',
    properties: { ...baseProperties, ...properties },
    observers: { ...baseObservers },
  };
}
