import { toHex } from '../../../../p2p-core/bytes/hex';
import { createFlvReader } from '../../../../p2p-core/flv/tag-reader';
import { Canonicalizer } from '../../../../p2p-core/swarm/canonicalizer';
import type {
  CanonicalHandler,
  CanonicalTag,
  GopHead,
  StreamInit,
} from '../../../../p2p-core/swarm/canonical-stream';

export interface Gop {
  head: GopHead;
  tags: CanonicalTag[];
  isWhole: boolean;
}

/** Keeps what a canonical stream tells, and holds it to the order that it promises. */
export class GopRecorder implements CanonicalHandler {
  readonly inits: StreamInit[] = [];
  readonly gops: Gop[] = [];
  private open: Gop | null = null;

  onInit(init: StreamInit): void {
    this.inits.push(init);
  }

  onGop(head: GopHead): void {
    if (this.inits.length === 0) throw new Error('a GOP before the headers');
    if (this.open) throw new Error('a GOP within another');
    this.open = { head, tags: [], isWhole: false };
    this.gops.push(this.open);
  }

  onTag({ type, dtMs, data }: CanonicalTag): void {
    if (!this.open) throw new Error('a tag without a GOP');
    this.open.tags.push({ type, dtMs, data: data.slice() });
  }

  onGopEnd(): void {
    if (!this.open) throw new Error('an end without a GOP');
    this.open.isWhole = true;
    this.open = null;
  }

  get ids(): string[] {
    return this.gops.map(({ head }) => (head.gopId === null ? '-' : toHex(head.gopId)));
  }

  /** GOPs as text, for comparing. */
  get texts(): string[] {
    return this.gops.map(({ tags }) => tags.map(tagText).join(' '));
  }
}

export const tagText = ({ type, dtMs, data }: CanonicalTag): string => `${type}@${dtMs}:${toHex(data)}`;

/** Reads FLV to its end. */
export function canonical(parts: readonly Uint8Array[]): GopRecorder {
  const recorder = new GopRecorder();
  const canonicalizer = new Canonicalizer(recorder);
  const reader = createFlvReader(canonicalizer);
  for (const part of parts) reader.feed(part);
  if (reader.error !== '') throw new Error(reader.error);
  canonicalizer.end();
  return recorder;
}
