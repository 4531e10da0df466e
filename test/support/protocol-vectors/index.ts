import { fromHex, toHex } from '../../../p2p-core/bytes/hex';
import { callVectors, httpVectors, keyUpdateVectors, packetVectors, resetVectors, stunVectors } from './call';
import { cameraDescription, signalingVectors, viewerDescription } from './signaling';

/** The contents of test/vectors/protocol.json: what this code makes of fixed keys, salts and times. */
export function makeProtocolVectors(): Record<string, unknown> {
  const pinned = callVectors(true);
  const unpinned = callVectors(false);
  const { request, response } = httpVectors();
  const packets = packetVectors(pinned.viewerKeys);
  return {
    about:
      'Test vectors of docs/protocol.md and docs/transport.md, version 1. Bytes are hexadecimal. Made by tools/make-protocol-vectors.mjs.',
    ...signalingVectors(pinned.message1, pinned.message2),
    calls: [pinned.json, unpinned.json],
    stun: stunVectors(),
    http: { request: toHex(request), response: toHex(response) },
    session: {
      about: 'Packets of the first call: the keys are its packet keys.',
      viewerConnectionId: viewerDescription.connectionId,
      cameraConnectionId: cameraDescription.connectionId,
      packets,
    },
    keyUpdate: keyUpdateVectors(pinned.viewerKeys),
    reset: resetVectors(fromHex(packets[0]!.datagram)!),
  };
}
