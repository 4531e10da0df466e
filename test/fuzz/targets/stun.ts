import assert from 'node:assert/strict';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { createIceAgent } from '../../../p2p-core/path/ice-agent';
import { buildCheckError, buildCheckRequest, buildCheckSuccess } from '../../../p2p-core/path/ice-messages';
import { StunAttribute, StunClass } from '../../../p2p-core/path/stun-attributes';
import { buildBindingRequest, StunBuilder } from '../../../p2p-core/path/stun-builder';
import { hasValidIntegrity, parseStunMessage, stunUsernameTarget } from '../../../p2p-core/path/stun-message';
import { answerBindingRequest } from '../../../p2p-core/path/stun-server';
import type { Candidate, IceAgent } from '../../../p2p-core/path/types';
import { Prng } from '../../sim/prng';
import { join, randomBytes } from '../mutate';
import { retainedBytes } from '../retained';
import type { FuzzTarget } from '../target';

const KEY = utf8Encode('a password of 24 letters');
const FROM = { address: '198.51.100.7', port: 40_000 };

/** What two agents say to each other when `username` and `key` are those of the receiver. */
function messages(username: string, key: Uint8Array): Uint8Array[] {
  const id = (i: number): Uint8Array => new Uint8Array(12).fill(i);
  const request = (i: number, nominates: boolean): Uint8Array =>
    buildCheckRequest({
      transactionId: id(i),
      username,
      key,
      priority: 0x6e0001ff,
      role: 'controlling',
      tieBreaker: new Uint8Array(8).fill(9),
      nominates,
    });
  const parsed = parseStunMessage(request(1, false))!;
  return [
    request(1, false),
    request(2, true),
    buildCheckSuccess(parsed, FROM, key),
    buildCheckSuccess(parsed, { address: '2001:db8::7', port: 5 }, key),
    buildCheckError(parsed, 487, key),
    buildBindingRequest(id(3)),
    new StunBuilder(StunClass.Success, id(4)).xorMappedAddress(FROM).software('x').fingerprint().finish(),
    new StunBuilder(StunClass.Error, id(5)).errorCode(420).unknownAttributes([1, 2]).finish(),
  ];
}

/** A header that is right, attributes that mostly are. */
function grammar(random: Prng): Uint8Array {
  const types = [...Object.values(StunAttribute), 0x0003, 0x7fff, 0x8000, 0xffff];
  const attributes: Uint8Array[] = [];
  for (let count = random.int(0, random.chance(0.1) ? 80 : 6); count > 0; count--) {
    const value = randomBytes(random, random.pick([0, 1, 4, 4, 8, 8, 20, 20, 21, 40, 120]));
    if (value.length > 1 && random.chance(0.5)) value.set([0, random.int(0, 3)]);
    const type = random.pick(types);
    const stated = random.chance(0.9) ? value.length : random.pick([0, 3, 0xfff0, 0xffff]);
    const header = Uint8Array.of(type >> 8, type, stated >> 8, stated);
    attributes.push(header, value, new Uint8Array((4 - (value.length % 4)) % 4));
  }
  const body = join(...attributes);
  const type = random.pick([0x0001, 0x0101, 0x0111, 0x0011, 0x0003, 0x3fff]);
  const header = Uint8Array.of(type >> 8, type, body.length >> 8, body.length, 0x21, 0x12, 0xa4, 0x42);
  return join(header, randomBytes(random, 12), body);
}

const corpus = messages('here:there', KEY);

/** A second reading of RFC 8489 §14: every attribute ends where the next begins, the last at the end. */
function fitsTogether(message: Uint8Array): boolean {
  const view = Buffer.from(message);
  let at = 20;
  while (at + 4 <= view.length) at += 4 + 4 * Math.ceil(view.readUInt16BE(at + 2) / 4);
  return at === view.length;
}

export const stun: FuzzTarget = {
  name: 'stun',
  inputsPerRound: 1000,
  corpus,
  grammar,
  run(input) {
    const message = parseStunMessage(input);
    const target = stunUsernameTarget(input);
    assert.ok(target === null || target.length <= 513);
    const answer = answerBindingRequest(input, FROM.address, FROM.port);
    if (answer !== null) {
      assert.ok(
        message !== null && answer.length <= 3 * input.length,
        'an answer of three times the request',
      );
      assert.ok(parseStunMessage(answer) !== null, 'an answer that is broken itself');
    }
    if (message === null) return false;
    assert.ok(fitsTogether(input), 'attributes beyond the end');
    assert.ok(message.unknownRequired.length <= 64);
    if (!hasValidIntegrity(message, KEY)) return true;
    const covered = Buffer.from(input.subarray(4, message.integrityOffset));
    const isOurs = corpus.some((one) => covered.equals(one.subarray(4, message.integrityOffset)));
    assert.ok(isOurs, 'an integrity value that nobody made');
    return true;
  },
};

const REMOTE: Candidate = { kind: 'host', address: '192.0.2.9', port: 9000, priority: 2130706431 };

function newAgent(seed: number): IceAgent {
  const agent = createIceAgent({
    role: 'controlled',
    fillRandom: new Prng(seed).fill,
    localCandidates: [{ ...REMOTE, address: '192.0.2.1' }],
    nowMs: 0,
    handler: { onSelected() {}, onFinal() {}, onLost() {}, onFailed() {} },
  });
  agent.setRemote({ ufrag: 'abcdefgh', password: 'abcdefghijklmnopqrstuvwx' }, [REMOTE], 0);
  while (agent.poll(0) !== null);
  return agent;
}

const agent = { current: newAgent(1), nowMs: 0 };

const authentic = messages(`${agent.current.local.ufrag}:abcdefgh`, utf8Encode(agent.current.local.password));

/** The agent in front of a socket: strangers send what they like, the peer sends what is authentic. */
export const iceAgent: FuzzTarget = {
  name: 'ice-agent',
  inputsPerRound: 500,
  corpus: authentic,
  grammar: (random) => (random.chance(0.5) ? random.pick(authentic) : grammar(random)),
  maxRetainedBytes: 64 * 1024,
  retained: () => retainedBytes(agent.current),
  run(input, random) {
    agent.nowMs += 1;
    const address = random.pick([REMOTE.address, FROM.address, `198.51.100.${random.int(1, 254)}`]);
    const isOurs = agent.current.receive(input, address, random.int(1, 65535), agent.nowMs);
    agent.current.wake(agent.nowMs);
    let sentBytes = 0;
    let datagram;
    while ((datagram = agent.current.poll(agent.nowMs)) !== null) sentBytes += datagram.bytes.length;
    assert.ok(sentBytes <= 20 * 150, `${sentBytes} bytes in answer to one datagram`);
    assert.ok(!Number.isNaN(agent.current.nextWakeMs()));
    if (agent.current.nextWakeMs() !== Infinity) return isOurs;
    // It gave up, as it must without a path. The same seed gives the same credentials, so the corpus still fits.
    agent.current = newAgent(1);
    agent.nowMs = 0;
    return isOurs;
  },
};
