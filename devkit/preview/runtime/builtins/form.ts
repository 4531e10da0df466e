import { type BuiltinInstance, type Builtins, defineBuiltin } from '../types';
import { baseObservers, baseProperties, inner } from './common';

const button = defineBuiltin({
  wxml: '<slot/>',
  properties: {
    ...baseProperties,
    type: { type: String, value: 'default' },
    size: { type: String, value: 'default' },
    disabled: Boolean,
    loading: Boolean,
    plain: Boolean,
    openType: String,
  },
  observers: {
    ...baseObservers,
    'type, size, disabled, loading, plain'(this: BuiltinInstance) {
      const element = this.getBackendElement();
      if (!element) return;
      for (const name of ['type', 'size']) element.setAttribute(name, String(this.data[name]));
      for (const name of ['disabled', 'loading', 'plain'])
        element.toggleAttribute(name, Boolean(this.data[name]));
      element.setAttribute('role', 'button');
      element.tabIndex = this.data['disabled'] ? -1 : 0;
    },
  },
});

const slider = defineBuiltin({
  wxml:
    '<h-input class="wx-range" type="range" min="{{min}}" max="{{max}}" step="{{step}}" bind:input="onInput" ' +
    'bind:change="onChange"/>',
  properties: {
    ...baseProperties,
    min: { type: Number, value: 0 },
    max: { type: Number, value: 100 },
    step: { type: Number, value: 1 },
    value: { type: Number, value: 0 },
    disabled: Boolean,
    activeColor: String,
    showValue: Boolean,
  },
  observers: {
    ...baseObservers,
    'value, min, max'(this: BuiltinInstance, value: number) {
      const range = inner<HTMLInputElement>(this, '.wx-range');
      if (range) range.value = String(value);
    },
    disabled(this: BuiltinInstance, isDisabled: boolean) {
      const range = inner<HTMLInputElement>(this, '.wx-range');
      if (range) range.disabled = isDisabled;
    },
  },
  methods: {
    onInput() {
      this.triggerEvent('changing', { value: Number(inner<HTMLInputElement>(this, '.wx-range')?.value) });
    },
    onChange() {
      const value = Number(inner<HTMLInputElement>(this, '.wx-range')?.value);
      this.setData({ value });
      this.triggerEvent('change', { value });
    },
  },
});

const switchTag = defineBuiltin({
  wxml: '<h-input class="wx-box" type="checkbox" role="switch" bind:change="onChange"/>',
  properties: { ...baseProperties, checked: Boolean, disabled: Boolean, color: String },
  observers: {
    ...baseObservers,
    'checked, disabled'(this: BuiltinInstance, isChecked: boolean, isDisabled: boolean) {
      const box = inner<HTMLInputElement>(this, '.wx-box');
      if (box) Object.assign(box, { checked: isChecked, disabled: isDisabled });
    },
  },
  methods: {
    onChange() {
      const value = inner<HTMLInputElement>(this, '.wx-box')?.checked ?? false;
      this.setData({ checked: value });
      this.triggerEvent('change', { value });
    },
  },
});

/** `input` and `textarea` differ in the element and in what Enter means. */
function textField(wxml: string, confirmsOnEnter: boolean) {
  return defineBuiltin({
    wxml,
    properties: {
      ...baseProperties,
      value: String,
      type: { type: String, value: 'text' },
      password: Boolean,
      placeholder: String,
      placeholderClass: String,
      disabled: Boolean,
      maxlength: { type: Number, value: 140 },
      focus: Boolean,
      autoHeight: Boolean,
    },
    observers: {
      ...baseObservers,
      value(this: BuiltinInstance, value: string) {
        const field = inner<HTMLInputElement>(this, '.wx-field');
        if (field && field.value !== value) field.value = value;
      },
      'disabled, maxlength, focus'(
        this: BuiltinInstance,
        disabled: boolean,
        maxLength: number,
        focus: boolean,
      ) {
        const field = inner<HTMLInputElement>(this, '.wx-field');
        if (!field) return;
        field.disabled = disabled;
        if (maxLength >= 0) field.maxLength = maxLength;
        else field.removeAttribute('maxlength');
        if (focus) field.focus();
      },
    },
    methods: {
      onInput() {
        const value = inner<HTMLInputElement>(this, '.wx-field')?.value ?? '';
        this.setData({ value });
        this.triggerEvent('input', { value, cursor: value.length });
      },
      onFocus() {
        this.triggerEvent('focus', { value: this.data['value'] });
      },
      onBlur() {
        this.triggerEvent('blur', { value: this.data['value'] });
      },
      onKey(event: { getOriginalEvent(): KeyboardEvent }) {
        if (!confirmsOnEnter || event.getOriginalEvent().key !== 'Enter') return;
        this.triggerEvent('confirm', { value: this.data['value'] });
      },
    },
  });
}

const FIELD_EVENTS = 'bind:input="onInput" bind:focus="onFocus" bind:blur="onBlur" bind:keydown="onKey"';

const picker = defineBuiltin<{ fill(): void }>({
  wxml: '<slot/><h-select class="wx-select" bind:change="onChange"></h-select>',
  properties: {
    ...baseProperties,
    mode: { type: String, value: 'selector' },
    range: { type: Array, value: [] },
    rangeKey: String,
    value: { type: Number, value: 0 },
    disabled: Boolean,
  },
  observers: {
    ...baseObservers,
    'range, rangeKey, value, disabled'(this: BuiltinInstance & { fill(): void }) {
      this.fill();
    },
  },
  lifetimes: {
    attached(this: BuiltinInstance & { fill(): void }) {
      this.fill();
    },
  },
  methods: {
    fill() {
      const select = inner<HTMLSelectElement>(this, '.wx-select');
      if (!select) return;
      const key = String(this.data['rangeKey'] ?? '');
      const options = (this.data['range'] as unknown[]).map((item, index) => {
        const label = key ? (item as Record<string, unknown>)[key] : item;
        return new Option(String(label), String(index));
      });
      select.replaceChildren(...options);
      select.value = String(this.data['value']);
      select.disabled = Boolean(this.data['disabled']);
    },
    onChange() {
      const value = Number(inner<HTMLSelectElement>(this, '.wx-select')?.value);
      this.setData({ value });
      this.triggerEvent('change', { value });
    },
  },
});

/** Tags that take input. */
export const formBuiltins: Builtins = {
  button,
  slider,
  switch: switchTag,
  input: textField(
    `<h-input class="wx-field" type="{{password ? 'password' : 'text'}}" placeholder="{{placeholder}}" ${FIELD_EVENTS}/>`,
    true,
  ),
  textarea: textField(
    `<h-textarea class="wx-field" placeholder="{{placeholder}}" ${FIELD_EVENTS}></h-textarea>`,
    false,
  ),
  picker,
};
