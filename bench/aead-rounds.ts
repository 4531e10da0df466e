/** What bench/aead.mjs runs inside an engine: times opening the same packets with our cipher and with noble-ciphers. */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ChaChaPolyOpener, ChaChaPolySealer } from '../p2p-core/crypto/chacha20-poly1305';
import { x25519, x25519PublicKey } from '../p2p-core/crypto/x25519';

/** JavaScriptCore's shell has these two instead of `performance` and `console`. */
declare const preciseTime: undefined | (() => number);
declare const print: undefined | ((line: string) => void);

const HEADER_BYTES = 8;
const PAYLOAD_BYTES = 1168;
const TAG_BYTES = 16;
// Few packets in many rounds: a short stretch has a better chance to run undisturbed.
const PACKETS = 12;
const ROUNDS = 60;
const MEGABYTE = 1048576;

const nowMs = (): number => (typeof preciseTime === 'function' ? preciseTime() * 1000 : performance.now());
const say = (line: string): void => (typeof print === 'function' ? print(line) : console.log(line));

const key = new Uint8Array(32).fill(0x5a);
const sealer = new ChaChaPolySealer(key);
const opener = new ChaChaPolyOpener(key);
const plainEnd = HEADER_BYTES + PAYLOAD_BYTES;
const sealed: Uint8Array[] = [];
const nonces: Uint8Array[] = [];
for (let i = 0; i < PACKETS; i++) {
  const packet = new Uint8Array(plainEnd + TAG_BYTES).fill(i);
  sealer.seal(packet, HEADER_BYTES, plainEnd, i);
  sealed.push(packet);
  const nonce = new Uint8Array(12);
  nonce[4] = i;
  nonces.push(nonce);
}

/** Milliseconds that `work` takes over all packets, made fresh before the clock starts. */
function timePackets(work: (packet: Uint8Array, index: number) => void): number {
  const packets = sealed.map((packet) => packet.slice());
  const start = nowMs();
  packets.forEach(work);
  return nowMs() - start;
}

// Alternating and the best of several rounds: what other programs take from the machine hits both alike.
let oursMs = Infinity;
let nobleMs = Infinity;
let x25519Ms = Infinity;
const publicKey = x25519PublicKey(key);
for (let round = 0; round < ROUNDS; round++) {
  const ours = timePackets((packet, i) => {
    if (opener.open(packet, HEADER_BYTES, packet.length, i) !== plainEnd)
      throw new Error(`ours refused packet ${i}`);
  });
  const noble = timePackets((packet, i) => {
    chacha20poly1305(key, nonces[i]!, packet.subarray(0, HEADER_BYTES)).decrypt(
      packet.subarray(HEADER_BYTES),
    );
  });
  const start = nowMs();
  x25519(key, publicKey);
  x25519Ms = Math.min(x25519Ms, nowMs() - start);
  oursMs = Math.min(oursMs, ours);
  nobleMs = Math.min(nobleMs, noble);
}
const perMegabyte = MEGABYTE / (PACKETS * PAYLOAD_BYTES);
say(JSON.stringify({ oursMs: oursMs * perMegabyte, nobleMs: nobleMs * perMegabyte, x25519Ms }));
