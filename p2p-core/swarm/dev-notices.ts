import type { SwarmEvent, SwarmPeerStats } from './peer-types';

/** What an app hears of a shared stream as 'devNotify'; the subtypes are the plugin's. */
export interface DevNotice {
  subtype: 'p2p' | 'peers' | 'parent' | 'peerlist' | 'subscribe' | 'err';
  detail: object;
}

const names = (links: readonly { peer: string }[]): string => links.map(({ peer }) => peer).join();

/** Bytes so far: of parents, of the stream's server, and to children. */
export const trafficNotice = ({ peerBytes, originBytes, upBytes }: SwarmPeerStats): DevNotice => ({
  subtype: 'p2p',
  detail: { p2pBytes: peerBytes, cdnBytes: originBytes, uploadBytes: upBytes },
});

export function devNotices(event: SwarmEvent, stats: SwarmPeerStats): DevNotice[] {
  const { parents, children, standbys } = stats;
  switch (event.kind) {
    case 'feed':
      return [
        {
          subtype: 'parent',
          detail: { parent: names(parents), isOnPeers: event.isOnPeers, why: event.why },
        },
        trafficNotice(stats),
      ];
    case 'peers':
      return [
        {
          subtype: 'peers',
          detail: {
            parentSize: parents.length,
            standbySize: standbys,
            childrenSize: children.length,
            childrenStr: names(children),
          },
        },
        { subtype: 'parent', detail: { parent: names(parents), isOnPeers: stats.feed === 'peers', why: '' } },
      ];
    case 'offer':
      return [
        {
          subtype: 'peerlist',
          detail: { candidateSize: event.slots + event.standbys, peerlist: names(parents) },
        },
      ];
    case 'tracker':
      return [{ subtype: 'subscribe', detail: { isJoined: event.isJoined, why: event.why } }];
    case 'bad-peer':
      return [{ subtype: 'err', detail: { peer: event.peer, errmsg: 'it sent what is not the stream' } }];
  }
}
