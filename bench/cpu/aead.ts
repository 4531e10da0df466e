/** Opens the same packets with our cipher, with noble-ciphers, and as boxes of tweetnacl: milliseconds for a megabyte. */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { secretbox } from 'tweetnacl';
import { ChaChaPolyOpener, ChaChaPolySealer } from '../../p2p-core/crypto/chacha20-poly1305';
import { MEGABYTE, nowMs, tell } from './engine';

const HEADER_BYTES = 8;
const PAYLOAD_BYTES = 1168;
const TAG_BYTES = 16;
// Few packets in many rounds: a short stretch has a better chance to run undisturbed.
const PACKETS = 12;
const ROUNDS = 60;

const key = new Uint8Array(32).fill(0x5a);
const sealer = new ChaChaPolySealer(key);
const opener = new ChaChaPolyOpener(key);
const plainEnd = HEADER_BYTES + PAYLOAD_BYTES;
const sealed: Uint8Array[] = [];
const nonces: Uint8Array[] = [];
/** XSalsa20-Poly1305 has a longer nonce and no associated data. */
const boxNonces: Uint8Array[] = [];
const boxes: Uint8Array[] = [];
for (let i = 0; i < PACKETS; i++) {
  const packet = new Uint8Array(plainEnd + TAG_BYTES).fill(i);
  sealer.seal(packet, HEADER_BYTES, plainEnd, i);
  sealed.push(packet);
  const nonce = new Uint8Array(12);
  nonce[4] = i;
  nonces.push(nonce);
  boxNonces.push(new Uint8Array(24).fill(i));
  boxes.push(secretbox(new Uint8Array(PAYLOAD_BYTES).fill(i), boxNonces[i]!, key));
}

/** Milliseconds that `work` takes over all packets, made fresh before the clock starts. */
function timePackets(packets: Uint8Array[], work: (packet: Uint8Array, index: number) => void): number {
  const fresh = packets.map((packet) => packet.slice());
  const start = nowMs();
  fresh.forEach(work);
  return nowMs() - start;
}

// Alternating, and the best of several rounds: what other programs take from the machine hits all alike.
let oursMs = Infinity;
let nobleMs = Infinity;
let naclMs = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  const ours = timePackets(sealed, (packet, i) => {
    if (opener.open(packet, HEADER_BYTES, packet.length, i) !== plainEnd)
      throw new Error(`ours refused packet ${i}`);
  });
  const noble = timePackets(sealed, (packet, i) => {
    chacha20poly1305(key, nonces[i]!, packet.subarray(0, HEADER_BYTES)).decrypt(
      packet.subarray(HEADER_BYTES),
    );
  });
  const nacl = timePackets(boxes, (box, i) => {
    if (secretbox.open(box, boxNonces[i]!, key) === null) throw new Error(`tweetnacl refused box ${i}`);
  });
  oursMs = Math.min(oursMs, ours);
  nobleMs = Math.min(nobleMs, noble);
  naclMs = Math.min(naclMs, nacl);
}
const perMegabyte = MEGABYTE / (PACKETS * PAYLOAD_BYTES);
tell({ oursMs: oursMs * perMegabyte, nobleMs: nobleMs * perMegabyte, naclMs: naclMs * perMegabyte });
