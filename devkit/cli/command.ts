import type { ParseArgsConfig } from 'node:util';
import type { Log } from '../../p2p-core/port/port';

/** What a command may know of the world outside; tests pass their own. */
export interface CliContext {
  /** One line of the command's result, for people and scripts. */
  out(line: string): void;
  /** One line about what is going on. */
  err(line: string): void;
  /** Aborted when the user wants to stop: the command closes everything and returns. */
  signal: AbortSignal;
  env: Readonly<Record<string, string | undefined>>;
  /** Calls `read` whenever the configuration is to be read again (SIGHUP). Returns the end of it. */
  onReload?(read: () => void): () => void;
}

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  name: string;
  /** For the list of commands. */
  summary: string;
  /** Printed by `--help`, the usage line included. */
  help: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** Names of the positional arguments, all required. */
  positionals: string[];
  /** Resolves with the exit code. Throws UsageError for bad arguments, any other Error for what went wrong. */
  run(values: OptionValues, positionals: string[], context: CliContext): Promise<number>;
}

/** The arguments make no sense; shown with a hint to `--help`. */
export class UsageError extends Error {}

export const VERBOSE_OPTION = { verbose: { type: 'boolean', short: 'v' } } as const;

export function stringOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function requiredOption(values: OptionValues, name: string): string {
  const value = stringOption(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

export function numberOption(
  values: OptionValues,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const text = stringOption(values, name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

/** One of `choices`, of which the first is the default. */
export function choiceOption(values: OptionValues, name: string, choices: readonly string[]): string {
  const value = stringOption(values, name) ?? choices[0]!;
  if (!choices.includes(value)) throw new UsageError(`--${name} must be one of ${choices.join(', ')}`);
  return value;
}

/** An option that may be given several times. */
export function listOption(values: OptionValues, name: string): string[] {
  const given = values[name];
  return Array.isArray(given) ? given.map(String) : [];
}

/** A UDP or TCP port; 0: any free one. */
export function portOption(values: OptionValues, name: string): number {
  return numberOption(values, name, 0, 65535) ?? 0;
}

/** The broker's login comes by environment, since arguments are visible to everyone on a host. */
export function loginFrom(
  context: Pick<CliContext, 'env'>,
  name = 'IOT_P2P_LOGIN',
): { user: string; password: string } | undefined {
  const text = context.env[name];
  if (text === undefined || text === '') return undefined;
  const colon = text.indexOf(':');
  if (colon < 1) throw new UsageError(`${name} must be user:password`);
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Warnings and errors always, the rest with --verbose. */
export function logTo(context: CliContext, values: OptionValues): Log {
  const isVerbose = values['verbose'] === true;
  return (level, message) => {
    if (isVerbose || level === 'warn' || level === 'error') context.err(`${level}: ${message}`);
  };
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
