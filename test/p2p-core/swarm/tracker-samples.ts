import type { PeerOffer, TrackerMessage, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';

const bytes = (count: number, value: number): Uint8Array => new Uint8Array(count).fill(value);
const offer: PeerOffer = {
  peer: 'abcdefghijk_',
  mask: 5,
  ticket: `XP2P${'A'.repeat(66)}%2.4.0`,
  pass: bytes(20, 9),
};

/** One of each kind, as viewers send them. */
export const TRACKER_REQUESTS: TrackerRequest[] = [
  {
    kind: 'join',
    variant: bytes(8, 1),
    ticket: offer.ticket,
    linkKey: bytes(16, 2),
    isCellular: true,
    upKbps: 2000,
    rateKbps: 1300,
    url: 'https://live.example.com/a.flv?name=é',
    region: '广东 电信',
  },
  { kind: 'anchor', gopNo: null, gops: [bytes(16, 3), bytes(16, 4)], bodies: [bytes(8, 5), bytes(8, 6)] },
  { kind: 'anchor', gopNo: 0x01000000, gops: [bytes(16, 3)], bodies: [bytes(8, 5)] },
  { kind: 'want', mask: 15, not: ['AAAAAAAAAAAA', 'abcdefghijk-'] },
  {
    kind: 'report',
    lagMs: 800,
    lossPermille: 12,
    isOnOrigin: false,
    upKbps: 1500,
    rateKbps: 1000,
    upBytes: 1_000_000,
    peerBytes: 2_000_000,
    originBytes: 0,
    parents: [{ peer: 'AAAAAAAAAAAA', mask: 3 }],
    children: [{ peer: 'BBBBBBBBBBBB', mask: 8 }],
  },
  { kind: 'root', gopNo: 4_000_000_000, segNo: 7, root: bytes(12, 7) },
  { kind: 'bad', peer: 'AAAAAAAAAAAA', gopNo: 12, pieceNo: 34 },
  { kind: 'leave', graceMs: 1000 },
];

/** One of each kind, as a tracker sends them. */
export const TRACKER_MESSAGES: TrackerMessage[] = [
  { kind: 'welcome', epoch: 77, nowMs: 1_790_000_000_123, reportMs: 10_000, maxLagMs: 1500, parts: 4 },
  { kind: 'anchor', gopNo: 1_000_000 },
  { kind: 'anchor', gopNo: null },
  { kind: 'offer', slots: [offer], standbys: [{ ...offer, mask: 0 }], holdMs: 15_000 },
  { kind: 'move', slots: [offer], holdMs: 15_000 },
  { kind: 'roots', roots: [{ gopNo: 1_000_000, segNo: 0, root: bytes(12, 1) }] },
  { kind: 'ask', wantsRoots: true },
  { kind: 'ban', peer: 'AAAAAAAAAAAA' },
  { kind: 'ok' },
  { kind: 'refuse', why: 'clock', retryMs: 5000, nowMs: 1_790_000_000_123 },
];
