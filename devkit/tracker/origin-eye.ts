import type {
  CanonicalHandler,
  CanonicalTag,
  GopHead,
  StreamInit,
} from '../../p2p-core/swarm/canonical-stream';
import { gopBody, Segmenter } from '../../p2p-core/swarm/segment';
import { MAX_ANCHOR_GOPS } from '../../p2p-core/swarm/tracker-messages';
import type { TrackerMessage, TrackerRequest } from '../../p2p-core/swarm/tracker-types';

/**
 * What an auditor sees of the origin, told to the tracker as a viewer would: a join for each variant, the numbers of GOPs,
 * and the root of each segment as soon as it has ended. Sans-IO: tags go in (give it to a Canonicalizer), requests come out.
 */
export class OriginEye implements CanonicalHandler {
  private readonly segmenter: Segmenter;
  private variant: Uint8Array | null = null;
  /** Of the GOP that is open; -1 while nobody knows. */
  private gopNo = -1;
  private gopId: Uint8Array | null = null;
  private roots: Uint8Array[] = [];
  /** Roots of the open GOP that were told. */
  private toldRoots = 0;
  /** GOPs that were seen from end to end, in a row, before the one that is open. */
  private whole: { gopId: Uint8Array; body: Uint8Array }[] = [];

  constructor(private readonly say: (request: TrackerRequest) => void) {
    this.segmenter = new Segmenter(({ root }) => {
      this.roots.push(root);
      this.tellRoots();
    });
  }

  onInit({ variantId }: StreamInit): void {
    this.variant = variantId;
    this.restart();
    this.join();
  }

  onGop({ gopId, gapMs }: GopHead): void {
    this.endGop(gapMs);
    this.gopId = gopId;
    if (gopId === null) this.restart();
    else this.segmenter.gopStart(gopId);
  }

  onTag(tag: CanonicalTag): void {
    if (this.gopId !== null) this.segmenter.tag(tag);
  }

  onGopEnd(): void {
    // The next one begins it all: only then it is known how long this one was.
  }

  /** What the tracker says to an auditor. */
  onMessage(message: TrackerMessage): void {
    if (message.kind === 'refuse' && message.why === 'unknown') this.join();
    if (message.kind !== 'anchor') return;
    this.gopNo = message.gopNo === null ? -1 : message.gopNo + this.whole.length;
  }

  /** The connection ended, perhaps in the middle of a GOP: what comes next does not follow on it. */
  onSourceEnd(): void {
    this.restart();
  }

  private restart(): void {
    this.segmenter.drop();
    this.gopNo = -1;
    this.gopId = null;
    this.roots = [];
    this.toldRoots = 0;
    this.whole = [];
  }

  private endGop(gapMs: number): void {
    const { gopId } = this;
    if (gopId === null) return;
    this.segmenter.gopEnd(gapMs);
    const { roots } = this;
    this.roots = [];
    this.toldRoots = 0;
    if (roots.length === 0) return this.restart();
    this.whole.push({ gopId, body: gopBody(roots) });
    if (this.whole.length > MAX_ANCHOR_GOPS) this.whole.shift();
    const firstNo = this.gopNo < 0 ? null : this.gopNo + 1 - this.whole.length;
    // The answer says it anew; without one the numbers are unknown.
    this.gopNo = -1;
    this.say({
      kind: 'anchor',
      gopNo: firstNo,
      gops: this.whole.map((gop) => gop.gopId),
      bodies: this.whole.map((gop) => gop.body),
    });
  }

  private tellRoots(): void {
    if (this.gopNo < 0) return;
    for (; this.toldRoots < this.roots.length; this.toldRoots++) {
      const segNo = this.toldRoots;
      this.say({ kind: 'root', gopNo: this.gopNo, segNo, root: this.roots[segNo]! });
    }
  }

  private join(): void {
    if (this.variant === null) return;
    this.say({
      kind: 'join',
      variant: this.variant,
      ticket: '',
      linkKey: new Uint8Array(16),
      isCellular: false,
      upKbps: 0,
      rateKbps: 0,
      url: '',
      region: '',
    });
  }
}
