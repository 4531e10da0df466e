import type { DownloadEmissionMap } from '../../store/index';

/** Events of iot-p2p-download. None bubbles; none comes after the component is detached. */
export type DownloadEventMap = DownloadEmissionMap;
