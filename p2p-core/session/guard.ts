import type { Log } from '../port/port';

/** Calls into the app's code: what it throws is logged and hurts nobody else. */
export function guarded(log: Log, where: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    logThrown(log, where, error);
  }
}

/** For the media path, where `guarded` would cost a closure for every packet. */
export function logThrown(log: Log, where: string, error: unknown): void {
  log('error', `${where} threw: ${error instanceof Error ? error.message : String(error)}`);
}
