import { decodeLinkMessage, LinkKind, PIECE_HEADER_BYTES } from './link-messages';
import type { LinkMessage } from './link-messages';
import type { ParentLink, Parents } from './parents';
import type { LinkId } from './peer-types';
import type { Repair } from './repair';
import { PIECE_BYTES, subStreamOf } from './segment';
import type { SegmentStore } from './segment-store';
import type { Uploads } from './uploads';

export interface LinkInboxEnv {
  disconnect(link: LinkId): void;
  /** Somebody is a child now. */
  onChild(): void;
}

export interface InboxParts {
  store: SegmentStore;
  parents: Parents;
  repair: Repair;
  uploads: Uploads;
}

/** What comes over links: checked, counted, and given to whom it concerns. */
export class LinkInbox {
  /** Media from parents, and of it what was here already; the rest, besides media. */
  peerBytes = 0;
  duplicateBytes = 0;
  controlBytes = 0;

  constructor(
    private readonly env: LinkInboxEnv,
    private readonly parts: InboxParts,
  ) {}

  onParentMessage(nowMs: number, link: ParentLink, message: Uint8Array): void {
    const { store, parents, repair } = this.parts;
    link.heardMs = nowMs;
    const gopNo = message.length > 4 ? store.gopNoOf((message[1]! << 8) | message[2]!) : -1;
    if (message[0] === LinkKind.Piece) {
      if (message.length <= PIECE_HEADER_BYTES || message.length > PIECE_HEADER_BYTES + PIECE_BYTES) return;
      const mediaBytes = message.length - PIECE_HEADER_BYTES;
      this.controlBytes += PIECE_HEADER_BYTES;
      this.peerBytes += mediaBytes;
      if (gopNo < 0 || link.state !== 'up') return;
      const segNo = (message[3]! << 8) | message[4]!;
      const index = (message[5]! << 8) | message[6]!;
      const known = store.get(gopNo, segNo);
      if (known && known.pieces[index]) this.duplicateBytes += mediaBytes;
      if (!known || (!known.head && known.early.length + known.heads.length === 0))
        parents.onHeadless(link.peer);
      store.addPiece(nowMs, link.peer, gopNo, segNo, index, message);
      if (!parents.hasHeirs) return;
      const head = store.get(gopNo, segNo)?.head;
      if (head) parents.onPiece(link.peer, subStreamOf(head, index));
      return;
    }
    this.controlBytes += message.length;
    if (message[0] === LinkKind.Head) {
      if (gopNo < 0 || link.state !== 'up') return;
      const known = store.get(gopNo, (message[3]! << 8) | message[4]!);
      if (!known || known.early.length === 0) parents.onTimelyHead();
      store.addHead(nowMs, link.peer, gopNo, message);
      return;
    }
    const said = decodeLinkMessage(message);
    switch (said && said.kind) {
      case 'welcome':
        parents.onWelcome(nowMs, link);
        break;
      case 'refuse':
        parents.onRefuse(nowMs, link);
        break;
      case 'gap':
        parents.onGap(nowMs, link, (said as Extract<LinkMessage, { kind: 'gap' }>).mask);
        break;
      case 'miss': {
        const { gopNo: missedGopNo, segNo } = said as Extract<LinkMessage, { kind: 'miss' }>;
        const segment = store.get(missedGopNo, segNo);
        if (segment) repair.onMiss(segment);
        break;
      }
      case 'bye':
        parents.lose(nowMs, link.peer, false);
        break;
      default:
        // Nothing that a parent says.
        parents.lose(nowMs, link.peer, true);
        break;
    }
  }

  onChildMessage(nowMs: number, link: LinkId, message: Uint8Array): void {
    this.controlBytes += message.length;
    const { uploads } = this.parts;
    if (!uploads.mayTalk(nowMs, link)) return;
    const said = decodeLinkMessage(message);
    const isChild = uploads.has(link);
    switch (said && (isChild || said.kind === 'hello' ? said.kind : null)) {
      case 'hello':
        if (uploads.onHello(nowMs, link, said as Extract<LinkMessage, { kind: 'hello' }>)) {
          this.env.onChild();
          return;
        }
        break;
      case 'sub':
        uploads.onSub(nowMs, link, said as Extract<LinkMessage, { kind: 'sub' }>);
        return;
      case 'pull':
        uploads.onPull(nowMs, link, said as Extract<LinkMessage, { kind: 'pull' }>);
        return;
      default:
        break;
    }
    uploads.remove(link);
    this.env.disconnect(link);
  }
}
