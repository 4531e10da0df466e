import { type BuiltinInstance, type Builtins, defineBuiltin } from '../types';
import { baseObservers, baseProperties, container } from './common';

const scrollView = defineBuiltin({
  wxml: '<slot/>',
  properties: {
    ...baseProperties,
    scrollX: Boolean,
    scrollY: Boolean,
    scrollTop: Number,
    scrollLeft: Number,
    scrollIntoView: String,
    scrollWithAnimation: Boolean,
  },
  observers: {
    ...baseObservers,
    'scrollX, scrollY'(this: BuiltinInstance, x: boolean, y: boolean) {
      const style = this.getBackendElement()?.style;
      if (!style) return;
      style.overflowX = x ? 'auto' : 'hidden';
      style.overflowY = y ? 'auto' : 'hidden';
    },
    scrollTop(this: BuiltinInstance, top: number) {
      this.getBackendElement()?.scrollTo?.({ top });
    },
    scrollLeft(this: BuiltinInstance, left: number) {
      this.getBackendElement()?.scrollTo?.({ left });
    },
    scrollIntoView(this: BuiltinInstance, id: string) {
      if (id)
        this.getBackendElement()
          ?.querySelector(`[id$="${CSS.escape(id)}"]`)
          ?.scrollIntoView({ block: 'nearest' });
    },
  },
  lifetimes: {
    attached(this: BuiltinInstance) {
      const element = this.getBackendElement();
      element?.addEventListener('scroll', () => {
        const { scrollTop, scrollLeft, scrollHeight, scrollWidth } = element;
        this.triggerEvent('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth });
        if (scrollTop + element.clientHeight >= scrollHeight - 50) {
          this.triggerEvent('scrolltolower', { direction: 'bottom' });
        }
      });
    },
  },
});

/** Pages snap; `current` follows the nearest one. */
const swiper = defineBuiltin<{ show(index: number): void }>({
  wxml: '<slot/>',
  properties: {
    ...baseProperties,
    current: { type: Number, value: 0 },
    vertical: Boolean,
    indicatorDots: Boolean,
  },
  observers: {
    ...baseObservers,
    current(this: BuiltinInstance & { show(index: number): void }, index: number) {
      this.show(index);
    },
  },
  lifetimes: {
    attached(this: BuiltinInstance) {
      const element = this.getBackendElement();
      element?.addEventListener('scrollend', () => {
        const current = Math.round(element.scrollLeft / (element.clientWidth || 1));
        if (current === this.data['current']) return;
        this.setData({ current });
        this.triggerEvent('change', { current, source: 'touch' });
      });
    },
  },
  methods: {
    show(index: number) {
      const element = this.getBackendElement();
      element?.scrollTo?.({ left: index * element.clientWidth, behavior: 'smooth' });
    },
  },
});

/** Tags that move their content. */
export const scrollBuiltins: Builtins = {
  'scroll-view': scrollView,
  swiper,
  'swiper-item': container({ itemId: String }),
};
