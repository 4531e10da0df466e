import { RequestOpener } from '../../../devkit/tracker/open-request';
import { makeStreamToken } from '../../../devkit/tracker/token';
import { Tracker } from '../../../devkit/tracker/tracker';
import type { TrackerSettings } from '../../../devkit/tracker/settings';
import { toHex } from '../../../p2p-core/bytes/hex';
import { sha256 } from '../../../p2p-core/crypto/sha256';
import { gopBody } from '../../../p2p-core/swarm/segment';
import { parseStreamToken, streamIdOf } from '../../../p2p-core/swarm/stream-token';
import {
  encodeTrackerMessage,
  encodeTrackerRequest,
  MAX_ANCHOR_GOPS,
} from '../../../p2p-core/swarm/tracker-messages';
import { channelKeys, INBOX_BYTES, sealRequest } from '../../../p2p-core/swarm/tracker-sealing';
import type { PeerId, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';
import { SIM_URL } from './sim-tracker';
import type { SimTracker, SimTrackerEnv } from './sim-tracker';
import { answerBytes, requestBytes, rootsBytes } from './wire-bytes';

const TICK_MS = 100;
const ORIGIN_DELAY_MS = 20;
const AUDITOR: PeerId = 'auditorAAAAA';
const STREAM = toHex(streamIdOf(SIM_URL)!);

export interface RealTrackerOptions extends Partial<TrackerSettings> {
  /** A reader of the origin beside the tracker says what is true; else viewers that the origin feeds are asked. */
  hasAuditor: boolean;
}

/** The tracker of devkit/tracker, with its auditor, behind the simulated broker. */
export class RealTracker implements SimTracker {
  readonly tracker: Tracker;
  /** What the auditor has read from the origin. */
  auditedBytes = 0;
  /** Addresses in one answer. */
  mostOffered = 0;
  /** Requests that did not open. */
  unopened = 0;
  private readonly opener = new RequestOpener(new Uint8Array(32).fill(1));
  private readonly accounts = new Map<PeerId, string>();
  private isAuditing = false;
  private gop = 0;
  private segment = 0;
  /** Of the source, the GOP that the tracker numbered for the auditor, and its number. */
  private firstGop = -1;
  private firstGopNo = -1;
  private askedGop = -1;
  private startGop = 0;

  constructor(
    private readonly env: SimTrackerEnv,
    { hasAuditor, ...settings }: RealTrackerOptions,
  ) {
    const { random, clock } = env;
    this.tracker = new Tracker(
      {
        random: () => random.next(),
        send: (peer, message) => {
          if (peer === AUDITOR && message.kind === 'anchor' && message.gopNo !== null && this.askedGop >= 0) {
            this.firstGop = this.askedGop;
            this.firstGopNo = message.gopNo;
          }
          if (message.kind === 'offer')
            this.mostOffered = Math.max(this.mostOffered, message.slots.length + message.standbys.length);
          if (peer !== AUDITOR) env.send(peer, message, answerBytes(encodeTrackerMessage(message).length));
        },
        sendRoots: (peers, some) => {
          const message = { kind: 'roots' as const, roots: [...some] };
          const bytes = rootsBytes(encodeTrackerMessage(message).length);
          for (const peer of peers) env.send(peer, message, bytes);
        },
        ...(hasAuditor && {
          audit: (_stream: string, _url: string, isWanted: boolean) => this.setAuditing(isWanted),
        }),
      },
      settings,
    );
    const tick = (): void => {
      this.tracker.tick(clock.wallMs());
      clock.at(clock.nowMs() + TICK_MS, tick);
    };
    tick();
  }

  sizeOf(request: TrackerRequest): number {
    return requestBytes(encodeTrackerRequest(request).length);
  }

  onRequest(peer: PeerId, request: TrackerRequest, isStranger = false): void {
    const nowMs = this.env.clock.wallMs();
    if (isStranger && this.opener.open(this.sealOfStranger(request)) === null) return void this.unopened++;
    // Everybody has a token of his own.
    let account = this.accounts.get(peer);
    if (account === undefined)
      this.accounts.set(peer, (account = toHex(sha256(new TextEncoder().encode(peer)).slice(0, 8))));
    const isAuditor = peer === AUDITOR;
    this.tracker.receive(nowMs, { peer, stream: STREAM, account, expiryS: 2 ** 32 - 1, isAuditor }, request);
  }

  private setAuditing(isWanted: boolean): void {
    if (isWanted === this.isAuditing) return;
    this.isAuditing = isWanted;
    if (!isWanted) return this.onRequest(AUDITOR, { kind: 'leave', graceMs: 0 });
    const { source, clock } = this.env;
    const nowMs = clock.nowMs();
    source.extend(nowMs + 10_000);
    this.gop = source.gops.findIndex(({ endMs }) => endMs > nowMs);
    this.segment = 0;
    this.begin();
    this.read();
  }

  /** The stream begins, or begins anew with other headers. */
  private begin(): void {
    this.firstGop = this.askedGop = -1;
    this.startGop = this.gop;
    const { source } = this.env;
    this.onRequest(AUDITOR, {
      kind: 'join',
      variant: source.gops[this.gop]!.init.variantId,
      ticket: '',
      linkKey: new Uint8Array(16),
      isCellular: false,
      upKbps: 0,
      rateKbps: 0,
      url: '',
      region: '',
    });
  }

  /** Goes through the source's segments as they close. */
  private read(): void {
    const { source, clock } = this.env;
    source.extend(clock.nowMs() + 20_000);
    const gop = source.gops[this.gop]!;
    const { closedMs, segment } = gop.segments[this.segment]!;
    clock.at(closedMs + ORIGIN_DELAY_MS, () => {
      if (!this.isAuditing) return;
      const gopNo = this.numberOf(gop);
      this.auditedBytes += segment.bytes.length;
      if (gopNo !== null) {
        this.onRequest(AUDITOR, { kind: 'root', gopNo, segNo: segment.head.segNo, root: segment.root });
      }
      if (++this.segment === gop.segments.length) {
        this.segment = 0;
        this.gop++;
        if (source.gops[this.gop]?.init === gop.init) this.tellGop();
        else this.begin();
      }
      this.read();
    });
  }

  private numberOf(gop: SimTrackerEnv['source']['gops'][number]): number | null {
    return this.firstGop < 0 ? null : this.firstGopNo + this.env.source.gops.indexOf(gop) - this.firstGop;
  }

  /** As the real channel would, with a token of another secret. */
  private sealOfStranger(request: TrackerRequest): Uint8Array {
    const account = new Uint8Array(8);
    const token = parseStreamToken(
      makeStreamToken(new Uint8Array(32), SIM_URL, { account, expiryS: 2 ** 32 - 1 }),
    )!;
    const streamId = streamIdOf(SIM_URL)!;
    const message = encodeTrackerRequest(request);
    const sealed = { stampMs: this.env.clock.wallMs(), inbox: new Uint8Array(INBOX_BYTES), message };
    return sealRequest(streamId, token, channelKeys(streamId, token.mac), sealed, this.env.random.fill);
  }

  /** The tracker answers the first of these with a number; the others teach it the GOPs that are new. */
  private tellGop(): void {
    const { gops } = this.env.source;
    this.askedGop = Math.max(this.startGop, this.gop - MAX_ANCHOR_GOPS);
    const row = gops.slice(this.askedGop, this.gop);
    this.onRequest(AUDITOR, {
      kind: 'anchor',
      gopNo: this.numberOf(row[0]!),
      gops: row.map(({ gopId }) => gopId),
      bodies: row.map(({ segments }) => gopBody(segments.map(({ segment }) => segment.root))),
    });
  }
}

export const realTracker =
  (options: Partial<RealTrackerOptions> = {}) =>
  (env: SimTrackerEnv): RealTracker =>
    new RealTracker(env, { hasAuditor: true, ...options });
