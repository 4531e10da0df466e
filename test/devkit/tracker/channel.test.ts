import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { devkitRoot } from '../../../devkit/paths';
import { RequestOpener } from '../../../devkit/tracker/open-request';
import type { OpenedRequest } from '../../../devkit/tracker/open-request';
import { makeStreamToken } from '../../../devkit/tracker/token';
import { streamInboxTopic } from '../../../p2p-core/signaling/topics';
import { parseStreamToken, streamIdOf } from '../../../p2p-core/swarm/stream-token';
import { TrackerChannel } from '../../../p2p-core/swarm/tracker-channel';
import { encodeTrackerMessage, encodeTrackerRequest } from '../../../p2p-core/swarm/tracker-messages';
import {
  INBOX_BYTES,
  joinRoots,
  rootsMac,
  sealAnswer,
  trackerTopic,
} from '../../../p2p-core/swarm/tracker-sealing';
import type { TrackerMessage } from '../../../p2p-core/swarm/tracker-types';
import { TRACKER_MESSAGES, TRACKER_REQUESTS } from '../../p2p-core/swarm/tracker-samples';
import { Prng } from '../../sim/prng';
import { answerBytes, requestBytes, rootsBytes } from '../../sim/swarm/wire-bytes';
import { VirtualClock } from '../../sim/virtual-clock';
import { Bus } from './bus';

const SECRET = new Uint8Array(32).fill(5);
const URL = 'https://live.example.com/a.flv';
const STREAM = streamIdOf(URL)!;
const [JOIN] = TRACKER_REQUESTS;
const WELCOME: TrackerMessage = {
  kind: 'welcome',
  epoch: 1,
  nowMs: 5,
  reportMs: 10_000,
  maxLagMs: 1500,
  parts: 4,
};

function makeRig(seed = 1) {
  const bus = new Bus();
  const clock = new VirtualClock();
  const random = new Prng(seed);
  const account = new Uint8Array(8).fill(seed);
  const token = parseStreamToken(makeStreamToken(SECRET, URL, { expiryS: 2_000_000_000, account }))!;
  const heard: TrackerMessage[] = [];
  const requests: OpenedRequest[] = [];
  const opener = new RequestOpener(SECRET);
  bus.client().subscribe(trackerTopic(STREAM, 1), (payload) => {
    const request = opener.open(payload);
    if (request !== null) requests.push(request);
  });
  const channel = new TrackerChannel({
    rendezvous: bus.client(),
    clock,
    log: () => {},
    fillRandom: random.fill,
    streamId: STREAM,
    token,
    onMessage: (message) => heard.push(message),
  });
  let stamp = 1;
  const answer = (message: TrackerMessage, stampMs = ++stamp): Uint8Array => {
    const { keys, inbox } = requests.at(-1)!;
    const payload = sealAnswer(keys, stampMs, encodeTrackerMessage(message), random.fill);
    bus.publish(streamInboxTopic(inbox), payload);
    return payload;
  };
  return { bus, clock, channel, heard, requests, answer, opener, random };
}

describe('the line of a viewer to the tracker', () => {
  test('carries requests that only the tracker can open, and answers that only the viewer can', () => {
    const { bus, channel, heard, requests, answer, random } = makeRig();
    for (const request of TRACKER_REQUESTS) channel.send(request);
    assert.deepEqual(
      requests.map(({ request }) => request),
      TRACKER_REQUESTS,
    );
    assert.deepEqual(new Set(requests.map(({ peer }) => peer)), new Set([channel.peerId]));
    for (const { payload } of bus.published) {
      assert.equal(new RequestOpener(new Uint8Array(32)).open(payload), null, 'of another secret');
      for (let i = 0; i < payload.length; i += 13) {
        const bent = payload.slice();
        bent[i]! ^= 1;
        assert.equal(new RequestOpener(SECRET).open(bent), null, `bent at ${i}`);
      }
    }
    answer(WELCOME);
    assert.deepEqual(heard, [WELCOME]);
    const other = makeRig(2);
    other.channel.send(JOIN!);
    const { inbox } = requests.at(-1)!;
    bus.publish(
      streamInboxTopic(inbox),
      sealAnswer(other.requests[0]!.keys, 99, encodeTrackerMessage(WELCOME), random.fill),
    );
    assert.equal(heard.length, 1, 'sealed for another account');
  });

  test('drops answers that are played again', () => {
    const { bus, channel, heard, requests, answer } = makeRig();
    channel.send(JOIN!);
    const first = answer(WELCOME);
    answer({ kind: 'ok' });
    bus.publish(streamInboxTopic(requests[0]!.inbox), first);
    assert.deepEqual(
      heard.map(({ kind }) => kind),
      ['welcome', 'ok'],
    );
  });

  test('learns the time of the tracker, and joins again with it, but not for ever', () => {
    const { clock, channel, heard, requests, answer } = makeRig();
    channel.send(JOIN!);
    answer({ kind: 'refuse', why: 'clock', retryMs: 0, nowMs: clock.wallMs() - 3_600_000 });
    assert.equal(requests.length, 2);
    assert.equal(requests[1]!.stampMs, clock.wallMs() - 3_600_000);
    for (let i = 0; i < 10; i++) answer({ kind: 'refuse', why: 'clock', retryMs: 0, nowMs: i });
    assert.equal(requests.length, 2);
    clock.run(11_000);
    answer({ kind: 'refuse', why: 'clock', retryMs: 0, nowMs: clock.wallMs() });
    assert.equal(requests.length, 3);
    channel.send(TRACKER_REQUESTS[2]!);
    assert.ok(requests[3]!.stampMs > requests[2]!.stampMs);
    assert.deepEqual(heard, [], 'nobody else has to care');
  });

  test('believes the roots that the tracker says to this viewer, and no others', () => {
    const { bus, channel, heard, requests, answer } = makeRig();
    channel.send(JOIN!);
    const { keys, inbox } = requests[0]!;
    const roots = [{ gopNo: 7, segNo: 1, root: new Uint8Array(12).fill(9) }];
    const message = encodeTrackerMessage({ kind: 'roots', roots });
    const say = (payload: Uint8Array): void => bus.publish(streamInboxTopic(inbox), payload);
    const told = joinRoots(message, rootsMac(keys.roots, inbox, message));
    say(told);
    assert.deepEqual(heard, [{ kind: 'roots', roots }]);
    for (let i = 0; i < told.length; i++) {
      const bent = told.slice();
      bent[i]! ^= 1;
      say(bent);
      say(told.subarray(0, i));
    }
    // Another viewer's, of the same account and of another one; and as an answer, which anybody's stamp could be.
    say(joinRoots(message, rootsMac(keys.roots, new Uint8Array(INBOX_BYTES), message)));
    const other = makeRig(2);
    other.channel.send(JOIN!);
    say(joinRoots(message, rootsMac(other.requests[0]!.keys.roots, inbox, message)));
    answer({ kind: 'roots', roots });
    assert.equal(heard.length, 1);
  });

  test('costs the bytes that the simulator counts', () => {
    const { bus, channel, requests, answer } = makeRig();
    for (const request of TRACKER_REQUESTS) channel.send(request);
    // By hand: fixed header, topic and its length (MQTT 3.1.1 §3.3), WebSocket frame, mask of the client (RFC 6455 §5.2).
    for (const [i, { topic, payload }] of bus.published.entries()) {
      const packet = 4 + topic.length + payload.length + (topic.length + payload.length > 125 ? 1 : 0);
      const bytes = encodeTrackerRequest(TRACKER_REQUESTS[i]!).length;
      assert.equal(requestBytes(bytes), packet + (packet > 125 ? 4 : 2) + 4);
    }
    const { keys, inbox } = requests[0]!;
    const topic = streamInboxTopic(inbox);
    assert.equal(
      answerBytes(encodeTrackerMessage(WELCOME).length),
      6 + topic.length + answer(WELCOME).length,
    );
    const roots = encodeTrackerMessage(TRACKER_MESSAGES.find(({ kind }) => kind === 'roots')!);
    const payload = joinRoots(roots, rootsMac(keys.roots, inbox, roots));
    assert.equal(rootsBytes(roots.length), 6 + topic.length + payload.length);
    assert.equal(rootsBytes(roots.length), 55);
  });

  test('leaves no timer and no subscription behind, whenever it is closed', () => {
    for (let steps = 0; steps < 6; steps++) {
      const { bus, clock, channel, heard, answer } = makeRig();
      const acts = [
        () => channel.send(JOIN!),
        () => answer(WELCOME),
        () => answer({ kind: 'anchor', gopNo: 7 }),
        () => channel.send(TRACKER_REQUESTS.find(({ kind }) => kind === 'want')!),
        () => answer({ kind: 'refuse', why: 'unknown', retryMs: 0, nowMs: 0 }),
      ];
      for (const act of acts.slice(0, steps)) act();
      const { length } = heard;
      channel.close();
      channel.close();
      channel.send(JOIN!);
      clock.run(60_000);
      assert.equal(bus.subscriptionCount, 1, 'that of the tracker');
      assert.equal(clock.pendingCount, 0);
      assert.equal(heard.length, length);
    }
  });

  test('remembers tokens up to a number, and strangers none', () => {
    const { opener, bus, channel } = makeRig();
    channel.send(JOIN!);
    assert.equal(opener.size, 1);
    const { payload } = bus.published[0]!;
    for (let i = 0; i < 100; i++) {
      const stranger = payload.slice();
      stranger[5] = i;
      opener.open(stranger);
    }
    assert.equal(opener.size, 1);
  });
});

describe('a token', () => {
  test('is made by the function in docs/swarm.md as by the devkit', () => {
    const file = path.join(devkitRoot(), '..', 'docs', 'swarm.md');
    const code = /```\n(const crypto[^]*?)```/.exec(fs.readFileSync(file, 'utf8'))![1]!;
    const make = new Function('require', `${code}; return streamToken;`)(createRequire(file)) as (
      ...args: unknown[]
    ) => string;
    const token = make('0123456789abcdef'.repeat(4), URL, 'alice', 1);
    const { expiryS, account } = parseStreamToken(token)!;
    const secret = new Uint8Array(Buffer.from('0123456789abcdef'.repeat(4)));
    assert.equal(token, makeStreamToken(secret, URL, { expiryS, account }));
    assert.ok(Math.abs(expiryS - Date.now() / 1000 - 3600) < 60);
  });

  test('is made for a stream by whoever has the secret, and for nonsense not at all', () => {
    const account = new Uint8Array(8);
    assert.throws(() => makeStreamToken(SECRET, 'rtmp://a/b', { expiryS: 1, account }), RangeError);
    assert.throws(() => makeStreamToken(new Uint8Array(4), URL, { expiryS: 1, account }), RangeError);
    assert.throws(() => makeStreamToken(SECRET, URL, { expiryS: 1, account: new Uint8Array(3) }), RangeError);
    assert.equal(makeStreamToken(SECRET, URL, { expiryS: 1, account }).length, 38);
  });
});
