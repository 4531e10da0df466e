/** Tencent's list of signaling commands asks for so much between the two ends of a period. */
const MIN_PERIOD_S = 5;

export interface Period {
  /** Unix seconds. */
  startS: number;
  endS: number;
}

/** Reads `start_time` and `end_time`; null where they are missing, no numbers, or too near to each other. */
export function periodOf(params: ReadonlyMap<string, string>): Period | null {
  const startS = wholeNumber(params.get('start_time'));
  const endS = wholeNumber(params.get('end_time'));
  if (startS === null || endS === null || startS === 0 || endS - startS < MIN_PERIOD_S) return null;
  return { startS, endS };
}

/** 0 and up, below 2^53; null for anything else. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
