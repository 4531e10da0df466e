import { ErrCode, toErrorResult } from '../p2p-core/index';
import type { ErrCode as ErrCodeType, ErrorResult } from '../p2p-core/index';

/**
 * What a call of a p2p module came to: null for success. Modules differ: the guide's resolve with a number, later ones
 * with `{ errcode, errmsg }`, and they reject with a number, with `{ errcode, errmsg }` or with anything else.
 */
export function errorOfResult(call: string, result: unknown): ErrorResult | null {
  if (result === undefined || result === null) return null;
  const error = typeof result === 'number' ? { errcode: result, errmsg: '' } : readError(result);
  if (error === null || error.errcode === ErrCode.Ok) return null;
  return named(call, error);
}

/** `fallback` is the code of a cause that has none. */
export function errorOfRejection(call: string, cause: unknown, fallback: ErrCodeType): ErrorResult {
  if (typeof cause === 'number') return named(call, { errcode: cause, errmsg: '' });
  return named(call, toErrorResult(cause, fallback));
}

/** Settles a module call into one continuation; also when the call throws. Never throws itself. */
export function settle(
  call: string,
  fallback: ErrCodeType,
  start: () => Promise<unknown>,
  done: (error: ErrorResult | null) => void,
): void {
  let pending: Promise<unknown>;
  try {
    pending = Promise.resolve(start());
  } catch (cause) {
    pending = Promise.reject(cause);
  }
  pending.then(
    (result) => done(errorOfResult(call, result)),
    (cause: unknown) => done(errorOfRejection(call, cause, fallback)),
  );
}

/** What a guard waits longer than the module, whose own error says more. */
const GUARD_MARGIN_MS = 2000;

/** When to stop waiting for a call that the module itself ends after `configuredMs`, where the app has set that. */
export const guardMs = (leastMs: number, configuredMs = 0): number =>
  Math.max(leastMs, configuredMs + GUARD_MARGIN_MS);

function readError(result: unknown): ErrorResult | null {
  return typeof (result as { errcode?: unknown }).errcode === 'number'
    ? toErrorResult(result, ErrCode.Ok)
    : null;
}

function named(call: string, error: ErrorResult): ErrorResult {
  return error.errmsg === ''
    ? { errcode: error.errcode, errmsg: `${call} answered ${error.errcode}` }
    : error;
}
