/** Waits until a figure has stood still for half a second: what is on its way has come. */
export async function settle(figure: () => number): Promise<void> {
  for (let last = Number.NaN; last !== figure();) {
    last = figure();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Waits for a condition in real time; a minute means that it will never come true. */
export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
