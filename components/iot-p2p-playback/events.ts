import type { PlaybackEmissionMap } from '../../store/index';

/** Events of iot-p2p-playback. None bubbles; none comes after the component is detached. */
export type PlaybackEventMap = PlaybackEmissionMap;
