import { Event as MpEvent, type GeneralComponent } from 'glass-easel';

export interface TappedEvent {
  /** Path of the component that triggered it. */
  component: string;
  name: string;
  detail: unknown;
}

/** Reports every event that a custom component triggers, before its listeners run. */
export function tapComponentEvents(listener: (event: TappedEvent) => void): void {
  const dispatch = MpEvent.dispatchEvent;
  MpEvent.dispatchEvent = (target, event) => {
    const component = (target as unknown as Partial<GeneralComponent>).is;
    if (component && !component.startsWith('wx-builtin/') && !event.getOriginalEvent()) {
      listener({ component, name: event.getEventName(), detail: event.detail });
    }
    return dispatch.call(MpEvent, target, event);
  };
}
