import { type BuiltinDefinition, type BuiltinInstance, type Builtins, defineBuiltin } from '../types';
import { urlOfSource } from '../wx/files';
import { baseObservers, baseProperties, container, inner } from './common';

/** `object-fit` for each `mode` of an image. */
const FIT: Record<string, string> = {
  scaleToFill: 'fill',
  aspectFit: 'contain',
  aspectFill: 'cover',
  widthFix: 'contain',
  heightFix: 'contain',
  center: 'none',
};

function image(): BuiltinDefinition {
  return defineBuiltin({
    wxml: '<h-img class="wx-image" src="{{url}}" alt="" bind:load="onLoad" bind:error="onError"/>',
    properties: {
      ...baseProperties,
      src: String,
      mode: { type: String, value: 'scaleToFill' },
      lazyLoad: Boolean,
    },
    data: { url: '' },
    observers: {
      ...baseObservers,
      src(this: BuiltinInstance, src: string) {
        this.setData({ url: urlOfSource(src) });
      },
      mode(this: BuiltinInstance, mode: string) {
        const element = inner<HTMLImageElement>(this, '.wx-image');
        if (!element) return;
        element.style.objectFit = FIT[mode] ?? 'fill';
        element.style.height = mode === 'widthFix' ? 'auto' : '';
        element.style.width = mode === 'heightFix' ? 'auto' : '';
      },
    },
    methods: {
      onLoad() {
        const element = inner<HTMLImageElement>(this, '.wx-image');
        this.triggerEvent('load', { width: element?.naturalWidth ?? 0, height: element?.naturalHeight ?? 0 });
      },
      onError() {
        this.triggerEvent('error', { errMsg: `GET ${String(this.data['src'])} failed` });
      },
    },
  });
}

const progress = defineBuiltin({
  wxml: '<h-progress class="wx-bar" max="100"></h-progress>',
  properties: { ...baseProperties, percent: Number, activeColor: String, backgroundColor: String },
  observers: {
    ...baseObservers,
    percent(this: BuiltinInstance, percent: number) {
      const bar = inner<HTMLProgressElement>(this, '.wx-bar');
      if (bar) bar.value = percent;
    },
  },
});

const navigator = defineBuiltin({
  wxml: '<slot/>',
  properties: {
    ...baseProperties,
    url: String,
    openType: { type: String, value: 'navigate' },
    delta: Number,
  },
  observers: { ...baseObservers },
  lifetimes: {
    attached(this: BuiltinInstance) {
      (this as unknown as { addListener(name: string, listener: () => void): void }).addListener(
        'tap',
        () => {
          const { url, openType, delta } = this.data;
          const name = { redirect: 'redirectTo', navigateBack: 'navigateBack', reLaunch: 'reLaunch' }[
            String(openType)
          ];
          const navigate = (wx as unknown as Record<string, (options: object) => void>)[name ?? 'navigateTo'];
          navigate?.({ url, delta: delta || 1 });
        },
      );
    },
  },
});

/** Tags that show something or hold others. */
export const contentBuiltins: Builtins = {
  view: container(),
  'cover-view': container(),
  text: container({ selectable: Boolean, userSelect: Boolean, decode: Boolean, space: String }),
  label: container({ for: String }),
  form: container(),
  image: image(),
  'cover-image': image(),
  progress,
  navigator,
};
