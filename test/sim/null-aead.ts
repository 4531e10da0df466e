import { TAG_BYTES } from '../../p2p-core/transport/constants';
import type { PacketOpener, PacketSealer } from '../../p2p-core/transport/types';

/** No secrecy, a tag that only catches a wrong packet number or length: what a simulated world needs, and fast. */
export const nullSealer: PacketSealer = {
  seal(packet, _headerBytes, endOffset, packetNumber) {
    packet.fill(packetNumber & 0xff, endOffset, endOffset + TAG_BYTES);
    return endOffset + TAG_BYTES;
  },
};

export const nullOpener: PacketOpener = {
  open(packet, headerBytes, endOffset, packetNumber) {
    const end = endOffset - TAG_BYTES;
    if (end < headerBytes) return -1;
    for (let i = end; i < endOffset; i++) if (packet[i] !== (packetNumber & 0xff)) return -1;
    return end;
  },
};

/** Takes every packet as authentic: puts fuzzed frames in front of the parser. */
export const gullibleOpener: PacketOpener = {
  open: (_packet, headerBytes, endOffset) => Math.max(headerBytes, endOffset - TAG_BYTES),
};
