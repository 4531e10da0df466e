import type { Room } from '../stories';

/** The camera and the servers behind a preview, as far as they can be made to fail. */
export interface World {
  /** Of the camera, as it is to be given out now: a fault can spoil it. A secret. */
  readonly xp2pInfo: string;
  /** A stream that many watch. */
  readonly room?: Room;
  /** Starts or ends the fault `id`; for a moment, `isOn` is true. Resolves when it is done. */
  setFault(id: string, isOn: boolean): Promise<void>;
}
