import type { PathPolicy, TurnServer } from '../../p2p-core/path/types';
import { restCredentials } from '../servers/turn-relay';
import { stringOption, UsageError } from './command';
import type { CliContext, OptionValues } from './command';

/** What an xp2pInfo carries is good for this long; the camera makes its own anew for every call. */
const TICKET_CREDENTIALS_S = 30 * 24 * 3600;
const CALL_CREDENTIALS_S = 24 * 3600;
const MIN_SECRET_LENGTH = 16;

export const TURN_HELP = `  IOT_P2P_TURN_SECRET  what makes credentials for --turn, as coturn's static-auth-secret
  IOT_P2P_TURN_LOGIN   or user:password, where the server has users`;
export const PATH_HELP = `  --path POLICY      all (default), direct-only, or relay-only`;

/** The secret that servers and cameras share; by environment, since arguments are visible to everyone on a host. */
export function turnSecretFrom(context: Pick<CliContext, 'env'>): string | undefined {
  const secret = context.env['IOT_P2P_TURN_SECRET'];
  if (secret === undefined || secret === '') return undefined;
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new UsageError(`IOT_P2P_TURN_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  return secret;
}

/** Of a camera with `--turn`: what its ticket says, and what it uses itself. */
export interface CameraTurn {
  ticket: TurnServer[];
  forCall(): TurnServer[];
}

/** `server` is host:port; undefined, there is none. */
export function turnOf(server: string | undefined, context: Pick<CliContext, 'env'>): CameraTurn {
  if (server === undefined) return { ticket: [], forCall: () => [] };
  const secret = turnSecretFrom(context);
  if (secret !== undefined) {
    const made = (lifetimeS: number): TurnServer[] => [
      { server, ...restCredentials(secret, 'camera', lifetimeS) },
    ];
    return { ticket: made(TICKET_CREDENTIALS_S), forCall: () => made(CALL_CREDENTIALS_S) };
  }
  const login = context.env['IOT_P2P_TURN_LOGIN'] ?? '';
  const colon = login.lastIndexOf(':');
  if (colon < 1) throw new UsageError('--turn needs IOT_P2P_TURN_SECRET or IOT_P2P_TURN_LOGIN');
  const turn = [{ server, username: login.slice(0, colon), password: login.slice(colon + 1) }];
  return { ticket: turn, forCall: () => turn };
}

export function pathOption(values: OptionValues): PathPolicy {
  const policy = stringOption(values, 'path') ?? 'all';
  if (policy === 'all' || policy === 'direct-only' || policy === 'relay-only') return policy;
  throw new UsageError('--path must be all, direct-only or relay-only');
}
