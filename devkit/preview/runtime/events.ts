import { Element as MpElement, Event as MpEvent, NativeNode } from 'glass-easel';
import type { DomBackend } from './dom-backend';

export interface Touch {
  identifier: number;
  pageX: number;
  pageY: number;
  clientX: number;
  clientY: number;
}

/** Pointer events and gestures bubble out of native nodes; everything else of theirs is the built-in's own business. */
const POINTER_EVENT = /^(?:tap|canceltap|longpress|longtap|touch|mouse)/;

/**
 * Passes DOM events on to components. glass-easel does not do it unasked, and a DOM event of the real `<input>` or
 * `<video>` inside a built-in must not bubble to a `bindinput` of the page, which expects `detail.value`.
 */
export function connectEvents(backend: DomBackend): void {
  backend.onEvent((target, type, detail, options) => {
    const isInner = NativeNode.isNativeNode(target) && !POINTER_EVENT.test(type);
    const event = new MpEvent(
      type,
      detail,
      isInner ? { ...options, bubbles: false, composed: false } : options,
    );
    MpEvent.dispatchEvent(target, event);
    return event.getEventBubbleStatus();
  });
}

/** Adds what a WeChat event has and glass-easel's has not: `touches`, `changedTouches`, offsets, and a JSON form. */
export function completeEventFields(): void {
  define(MpEvent.prototype, 'touches', {
    get(this: MpEvent<unknown>) {
      return touchesOf(this.getOriginalEvent(), 'touches');
    },
  });
  define(MpEvent.prototype, 'changedTouches', {
    get(this: MpEvent<unknown>) {
      return touchesOf(this.getOriginalEvent(), 'changedTouches');
    },
  });
  define(MpEvent.prototype, 'toJSON', { value: eventToJson, writable: true });
  define(MpElement.prototype, 'offsetLeft', { get: offsetOf('offsetLeft') });
  define(MpElement.prototype, 'offsetTop', { get: offsetOf('offsetTop') });
}

function define(prototype: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(prototype, name, { configurable: true, ...descriptor });
}

function offsetOf(side: 'offsetLeft' | 'offsetTop') {
  return function (this: MpElement): number {
    return (this.getBackendElement() as unknown as HTMLElement | null)?.[side] ?? 0;
  };
}

interface TargetLike {
  id: string;
  dataset: unknown;
}

/** Handlers get live objects whose graph is circular; printing or cloning them must still work as in WeChat. */
function eventToJson(
  this: MpEvent<unknown> & { target?: TargetLike; currentTarget?: TargetLike; mark?: unknown },
) {
  const plain = (target: TargetLike | undefined) => target && { id: target.id, dataset: target.dataset };
  return {
    type: this.type,
    timeStamp: this.timeStamp,
    detail: this.detail,
    target: plain(this.target),
    currentTarget: plain(this.currentTarget),
    mark: this.mark,
  };
}

/** A mouse counts as one finger. */
export function touchesOf(original: unknown, list: 'touches' | 'changedTouches'): Touch[] {
  if (!original || typeof original !== 'object') return [];
  const touches = (original as TouchEvent)[list] as Iterable<Touch> | undefined;
  if (touches) return Array.from(touches, toTouch);
  const mouse = original as MouseEvent;
  if (typeof mouse.clientX !== 'number') return [];
  return list === 'touches' && mouse.type === 'mouseup' ? [] : [toTouch({ ...point(mouse), identifier: 0 })];
}

function point(mouse: MouseEvent) {
  return { pageX: mouse.pageX, pageY: mouse.pageY, clientX: mouse.clientX, clientY: mouse.clientY };
}

function toTouch(touch: Touch): Touch {
  const { identifier, pageX, pageY, clientX, clientY } = touch;
  return { identifier, pageX, pageY, clientX, clientY };
}
