import type { DownloadEmissionMap } from '../../store/index';

/** Events of iot-p2p-download. None bubbles; none comes after the component is detached. */
export interface DownloadEventMap extends DownloadEmissionMap {
  /** An MP4 file is in the album. */
  albumSaved: { fileName: string };
  /** `isRefused`: the user does not allow it; only the settings help. */
  albumError: { fileName: string; isRefused: boolean; errMsg: string };
}
