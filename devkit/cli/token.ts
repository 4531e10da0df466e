import { createHash, randomBytes } from 'node:crypto';
import { ACCOUNT_BYTES } from '../../p2p-core/swarm/stream-token';
import { readTrackerSecret } from '../tracker/secret-file';
import { makeStreamToken } from '../tracker/token';
import { numberOption, requiredOption, stringOption } from './command';
import type { Command } from './command';

const DEFAULT_HOURS = 12;

export const tokenCommand: Command = {
  name: 'token',
  summary: 'make the right to share one stream, for one viewer',
  help: `usage: iot-p2p token --secret-file FILE URL [--account NAME] [--hours N]

Prints what streamInfo.swarm.token takes: who has it may join the viewers of the stream at URL (its host and path; the query
does not count). A product makes them on its server: docs/swarm.md has the ten lines it takes.

  --secret-file FILE  the tracker's
  --account NAME      whose it is, such as the user's id; default: a new one. Give each user his own: with one token for all,
                      nobody is ever banned, and where the tracker does not audit (--no-audit) nothing is shared at all,
                      since two accounts must agree on what is true
  --hours N           how long it is good for; default ${DEFAULT_HOURS}`,
  options: {
    'secret-file': { type: 'string' },
    account: { type: 'string' },
    hours: { type: 'string' },
  },
  positionals: ['URL'],
  run(values, [url = ''], context) {
    const secret = readTrackerSecret(requiredOption(values, 'secret-file'));
    const name = stringOption(values, 'account');
    const hours = numberOption(values, 'hours', 1, 24 * 366) ?? DEFAULT_HOURS;
    const account =
      name === undefined
        ? randomBytes(ACCOUNT_BYTES)
        : createHash('sha256').update(name).digest().subarray(0, ACCOUNT_BYTES);
    const expiryS = Math.floor(Date.now() / 1000) + hours * 3600;
    context.out(makeStreamToken(secret, url, { expiryS, account }));
    return Promise.resolve(0);
  },
};
