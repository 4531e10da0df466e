import assert from 'node:assert/strict';
import { generateKeyPair, NoiseHandshake } from '../../../p2p-core/crypto/noise';
import type { NoisePatternName } from '../../../p2p-core/crypto/noise-patterns';
import { P2PError } from '../../../p2p-core/errors';
import { Prng } from '../../sim/prng';
import { join, randomBytes } from '../mutate';
import type { FuzzTarget } from '../target';

const fillRandom = new Prng(5).fill;
const [cameraStatic, viewerKey, cameraKey] = [0, 1, 2].map(() => generateKeyPair(fillRandom));
const psk = randomBytes(new Prng(6), 32);

function start(pattern: NoisePatternName, role: 'initiator' | 'responder'): NoiseHandshake {
  return new NoiseHandshake({
    pattern,
    role,
    prologue: Uint8Array.of(1, 2, 3),
    psk,
    ...(pattern === 'NKpsk0' && role === 'responder' ? { localStatic: cameraStatic! } : {}),
    ...(pattern === 'NKpsk0' && role === 'initiator' ? { remoteStatic: cameraStatic!.publicKey } : {}),
    ephemeral: role === 'initiator' ? viewerKey! : cameraKey!,
    fillRandom,
  });
}

function exchange(pattern: NoisePatternName): { first: Uint8Array; second: Uint8Array } {
  const first = start(pattern, 'initiator').writeMessage(Uint8Array.of(10, 11));
  const camera = start(pattern, 'responder');
  assert.ok(camera.readMessage(first));
  return { first, second: camera.writeMessage(Uint8Array.of(12, 13)) };
}

const patterns: readonly NoisePatternName[] = ['NNpsk0', 'NKpsk0'];
const exchanges = { NNpsk0: exchange('NNpsk0'), NKpsk0: exchange('NKpsk0') };

const corpus = patterns.flatMap((pattern) => [exchanges[pattern].first, exchanges[pattern].second]);

/** Both messages of both patterns: nothing but the genuine message is ever accepted. */
export const handshake: FuzzTarget = {
  name: 'handshake',
  inputsPerRound: 12,
  corpus,
  grammar: (random) =>
    random.chance(0.3)
      ? random.pick(corpus)
      : join(
          random.chance(0.5) ? viewerKey!.publicKey : randomBytes(random, 32).fill(random.int(0, 1), 1),
          randomBytes(random, random.int(0, 60)),
        ),
  run(input, random) {
    const pattern = random.pick(patterns);
    const role = random.pick(['initiator', 'responder'] as const);
    const side = start(pattern, role);
    if (role === 'initiator') side.writeMessage(Uint8Array.of(10, 11));
    const genuine = role === 'initiator' ? exchanges[pattern].second : exchanges[pattern].first;
    const payload = side.readMessage(input);
    assert.equal(payload !== null, Buffer.from(input).equals(genuine), 'a message that nobody made');
    if (payload !== null) return true;
    assert.equal(side.isComplete, false);
    assert.throws(() => side.split(), P2PError);
    assert.throws(() => side.writeMessage(input), P2PError);
    return false;
  },
};
