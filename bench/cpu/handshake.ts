/** X25519, and one Noise handshake with a pinned camera at each end, in milliseconds. */
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import { x25519, x25519PublicKey } from '../../p2p-core/crypto/x25519';
import { createCallHandshake } from '../../p2p-core/session/handshake';
import { Prng } from '../../test/sim/prng';
import { best, nowMs, tell } from './engine';

const ROUNDS = 6;
const { fill } = new Prng(1);
const key = new Uint8Array(32).fill(0x5a);
const publicKey = x25519PublicKey(key);
const cameraKeys = generateKeyPair(fill);
const secret = new Uint8Array(32).fill(7);
const callId = new Uint8Array(16).fill(9);
const nothing = new Uint8Array(0);

function time(work: () => void): number {
  const start = nowMs();
  work();
  return nowMs() - start;
}

let viewerMs = Infinity;
let cameraMs = Infinity;
for (let i = 0; i < ROUNDS; i++) {
  const common = { secret, callId, fillRandom: fill };
  // A viewer makes its ephemeral key when the module is initialized, long before the call.
  const viewer = createCallHandshake({
    ...common,
    role: 'initiator',
    remoteStatic: cameraKeys.publicKey,
    localStatic: null,
    ephemeral: generateKeyPair(fill),
  });
  const camera = createCallHandshake({
    ...common,
    role: 'responder',
    remoteStatic: null,
    localStatic: cameraKeys,
    ephemeral: generateKeyPair(fill),
  });
  let toCamera: Uint8Array = nothing;
  let toViewer: Uint8Array = nothing;
  const writing = time(() => {
    toCamera = viewer.writeMessage(nothing);
  });
  const answering = time(() => {
    if (camera.readMessage(toCamera) === null) throw new Error('the camera refused message 1');
    toViewer = camera.writeMessage(nothing);
    camera.split();
  });
  const reading = time(() => {
    if (viewer.readMessage(toViewer) === null) throw new Error('the viewer refused message 2');
    viewer.split();
  });
  viewerMs = Math.min(viewerMs, writing + reading);
  cameraMs = Math.min(cameraMs, answering);
}
tell({ x25519Ms: best(ROUNDS, () => time(() => x25519(key, publicKey))), viewerMs, cameraMs });
