import type { SwarmStats } from '../../p2p-core/index';
import type { Locale } from '../locale/locale';

/** What a panel shows of a shared stream; plain data. */
export interface SwarmView {
  /** The module shares this stream, and tells of it. */
  isShown: boolean;
  /** Of what came in the last seconds, what other viewers gave: 0 to 100. */
  sharePercent: number;
  shareText: string;
  /** Where the picture comes from now, in a few words. */
  stateText: string;
  serverText: string;
  meText: string;
  /** Bytes come from the server, from other viewers, go to others now. */
  isServerActive: boolean;
  parents: PeerView[];
  children: PeerView[];
  isUploadOn: boolean;
  uploadText: string;
  rows: { label: string; value: string }[];
}

export interface PeerView {
  key: string;
  isActive: boolean;
}

/** How many of a kind the diagram has room for. */
const MAX_SHOWN = 4;

export interface SwarmSample {
  stats: SwarmStats | null;
  /** Bytes in the last seconds. */
  serverBytes: number;
  peerBytes: number;
  uploadBytes: number;
  isUploadOn: boolean;
}

export function swarmView(sample: SwarmSample, locale: Locale): SwarmView {
  const { stats, serverBytes, peerBytes, uploadBytes, isUploadOn } = sample;
  const totalBytes = serverBytes + peerBytes;
  const sharePercent = totalBytes === 0 ? 0 : Math.round((100 * peerBytes) / totalBytes);
  const peersOf = (names: readonly string[], isActive: boolean): PeerView[] =>
    names.slice(0, MAX_SHOWN).map((key) => ({ key, isActive }));
  const parents = stats ? stats.parents : [];
  const children = stats ? stats.children : [];
  return {
    isShown: stats !== null,
    sharePercent,
    shareText: `${sharePercent} %`,
    stateText: locale.text(stateKey(stats)),
    serverText: locale.text('path.server'),
    meText: locale.text('swarm.me'),
    isServerActive: serverBytes > 0,
    parents: peersOf(parents, peerBytes > 0),
    children: peersOf(children, uploadBytes > 0),
    isUploadOn,
    uploadText: locale.text('swarm.upload'),
    rows: stats
      ? [
          { label: locale.text('swarm.share'), value: `${sharePercent} %` },
          { label: locale.text('swarm.peers'), value: `${parents.length} + ${stats.standbys}` },
          { label: locale.text('swarm.children'), value: String(children.length) },
          { label: locale.text('swarm.fromPeers'), value: megabytes(stats.peerBytes) },
          { label: locale.text('swarm.fromServer'), value: megabytes(stats.serverBytes) },
          { label: locale.text('swarm.given'), value: megabytes(stats.uploadBytes) },
        ]
      : [],
  };
}

function stateKey(stats: SwarmStats | null) {
  if (stats === null) return 'swarm.off';
  if (stats.isOnPeers) return 'swarm.onPeers';
  if (stats.parents.length > 0) return 'swarm.trial';
  if (stats.children.length > 0) return 'swarm.giving';
  return stats.isJoined ? 'swarm.looking' : 'swarm.onServer';
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
