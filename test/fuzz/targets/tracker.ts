import assert from 'node:assert/strict';
import { RequestOpener } from '../../../devkit/tracker/open-request';
import { makeStreamToken } from '../../../devkit/tracker/token';
import { parseStreamToken, streamIdOf } from '../../../p2p-core/swarm/stream-token';
import {
  decodeTrackerMessage,
  decodeTrackerRequest,
  encodeTrackerMessage,
  encodeTrackerRequest,
} from '../../../p2p-core/swarm/tracker-messages';
import { channelKeys, INBOX_BYTES, openRoots, sealRequest } from '../../../p2p-core/swarm/tracker-sealing';
import { TRACKER_MESSAGES, TRACKER_REQUESTS } from '../../p2p-core/swarm/tracker-samples';
import { Prng } from '../../sim/prng';
import { join, noise, randomBytes } from '../mutate';
import type { FuzzTarget } from '../target';

const requests = TRACKER_REQUESTS.map(encodeTrackerRequest);
const messages = TRACKER_MESSAGES.map(encodeTrackerMessage);

/** What a viewer says and what a tracker says; their kinds differ, so one input goes to both. */
export const trackerMessages: FuzzTarget = {
  name: 'tracker-messages',
  inputsPerRound: 900,
  corpus: [...requests, ...messages],
  grammar: (random) =>
    join(
      Uint8Array.of(random.pick([random.int(0, 8), random.int(16, 26)])),
      randomBytes(random, random.int(0, 120)),
    ),
  run(input) {
    const request = decodeTrackerRequest(input);
    const message = decodeTrackerMessage(input);
    assert.ok(request === null || message === null, 'both a request and an answer');
    if (request !== null) assert.deepEqual(decodeTrackerRequest(encodeTrackerRequest(request)), request);
    if (message !== null) assert.deepEqual(decodeTrackerMessage(encodeTrackerMessage(message)), message);
    return request !== null || message !== null;
  },
};

const SECRET = new Uint8Array(32).fill(1);
const URL = 'https://example.com/a.flv';
const STREAM = streamIdOf(URL)!;
const token = parseStreamToken(
  makeStreamToken(SECRET, URL, { expiryS: 2_000_000_000, account: new Uint8Array(8) }),
)!;
const keys = channelKeys(STREAM, token.mac);
const inbox = new Uint8Array(INBOX_BYTES);
const sealed = requests.map((message) =>
  sealRequest(STREAM, token, keys, { stampMs: 1, inbox, message }, new Prng(7).fill),
);
const opener = new RequestOpener(SECRET);

/** What comes to the topic of a tracker, and to the inbox of a viewer. */
export const trackerRequest: FuzzTarget = {
  name: 'tracker-request',
  inputsPerRound: 60,
  corpus: sealed,
  grammar: (random) =>
    join(Uint8Array.of(random.int(0, 2)), randomBytes(random, random.int(0, 200)), noise(random)),
  run(input) {
    const isGenuine = sealed.some((one) => Buffer.from(input).equals(one));
    assert.equal(opener.open(input) !== null, isGenuine, 'a request that nobody sealed');
    assert.equal(openRoots(keys, inbox, input), null);
    return isGenuine;
  },
  retained: () => opener.size,
  maxRetainedBytes: 1,
};
