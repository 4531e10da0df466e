import { type BuiltinInstance, defineBuiltin } from '../types';
import { baseObservers, baseProperties, inner } from './common';

/** What a mini program finds in `node` of a canvas and a browser has elsewhere. */
const NODE_METHODS = {
  requestAnimationFrame: (draw: FrameRequestCallback) => requestAnimationFrame(draw),
  cancelAnimationFrame: (frame: number) => cancelAnimationFrame(frame),
  createImage: () => new Image(),
};

interface Extra {
  unlisten: (() => void) | null;
}

/** `<canvas type="2d">`. A mouse wheel over it, or over what lies on it, is its event `wheel`. */
export const canvas = defineBuiltin<Extra>({
  wxml: '<h-canvas class="wx-canvas"></h-canvas>',
  properties: { ...baseProperties, type: String, canvasId: String, disableScroll: Boolean },
  observers: { ...baseObservers },
  lifetimes: {
    attached(this: BuiltinInstance & Extra) {
      const box = this.getBackendElement();
      const listen = (event: WheelEvent): void => {
        const host = box?.parentElement;
        if (!box || !host || !(event.target instanceof Node) || !host.contains(event.target)) return;
        event.preventDefault();
        this.triggerEvent('wheel', {
          x: event.clientX - box.getBoundingClientRect().left,
          deltaY: event.deltaY,
        });
      };
      document.addEventListener('wheel', listen, { passive: false });
      this.unlisten = () => document.removeEventListener('wheel', listen);
    },
    detached(this: BuiltinInstance & Extra) {
      this.unlisten?.();
    },
  },
  methods: {
    /** What `fields({ node: true })` of a selector query gives. */
    node() {
      const element = inner<HTMLCanvasElement>(this, '.wx-canvas');
      return element && Object.assign(element, NODE_METHODS);
    },
  },
});
