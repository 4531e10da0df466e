import { fromHex, toHex } from '../../p2p-core/bytes/hex';
import type { SegmentRoot } from '../../p2p-core/swarm/tracker-types';

/** Segments that are voted on or decided at a time: some sixteen seconds. */
const MAX_SEGMENTS = 64;
/** Accounts that may speak of one segment. */
const MAX_VOTERS = 8;

interface Ballot {
  gopNo: number;
  segNo: number;
  /** Root → accounts that say so. */
  votes: Map<string, Set<string>>;
  voters: Set<string>;
  decided: string | null;
}

/** `late`: nothing to decide any more, and the voter was right or nobody can tell. */
export type Verdict = 'open' | 'decided' | 'late' | 'wrong';

/** Which root of a segment is true: the auditor's, or the one that `quorum` viewers of different accounts found. */
export class RootVotes {
  private readonly ballots = new Map<number, Ballot>();

  constructor(private readonly quorum: number) {}

  vote({ gopNo, segNo, root }: SegmentRoot, account: string, isAuditor: boolean): Verdict {
    const key = gopNo * 0x10000 + segNo;
    let ballot = this.ballots.get(key);
    if (ballot === undefined) {
      ballot = { gopNo, segNo, votes: new Map(), voters: new Set(), decided: null };
      this.ballots.set(key, ballot);
      if (this.ballots.size > MAX_SEGMENTS) this.ballots.delete(this.ballots.keys().next().value!);
    }
    const text = toHex(root);
    if (ballot.decided !== null) return ballot.decided === text ? 'late' : 'wrong';
    if (ballot.voters.has(account) || ballot.voters.size >= MAX_VOTERS) return 'late';
    ballot.voters.add(account);
    const said = ballot.votes.get(text) ?? new Set();
    ballot.votes.set(text, said.add(account));
    if (!isAuditor && said.size < this.quorum) return 'open';
    ballot.decided = text;
    return 'decided';
  }

  /** Accounts that said something else of a segment that is decided. */
  wrongVoters({ gopNo, segNo }: { gopNo: number; segNo: number }): string[] {
    const ballot = this.ballots.get(gopNo * 0x10000 + segNo);
    if (ballot === undefined || ballot.decided === null) return [];
    return [...ballot.votes].flatMap(([root, accounts]) => (root === ballot.decided ? [] : [...accounts]));
  }

  /** What is decided, the newest `most`. */
  recent(most: number): SegmentRoot[] {
    const all = [...this.ballots.values()].filter(({ decided }) => decided !== null).slice(-most);
    return all.map(({ gopNo, segNo, decided }) => ({ gopNo, segNo, root: fromHex(decided!)! }));
  }
}
