import type { encodeLinkMessage } from '../../../p2p-core/swarm/link-messages';

/** One of each, besides heads and pieces. */
export const LINK_SAMPLES: Parameters<typeof encodeLinkMessage>[0][] = [
  { kind: 'hello', child: 'abcdefghijkl', mask: 15, pass: new Uint8Array(20).fill(5) },
  { kind: 'welcome' },
  { kind: 'sub', mask: 6, wantsHeads: true, gopNo: 0xfffffffe, segNo: 65535 },
  { kind: 'sub', mask: 0, wantsHeads: false, gopNo: 0, segNo: 0 },
  { kind: 'refuse', why: 2 },
  { kind: 'pull', gopNo: 70_000, segNo: 3, wantsHead: true, wantsAll: false, indexes: [0, 5, 953] },
  { kind: 'pull', gopNo: 70_000, segNo: 3, wantsHead: true, wantsAll: true, indexes: [] },
  { kind: 'miss', gopNo: 70_000, segNo: 4 },
  { kind: 'gap', mask: 8 },
  { kind: 'bye', graceMs: 1000 },
];
