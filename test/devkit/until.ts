/** Waits for a condition in real time; a minute means that it will never come true. */
export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
