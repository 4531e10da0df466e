import type { LogLevel, PhoneMessage } from '../stories';
import { tapComponentEvents } from '../runtime/event-tap';

const MAX_TEXT = 2000;
const LEVELS: LogLevel[] = ['debug', 'log', 'info', 'warn', 'error'];

/** Sends what happens in the phone to the frame: component events, console output, uncaught errors. */
export function reportToFrame(): void {
  tapComponentEvents(({ component, name, detail }) => {
    if (!component.includes('miniprogram_npm/')) return;
    const short = component.slice(component.lastIndexOf('/') + 1);
    tell({ kind: 'event', component: short, name, detail: toText(detail) });
  });
  for (const level of LEVELS) {
    const write = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      write(...values);
      tell({ kind: 'log', level, text: values.map(toText).join(' ').slice(0, MAX_TEXT) });
    };
  }
  addEventListener('error', ({ message }) => tell({ kind: 'log', level: 'error', text: message }));
  addEventListener('unhandledrejection', ({ reason }) =>
    tell({ kind: 'log', level: 'error', text: `unhandled rejection: ${toText(reason)}` }),
  );
}

export function tell(message: PhoneMessage): void {
  if (parent !== window) parent.postMessage(message, location.origin);
}

/** One line; what cannot be JSON is named by its type. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? value.message;
  try {
    return (JSON.stringify(value, plain) ?? String(value)).slice(0, MAX_TEXT);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'function') return '[function]';
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return value;
}
