export type { P2PPusherEventMap } from '../common/p2p-pusher-contract';
