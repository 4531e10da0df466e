export type { P2PPlayerEventMap } from '../common/p2p-player-contract';
