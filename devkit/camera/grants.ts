import { parseQuery } from '../../p2p-core/http/query';
import type { HttpServerRequest } from '../../p2p-core/http/types';

/** What the holder of an xp2pInfo may do. `command`: whatever changes the camera and is none of the others. */
export const ACTIONS = ['view', 'talk', 'ptz', 'playback', 'download', 'command'] as const;
export type Action = (typeof ACTIONS)[number];

/** What one xp2pInfo allows. */
export interface Grant {
  /** `owner`, or as the user has named it. */
  name: string;
  actions: ReadonlySet<Action>;
}

export const OWNER = 'owner';
export const OWNER_GRANT: Grant = { name: OWNER, actions: new Set(ACTIONS) };

/** Null when the grant allows the request, else why it does not. */
export function refusal(grant: Grant, request: Pick<HttpServerRequest, 'path' | 'query'>): string | null {
  const needed = neededActions(request);
  if (needed === null || needed.some((action) => grant.actions.has(action))) return null;
  return `this xp2pInfo does not allow ${needed.join(' or ')}`;
}

/**
 * The actions of which one is needed; null for what tells nothing that a viewer could not know, and for what no camera
 * answers. What is not listed here changes something, so it needs `command`.
 */
function neededActions({ path, query }: Pick<HttpServerRequest, 'path' | 'query'>): readonly Action[] | null {
  if (path === '/voice') return ['talk'];
  if (path !== '/ipc.flv' && path !== '/command') return null;
  const params = parseQuery(query);
  const action = params.get('action') ?? '';
  if (path === '/ipc.flv') return action === '' ? null : (STREAMS.get(action) ?? ['command']);
  const command = params.get('cmd') ?? '';
  if (action === 'inner_define') {
    if (command === 'get_nvr_list') return null;
    if (command === 'get_device_st')
      return DEVICE_STATES.get(params.get('type')?.toLowerCase() ?? '') ?? null;
    return command.startsWith('playback_') ? ['playback'] : (RECORD_LISTS.get(command) ?? ['command']);
  }
  const topic = topicOf(command);
  return TELLING_TOPICS.includes(topic) ? null : (TOPICS.get(topic) ?? ['command']);
}

type Needs = ReadonlyMap<string, readonly Action[]>;

const STREAMS: Needs = new Map([
  ['live', ['view']],
  ['live-audio', ['view']],
  ['live-mjpg', ['view']],
  ['playback', ['playback']],
  ['download', ['download']],
]);

/** Whether a stream would be accepted, so it needs what the stream needs. */
const DEVICE_STATES: Needs = new Map([
  ['live', ['view']],
  ['voice', ['talk']],
  ['playback', ['playback']],
]);

const RECORD_LISTS: Needs = new Map([
  ['get_month_record', ['playback']],
  ['get_record_index', ['playback']],
  ['get_file_list', ['playback', 'download']],
]);

/** Of `user_define`. */
const TOPICS: Needs = new Map([
  ['ptz', ['ptz']],
  ['intercom', ['talk']],
]);
/** They ask for what every viewer sees. */
const TELLING_TOPICS = ['get_status', 'version'];

function topicOf(command: string): string {
  if (command.startsWith('ptz_')) return 'ptz';
  try {
    const { topic } = Object(JSON.parse(command)) as { topic?: unknown };
    return typeof topic === 'string' ? topic : '';
  } catch {
    return '';
  }
}
