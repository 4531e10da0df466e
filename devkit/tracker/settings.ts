/** What an installation may change. Times in ms. */
export interface TrackerSettings {
  /** Viewers report as often as this; who is silent for three and a half of them has left. */
  reportMs: number;
  /** Who lags more behind the origin is parent of nobody. */
  maxLagMs: number;
  /** How long a place at a parent waits for the child to say that it has taken it. */
  holdMs: number;
  /** Roots that come together go out together. What waits here comes off what players can wait for: see docs/scale.md. */
  rootsMs: number;
  /** Viewers of different accounts that must find the same root, where no auditor looks at the origin. */
  quorum: number;
  maxMembers: number;
  /** Each of those with parents is told four roots a second, in one go. */
  maxMembersOfStream: number;
  /** Of one account in one stream; a token that many share needs more. */
  maxMembersOfAccount: number;
  /** In how many parts a stream is handed out: 1, 2 or 4; 0: as the size of its crowd and its rate ask for. */
  parts: number;
}

export const DEFAULT_SETTINGS: TrackerSettings = {
  reportMs: 10_000,
  maxLagMs: 1_500,
  holdMs: 15_000,
  rootsMs: 60,
  quorum: 2,
  maxMembers: 200_000,
  maxMembersOfStream: 20_000,
  maxMembersOfAccount: 1000,
  parts: 0,
};
