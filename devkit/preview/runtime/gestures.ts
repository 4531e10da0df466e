import { Event as MpEvent, type Element as MpElement } from 'glass-easel';

/** After which a press is long, and how far a finger may move meanwhile (WeChat's own figures). */
const LONG_PRESS_MS = 350;
const MOVE_TOLERANCE_PX = 10;

type DomNode = { __wxElement?: MpElement; parentNode: DomNode | null };

/**
 * What glass-easel leaves out: `longpress` / `longtap`, and touch events made of the mouse, so that a page which listens
 * to `touchstart` works on a desk. Listens on `document.body`; once per document.
 */
export function recogniseGestures(): void {
  let longPress: ReturnType<typeof setTimeout> | undefined;
  let startX = 0;
  let startY = 0;
  let touchTarget: MpElement | null = null;
  let hasTouchScreen = false;

  const begin = (event: Event, x: number, y: number) => {
    startX = x;
    startY = y;
    clearTimeout(longPress);
    const target = elementOf(event);
    if (!target) return;
    longPress = setTimeout(() => {
      for (const name of ['longpress', 'longtap']) dispatch(target, name, { x, y }, event);
    }, LONG_PRESS_MS);
  };
  const move = (x: number, y: number) => {
    if (Math.hypot(x - startX, y - startY) > MOVE_TOLERANCE_PX) clearTimeout(longPress);
  };
  const end = () => clearTimeout(longPress);

  const listen = <K extends keyof HTMLElementEventMap>(
    name: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ) => document.body.addEventListener(name, listener, { capture: true, passive: true });

  listen('touchstart', (event) => {
    hasTouchScreen = true;
    const touch = event.touches[0];
    if (touch) begin(event, touch.clientX, touch.clientY);
  });
  listen('touchmove', (event) => {
    const touch = event.touches[0];
    if (touch) move(touch.clientX, touch.clientY);
  });
  listen('touchend', end);
  listen('touchcancel', end);

  listen('mousedown', (event) => {
    if (hasTouchScreen) return; // the browser repeats a touch as a mouse
    begin(event, event.clientX, event.clientY);
    touchTarget = elementOf(event);
    if (touchTarget) dispatch(touchTarget, 'touchstart', {}, event);
  });
  listen('mousemove', (event) => {
    if (hasTouchScreen) return;
    move(event.clientX, event.clientY);
    if (touchTarget) dispatch(touchTarget, 'touchmove', {}, event);
  });
  listen('mouseup', (event) => {
    if (hasTouchScreen) return;
    end();
    // As with a finger, the end belongs to the element where the touch began.
    if (touchTarget) dispatch(touchTarget, 'touchend', {}, event);
    touchTarget = null;
  });
}

function elementOf(event: Event): MpElement | null {
  let node = event.target as unknown as DomNode | null;
  while (node && !node.__wxElement) node = node.parentNode;
  return node?.__wxElement ?? null;
}

function dispatch(target: MpElement, name: string, detail: object, originalEvent: Event): void {
  const options = { originalEvent, bubbles: true, composed: true, capturePhase: true };
  MpEvent.dispatchEvent(target, new MpEvent(name, detail, options));
}
