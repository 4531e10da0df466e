/** JavaScriptCore's shell has these two instead of `performance` and `console`. */
declare const preciseTime: undefined | (() => number);
declare const print: undefined | ((line: string) => void);

export const nowMs: () => number =
  typeof preciseTime === 'function' ? () => preciseTime!() * 1000 : () => performance.now();

/** The last line of a script is its result. */
export function tell(result: Record<string, number>): void {
  const line = JSON.stringify(result);
  if (typeof print === 'function') print(line);
  else console.log(line);
}

export const MEGABYTE = 1048576;

/** The shortest of several runs: what other programs take from the machine only ever adds. */
export function best(rounds: number, run: () => number): number {
  let shortestMs = Infinity;
  for (let i = 0; i < rounds; i++) shortestMs = Math.min(shortestMs, run());
  return shortestMs;
}
