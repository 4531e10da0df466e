import fs from 'node:fs';
import { parseArgs } from 'node:util';

/** One measured value. `target` and `ok` only where docs/benchmarks.md sets a target. */
export interface Row {
  what: string;
  value: number;
  unit: string;
  target?: string;
  ok?: boolean;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export function atMost(what: string, value: number, unit: string, limit: number): Row {
  return { what, value: round(value), unit, target: `<=${limit}`, ok: value <= limit };
}

export function atLeast(what: string, value: number, unit: string, limit: number): Row {
  return { what, value: round(value, 3), unit, target: `>=${limit}`, ok: value >= limit };
}

/** Right-aligned columns, the first left-aligned. */
export function printTable(title: string, head: string[], lines: string[][]): void {
  const all = [head, ...lines];
  const widths = head.map((_, i) => Math.max(...all.map((line) => line[i]!.length)));
  const format = (line: string[]): string =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  console.log(`\n${title}`);
  for (const line of all) console.log(`  ${format(line)}`);
}

/**
 * Prints what has a target and misses it, then everything as one line of JSON; the exit code tells of a miss. With
 * `--json FILE` on the command line that line goes into the file as well.
 */
export function finish(bench: string, rows: Row[]): void {
  const withTarget = rows.filter((row) => row.ok !== undefined);
  const missed = withTarget.filter((row) => !row.ok);
  console.log(`\n${withTarget.length - missed.length} of ${withTarget.length} targets met`);
  for (const { what, value, unit, target } of missed) {
    console.log(`  missed: ${what}: ${value} ${unit}, target ${target}`);
  }
  const line = JSON.stringify({ bench, rows });
  console.log(line);
  const { values } = parseArgs({ options: { json: { type: 'string' } }, strict: false });
  if (typeof values.json === 'string') fs.writeFileSync(values.json, line + '\n');
  process.exitCode = missed.length > 0 ? 1 : 0;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
