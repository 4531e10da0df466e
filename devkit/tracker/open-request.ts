import { ByteReader } from '../../p2p-core/bytes/reader';
import { openEnvelope } from '../../p2p-core/signaling/envelope';
import { ACCOUNT_BYTES, STREAM_ID_BYTES } from '../../p2p-core/swarm/stream-token';
import { decodeTrackerRequest } from '../../p2p-core/swarm/tracker-messages';
import { channelKeys, INBOX_BYTES, peerIdOf, readStamp } from '../../p2p-core/swarm/tracker-sealing';
import type { ChannelKeys } from '../../p2p-core/swarm/tracker-sealing';
import type { PeerId, TrackerRequest } from '../../p2p-core/swarm/tracker-types';
import { tokenMac } from './token';

const VERSION = 1;
const MAX_TOKENS = 50_000;

export interface OpenedRequest {
  /** Hexadecimal. */
  stream: string;
  account: string;
  expiryS: number;
  keys: ChannelKeys;
  inbox: Uint8Array;
  peer: PeerId;
  stampMs: number;
  request: TrackerRequest;
}

/** Opens what viewers send to the topic of a shard. */
export class RequestOpener {
  /** By the clear header of requests; the one used last at the end. */
  private readonly tokens = new Map<string, ChannelKeys>();

  constructor(private readonly secret: Uint8Array) {}

  /** Null for what no holder of a token sealed. */
  open(payload: Uint8Array): OpenedRequest | null {
    const header = new ByteReader(payload);
    const version = header.u8();
    const streamId = header.bytes(STREAM_ID_BYTES);
    const expiryS = header.u32();
    const account = header.bytes(ACCOUNT_BYTES);
    if (header.failed || version !== VERSION) return null;
    const name = Buffer.from(payload.subarray(0, header.offset)).toString('latin1');
    const known = this.tokens.get(name);
    const keys = known ?? channelKeys(streamId, tokenMac(this.secret, streamId, expiryS, account));
    const plain = openEnvelope(keys.toTracker, payload.subarray(header.offset));
    if (plain === null) return null;
    // Only what opened is remembered: strangers cannot push it out.
    if (known !== undefined) this.tokens.delete(name);
    this.tokens.set(name, keys);
    if (this.tokens.size > MAX_TOKENS) this.tokens.delete(this.tokens.keys().next().value!);

    const reader = new ByteReader(plain);
    const stampMs = readStamp(reader);
    const inbox = reader.bytes(INBOX_BYTES).slice();
    const request = reader.failed ? null : decodeTrackerRequest(plain.subarray(reader.offset));
    if (request === null) return null;
    return {
      stream: Buffer.from(streamId).toString('hex'),
      account: Buffer.from(account).toString('hex'),
      ...{ expiryS, keys, inbox, peer: peerIdOf(inbox), stampMs, request },
    };
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.tokens.size;
  }
}
