import { checkConfig } from '../camera/agent-config';
import type { AgentConfig, ConfigProblem } from '../camera/agent-config';
import { listOption, stringOption, UsageError } from './command';
import type { OptionValues } from './command';

/**
 * The options of `iot-p2p camera` that have a key in devkit/cameras.schema.json, which is their name in camelCase: the schema
 * checks both. `text`, `number` and `flag` are given once; of `list`, `argv` and `map` there may be several.
 */
export const AGENT_OPTIONS = {
  signaling: 'text',
  stun: 'list',
  turn: 'text',
  path: 'text',
  'health-port': 'number',
  'log-format': 'text',
  verbose: 'flag',
  qr: 'flag',
} as const;

export const CAMERA_OPTIONS = {
  name: 'text',
  source: 'list',
  'sub-source': 'list',
  ladder: 'map',
  audio: 'text',
  video: 'text',
  hevc: 'text',
  'rtsp-transport': 'text',
  linger: 'number',
  channels: 'number',
  recordings: 'text',
  record: 'text',
  'record-size': 'number',
  'record-days': 'number',
  'talk-out': 'text',
  'talk-exec': 'argv',
  'talk-rtsp': 'text',
  onvif: 'list',
  'ptz-url': 'text',
  state: 'text',
  'max-viewers': 'number',
  grant: 'map',
} as const;

type Kind = 'text' | 'number' | 'flag' | 'list' | 'argv' | 'map';

/** Keys of the schema that are not their option's name: there may be several grants, and one `--grant` is one. */
const OTHER_KEYS: Record<string, string> = { grant: 'grants' };
/** They say how the program talks, not what it runs, and may stand beside `--config`. */
const BESIDE_CONFIG = ['health-port', 'log-format', 'verbose', 'qr'];

/** The configuration that the options stand for. @throws UsageError */
export function configFromOptions(values: OptionValues): AgentConfig {
  const camera = { name: 'camera', ...valuesOf(values, CAMERA_OPTIONS) };
  const checked = checkConfig({ ...valuesOf(values, AGENT_OPTIONS), cameras: [camera] });
  if ('config' in checked) return checked.config;
  throw usageError(checked.problems);
}

/** `config` with what may be given beside `--config`. @throws UsageError for any other option */
export function withOptions(config: AgentConfig, values: OptionValues): AgentConfig {
  const names = [...Object.keys(AGENT_OPTIONS), ...Object.keys(CAMERA_OPTIONS)];
  const stray = names.find((name) => values[name] !== undefined && !BESIDE_CONFIG.includes(name));
  if (stray !== undefined) throw new UsageError(`--${stray} belongs into the file of --config`);
  const checked = checkConfig({ ...config, ...valuesOf(values, AGENT_OPTIONS) });
  if ('config' in checked) return checked.config;
  throw usageError(checked.problems);
}

function usageError(problems: readonly ConfigProblem[]): UsageError {
  return new UsageError(problems.map(({ path, reason }) => `--${optionOf(path)} ${reason}`).join('\n'));
}

/** For parseArgs. */
export function parseArgsOptions(): Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> {
  const entries = Object.entries({ ...AGENT_OPTIONS, ...CAMERA_OPTIONS }) as [string, Kind][];
  return Object.fromEntries(
    entries.map(([name, kind]) => {
      if (kind === 'flag') return [name, { type: 'boolean' }];
      return [name, { type: 'string', ...(MULTIPLE.includes(kind) ? { multiple: true } : {}) }];
    }),
  );
}

const MULTIPLE: readonly Kind[] = ['list', 'argv', 'map'];

export function keyOf(option: string): string {
  return OTHER_KEYS[option] ?? option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function optionOf(path: readonly string[]): string {
  const key = path[0] === 'cameras' ? path[2]! : path[0]!;
  const names = [...Object.keys(AGENT_OPTIONS), ...Object.keys(CAMERA_OPTIONS)];
  return names.find((name) => keyOf(name) === key) ?? key;
}

function valuesOf(values: OptionValues, options: Record<string, Kind>): Record<string, unknown> {
  const given = Object.entries(options).filter(([name]) => values[name] !== undefined);
  return Object.fromEntries(given.map(([name, kind]) => [keyOf(name), valueOf(values, name, kind)]));
}

function valueOf(values: OptionValues, name: string, kind: Kind): unknown {
  switch (kind) {
    case 'flag':
      return values[name];
    case 'list':
    case 'argv':
      return listOption(values, name);
    case 'map':
      return Object.fromEntries(listOption(values, name).map((text) => entryOf(name, text)));
    case 'number': {
      const text = stringOption(values, name) ?? '';
      // What is no number stays a text, which the schema refuses.
      return /^\d{1,15}$/.test(text) ? Number(text) : text;
    }
    default:
      return stringOption(values, name);
  }
}

/** `guest=view,talk` and `high=720p:1M`. */
function entryOf(name: string, text: string): [string, unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--${name} must be NAME=…`);
  const value = text.slice(equals + 1);
  return [text.slice(0, equals), name === 'grant' ? value.split(',') : value];
}
