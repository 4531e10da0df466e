import { Validator } from '@cfworker/json-schema';
import { parseDocument } from 'yaml';
import type { PathPolicy } from '../../p2p-core/path/types';
import schema from '../cameras.schema.json';
import type { Action } from './grants';
import type { Quality } from './live-source';
import type { PtzCommandName } from './ptz-device';

/** What `iot-p2p camera` runs, from options or from a file; devkit/cameras.schema.json tells what each key means. */
export interface AgentConfig {
  signaling: string;
  stun: string[];
  turn?: string;
  path?: PathPolicy;
  login?: string;
  turnSecret?: string;
  turnLogin?: string;
  healthPort?: number;
  logFormat?: 'text' | 'json';
  verbose?: boolean;
  qr?: boolean;
  cameras: CameraConfig[];
}

export interface CameraConfig {
  name: string;
  source: string[];
  subSource: string[];
  ladder?: Partial<Record<Quality, string>>;
  audio?: 'auto' | 'copy' | 'aac' | 'none';
  video?: 'copy' | 'h264';
  hevc?: 'fourcc' | '12';
  rtspTransport?: 'tcp' | 'udp';
  /** Seconds. */
  linger?: number;
  channels?: number;
  recordings?: string;
  record?: string;
  /** Gigabytes. */
  recordSize?: number;
  recordDays?: number;
  talkOut?: string;
  talkExec?: string[];
  talkRtsp?: string;
  onvif: string[];
  ptzUrl?: string | Partial<Record<PtzCommandName, string>>;
  state?: string;
  maxViewers?: number;
  grants?: Record<string, Action[]>;
}

/** What is wrong with a configuration. `path`: keys and indexes down to it, such as `cameras`, `0`, `maxViewers`. */
export interface ConfigProblem {
  path: string[];
  /** Without a secret. */
  reason: string;
}

interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  required?: string[];
  writeOnly?: boolean;
  'x-must'?: string;
  [keyword: string]: unknown;
}

const LIST_KEYS = ['source', 'subSource', 'onvif'] as const;
/** Of a value that is shown in an error. */
const MAX_SHOWN_CHARS = 60;

/** The configuration, or everything that is wrong with it. `raw` is of any kind; it is not changed. */
export function checkConfig(raw: unknown): { config: AgentConfig } | { problems: ConfigProblem[] } {
  // Draft and short-circuit: every problem is told, not the first alone.
  const { valid, errors } = new Validator(schema as object, '2020-12', false).validate(raw);
  if (!valid) {
    const problems = errors.flatMap(({ keyword, keywordLocation, instanceLocation }) =>
      problemsOf(keyword, pointer(keywordLocation), pointer(instanceLocation), raw),
    );
    return { problems: withoutRepeats(problems) };
  }
  const config = normalize(raw as AgentConfig);
  const names = config.cameras.map(({ name }) => name);
  const problems = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: ['cameras', String(index), 'name'], reason: 'must be another one than before' }],
  );
  return problems.length > 0 ? { problems } : { config };
}

/** Reads YAML or JSON and puts the environment into it. @throws Error with every problem, a line each, and no secret */
export function parseConfig(
  text: string,
  fileName: string,
  env: Readonly<Record<string, string | undefined>>,
): AgentConfig {
  const document = parseDocument(text, { merge: true, prettyErrors: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const line = broken.linePos?.[0].line ?? 0;
    throw new Error(`${fileName}:${line}: ${broken.message.split(/ at line|\n/)[0]}`);
  }
  const problems: ConfigProblem[] = [];
  const raw = substitute(document.toJS({ maxAliasCount: 100 }), env, [], problems);
  const checked = problems.length > 0 ? { problems } : checkConfig(raw);
  if ('config' in checked) return checked.config;
  throw new Error(
    checked.problems.map(({ path, reason }) => `${fileName}: ${shownPath(path)} ${reason}`).join('\n'),
  );
}

/** `cameras[0].maxViewers`. */
export function shownPath(path: readonly string[]): string {
  const text = path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

/** `${NAME}` in any text is the environment's; `$${NAME}` stands for `${NAME}` itself. */
function substitute(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  path: string[],
  problems: ConfigProblem[],
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(\$?)\{([A-Za-z_]\w*)\}/g, (whole, isEscaped: string, name: string) => {
      if (isEscaped !== '') return whole.slice(1);
      const found = env[name];
      if (found === undefined) problems.push({ path, reason: `needs ${name} in the environment` });
      return found ?? '';
    });
  }
  if (Array.isArray(value)) {
    return value.map((each, index) => substitute(each, env, [...path, String(index)], problems));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, substitute(each, env, [...path, key], problems)]),
  );
}

function problemsOf(keyword: string, schemaPath: string[], path: string[], raw: unknown): ConfigProblem[] {
  // These only say that something below them is wrong, and what is wrong there has an error of its own.
  if (['properties', 'items', 'additionalProperties', '$ref'].includes(keyword)) return [];
  if (keyword === 'false') return [{ path, reason: 'is not known' }];
  if (keyword === 'propertyNames') return [];
  const { node, isSecret } = nodeAt(schemaPath.slice(0, -1));
  if (keyword === 'required') {
    const given = Object(valueAt(raw, path)) as object;
    const missing = node.required!.filter((key) => !Object.hasOwn(given, key));
    return missing.map((key) => ({ path: [...path, key], reason: 'is missing' }));
  }
  if (schemaPath.includes('propertyNames')) {
    return [{ path, reason: `is a key that must ${expected(node)}` }];
  }
  const value = valueAt(raw, path);
  const isShown = !isSecret && (typeof value === 'string' || typeof value === 'number');
  const shown = isShown ? `, not ${String(value).slice(0, MAX_SHOWN_CHARS)}` : '';
  return [{ path, reason: `must ${expected(node)}${shown}` }];
}

function expected(node: SchemaNode): string {
  if (node['x-must'] !== undefined) return node['x-must'];
  if (node.enum !== undefined) return `be one of ${node.enum.join(', ')}`;
  if (node.type === 'integer') return `be a whole number from ${node.minimum} to ${node.maximum}`;
  const types = [node.type ?? []].flat().map((type) => TYPE_NAMES[type] ?? type);
  return `be ${types.join(' or ')}`;
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a text',
  array: 'a list',
  object: 'a list of keys with values',
  boolean: 'true or false',
};

/** What the schema says at a place, and whether it, or anything around it, is secret. */
function nodeAt(schemaPath: readonly string[]): { node: SchemaNode; isSecret: boolean } {
  let node = schema as unknown as SchemaNode;
  let isSecret = false;
  for (const key of schemaPath) {
    node = (key === '$ref' ? valueAt(schema, pointer(node.$ref!)) : node[key]) as SchemaNode;
    isSecret ||= node.writeOnly === true;
  }
  return { node, isSecret };
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (Object(value) as Record<string, unknown>)[key], root);
}

/** RFC 6901, as a fragment. */
function pointer(text: string): string[] {
  const keys = text.replace(/^#\/?/, '').split('/');
  return keys
    .filter((key) => key !== '')
    .map((key) => decodeURIComponent(key).replace(/~1/g, '/').replace(/~0/g, '~'));
}

/** A value can break several keywords at once; the first is enough. */
function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => seen.size < seen.add(shownPath(path)).size);
}

/** One and several are written alike in the file, and are a list from here on. */
function normalize(raw: AgentConfig): AgentConfig {
  return {
    ...raw,
    stun: [raw.stun].flat(),
    cameras: raw.cameras.map((camera) => {
      const lists = LIST_KEYS.map((key) => [key, [camera[key] ?? []].flat()]);
      return { ...camera, ...Object.fromEntries(lists) } as CameraConfig;
    }),
  };
}
