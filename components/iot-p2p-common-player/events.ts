import type { PlayerEmissionMap, PlayerView } from '../../store/index';

/** Events of iot-p2p-common-player. None bubbles; none comes after the component is detached. */
export interface CommonPlayerEventMap extends PlayerEmissionMap {
  /** What a view shows changed: phase, message, which buttons work. */
  viewChange: PlayerView;
  /** live-player's netstatus, about once a second while it plays. */
  netStatus: { info: Record<string, unknown> };
}
