import type { BuiltinDefinition, BuiltinInstance } from '../types';

/** Properties that every visible tag has. */
export const baseProperties = { hidden: { type: Boolean, value: false }, hoverClass: String };

export const baseObservers: NonNullable<BuiltinDefinition['observers']> = {
  hidden(this: BuiltinInstance, isHidden: boolean) {
    this.getBackendElement()?.style.setProperty(
      'display',
      isHidden ? 'none' : '',
      isHidden ? 'important' : '',
    );
  },
};

/** The real element inside a built-in, by selector. Null before the template is made. */
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
