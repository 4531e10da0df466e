import type { Log } from '../port/port';

/** Calls into the app's code: what it throws is logged and hurts nobody else. */
export function guarded(log: Log, where: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    log('error', `${where} threw: ${error instanceof Error ? error.message : String(error)}`);
  }
}
