import type { PtzEmissionMap } from '../../store/index';

/** Events of iot-p2p-ptz. None bubbles; none comes after the component is detached. */
export type PtzEventMap = PtzEmissionMap;
