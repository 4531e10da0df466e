/** The answer to a command of `ptz`; a simulated camera tells where it looks as well. */
export interface PtzAnswer {
  result: 0 | 1;
  /** Whether the newest movement has come to the end of its axis; a real camera does not tell. */
  apex: 'yes' | 'no';
}

/** What the commands of the topic `ptz` turn: the simulated camera, or a real one. */
export interface PtzPanel {
  /**
   * A command by its name: `ptz_left_press` and the like, `ptz_release_pre`, and with `index` the presets (1 to 16).
   * `result` 1: unknown, or it could not be done. Never rejects.
   */
  command(name: unknown, index: unknown, viewerId: number): PtzAnswer | Promise<PtzAnswer>;
  /** What this viewer has set in motion stops. */
  viewerLeft?(viewerId: number): void;
}
