/**
 * What viewers of a 1-to-many stream and its tracker say to each other. The bytes are in tracker-messages.ts, the sealed
 * channel that carries them in tracker-channel.ts; docs/swarm.md is the text.
 *
 * A sub-stream is every fourth piece of the stream. Which of the four are meant is a mask: bit n is sub-stream n, 15 is the
 * whole stream.
 */

/** A viewer in a stream: 12 characters of base64url, a hash of its inbox. Not chosen, so nobody can be another. */
export type PeerId = string;

export const ALL_SUBSTREAMS = 0b1111;

/** One end of a link between viewers, as the other end counts it. */
export interface LinkReport {
  peer: PeerId;
  /** Sub-streams that go over it. */
  mask: number;
}

export type TrackerRequest =
  /** First, and again when the tracker has forgotten us or something of it has changed. */
  | {
      kind: 'join';
      /** 8 bytes, `StreamInit.variantId`. */
      variant: Uint8Array;
      /** xp2pInfo of this viewer: who is offered it as a parent calls it with that. At most 400 characters. */
      ticket: string;
      /** 16 random bytes, a secret between this viewer and the tracker: passes for children are made with it. */
      linkKey: Uint8Array;
      isCellular: boolean;
      /** What this viewer is willing to send; 0: nothing. */
      upKbps: number;
      /** Of the stream, as far as it is known. */
      rateKbps: number;
      /** The origin, for a tracker that looks at it itself. May hold credentials; '' keeps it back. At most 1000 characters. */
      url: string;
      /** Parents of the same region are preferred; '' is none. At most 48 bytes of UTF-8. */
      region: string;
    }
  /**
   * Asks for the number of a GOP, by the ids (16 bytes) of 1 to 8 whole GOPs in a row, the oldest first. `bodies` has for
   * each its `gopBody`, 8 bytes: pictures that do not move have equal key frames, and often
   * only the sound tells them apart. `gopNo`: the number that the first one has by our count, null before we have one; a
   * tracker that has forgotten the stream goes on from it.
   */
  | { kind: 'anchor'; gopNo: number | null; gops: Uint8Array[]; bodies: Uint8Array[] }
  /** Asks for parents for these sub-streams: all, or those that a lost parent sent. `not`: at most 16 that did not do. */
  | { kind: 'want'; mask: number; not: PeerId[] }
  /** Every `reportMs`, and at once when this viewer leaves the origin or goes back to it. */
  | {
      kind: 'report';
      /** Behind an origin-fed viewer. */
      lagMs: number;
      /** Lost of what parents sent, in thousandths. */
      lossPermille: number;
      /** Fed by the origin now, perhaps beside parents. */
      isOnOrigin: boolean;
      /** What this viewer is willing to send from now on; 0: nothing. */
      upKbps: number;
      rateKbps: number;
      /** Bytes of media since the last report: sent to children, got from parents, got from the origin. */
      upBytes: number;
      peerBytes: number;
      originBytes: number;
      /** At most 8, standbys with mask 0. */
      parents: LinkReport[];
      /** At most 32. */
      children: LinkReport[];
    }
  /** Only from who was asked to (`ask`): the root (12 bytes) of a segment that came from the origin. */
  | { kind: 'root'; gopNo: number; segNo: number; root: Uint8Array }
  /** A parent sent a piece that its root refuses. */
  | { kind: 'bad'; peer: PeerId; gopNo: number; pieceNo: number }
  /** The last word. Children may be fed for `graceMs` yet. */
  | { kind: 'leave'; graceMs: number };

/** A parent to be: call it with the ticket, show it the pass. */
export interface PeerOffer {
  peer: PeerId;
  /** What is reserved there for us; 0: a standby, asked for repairs only. */
  mask: number;
  ticket: string;
  /** 20 bytes for the parent to check, see link-pass.ts. */
  pass: Uint8Array;
}

/** The root of one segment: who has it can tell true pieces from bent ones. */
export interface SegmentRoot {
  gopNo: number;
  segNo: number;
  /** 12 bytes. */
  root: Uint8Array;
}

export type RefuseReason = 'unknown' | 'clock' | 'expired' | 'full' | 'banned' | 'unshareable';

export type TrackerMessage =
  | {
      kind: 'welcome';
      /** Another one than before: the tracker has forgotten us. Its reservations are void; running links go on. */
      epoch: number;
      /** Wall clock of the tracker, ms since 1970: what the expiry of passes is counted in. */
      nowMs: number;
      reportMs: number;
      /** Who lags more than this is offered to nobody. */
      maxLagMs: number;
      /** Sub-streams are handed out in 1, 2 or 4 parts. */
      parts: number;
    }
  /** The number of the first GOP of the question; null: none yet, ask again with more GOPs. */
  | { kind: 'anchor'; gopNo: number | null }
  /**
   * Parents for everything that was wanted, or none: then `slots` is empty and an offer may come later unasked. Together
   * with the standbys at most 8. The reservation holds for `holdMs`; a report that names the parents makes it last.
   */
  | { kind: 'offer'; slots: PeerOffer[]; standbys: PeerOffer[]; holdMs: number }
  /** Better parents than those that send these sub-streams now: change over when they deliver. */
  | { kind: 'move'; slots: PeerOffer[]; holdMs: number }
  /** Of every segment for viewers with parents; others hear one in a GOP, which tells them that they are not alone. */
  | { kind: 'roots'; roots: SegmentRoot[] }
  /**
   * Tell what comes from the origin: `root` for each segment, and for each GOP that has ended an `anchor` with it and the
   * ones before. Or stop it. Answers to these anchors change nothing.
   */
  | { kind: 'ask'; wantsRoots: boolean }
  /** Cut every link with it. */
  | { kind: 'ban'; peer: PeerId }
  /** The answer to a report that needs none. */
  | { kind: 'ok' }
  /**
   * `unknown`: join again. `clock`: `nowMs` is right. Otherwise join again not before `retryMs`; 0: never with this token.
   */
  | { kind: 'refuse'; why: RefuseReason; retryMs: number; nowMs: number };
