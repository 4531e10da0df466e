/** The callbacks that every asynchronous wx function takes. */
export interface WxCallbacks {
  success?: (result: never) => void;
  fail?: (result: { errMsg: string }) => void;
  complete?: (result: never) => void;
}

/**
 * Runs `action` as a wx function called `name` would: later than the call, the outcome to the callbacks, and as a Promise
 * where none of them was given.
 */
export function answer<T extends object>(
  name: string,
  options: WxCallbacks | undefined,
  action: () => T | Promise<T>,
): Promise<T & { errMsg: string }> | undefined {
  const outcome = Promise.resolve()
    .then(action)
    .then(
      (value) => ({ ...value, errMsg: `${name}:ok` }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        return Promise.reject({ errMsg: `${name}:fail ${reason}` });
      },
    );
  if (!options?.success && !options?.fail && !options?.complete) return outcome;
  outcome.then(
    (value) => {
      options.success?.(value as never);
      options.complete?.(value as never);
    },
    (failure: { errMsg: string }) => {
      options.fail?.(failure);
      options.complete?.(failure as never);
    },
  );
  return undefined;
}
