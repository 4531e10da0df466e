import type { CommonPlayerExport } from '../iot-p2p-common-player/exported';

/** What `selectComponent` gives of iot-p2p-player-server. Every call is safe at any moment. */
export interface ServerPlayerExport extends Pick<
  CommonPlayerExport,
  'play' | 'retry' | 'stop' | 'stopAll' | 'pause' | 'resume'
> {
  snapshot: CommonPlayerExport['snapshot'];
  /** As the switch; no event comes. */
  setUpload(isOn: boolean): void;
}
