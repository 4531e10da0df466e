import { parseArgs } from 'node:util';
import { isErrorResult } from '../../p2p-core/errors';
import { cameraCommand } from './camera';
import { UsageError } from './command';
import type { CliContext, Command } from './command';
import { rotateCommand } from './rotate';
import { serversCommand } from './servers';
import { startCommand } from './start';
import { tokenCommand } from './token';
import { trackerCommand } from './tracker';
import { viewCommand } from './view';

const COMMANDS: Command[] = [
  startCommand,
  serversCommand,
  trackerCommand,
  tokenCommand,
  cameraCommand,
  rotateCommand,
  viewCommand,
];

export const ExitCode = { Ok: 0, Failed: 1, Usage: 2 } as const;

/**
 * Runs one command line (without node and script). Resolves with the exit code, after everything was closed; never rejects.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.out(overview());
    return name === undefined ? ExitCode.Usage : ExitCode.Ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    context.err(`iot-p2p: there is no command ${name}\nTry: iot-p2p --help`);
    return ExitCode.Usage;
  }
  try {
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      context.out(command.help);
      return ExitCode.Ok;
    }
    checkPositionals(command, positionals);
    return await command.run(values, positionals, context);
  } catch (error) {
    if (error instanceof UsageError) {
      context.err(`iot-p2p ${name}: ${error.message}\nTry: iot-p2p ${name} --help`);
      return ExitCode.Usage;
    }
    context.err(`iot-p2p ${name}: ${describe(error)}`);
    return ExitCode.Failed;
  }
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    'usage: iot-p2p <command> [options]',
    '',
    ...lines,
    '',
    'iot-p2p <command> --help tells more.',
  ].join('\n');
}

function parse(command: Command, args: string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({
      args,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // Node's text ends with advice about `--` that no command here has a use for.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function checkPositionals(command: Command, given: string[]): void {
  const missing = command.positionals[given.length];
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing`);
  // The argument itself may be a secret in the wrong place, so it is not repeated.
  if (given.length > command.positionals.length) throw new UsageError('too many arguments');
}

function describe(error: unknown): string {
  if (isErrorResult(error)) return `${error.errmsg} (${error.errcode})`;
  return error instanceof Error ? error.message : String(error);
}
