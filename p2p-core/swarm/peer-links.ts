import { toErrorResult, ErrCode } from '../errors';
import type { Clock, Log, TimerId } from '../port/port';
import type { Meeting } from '../origin/sharing';
import { IncomingCalls } from '../session/incoming-calls';
import { OutgoingCall } from '../session/outgoing-call';
import { CloseCode } from '../session/peer-session';
import type { ByteStream, Session, SessionHandler, StreamHandler } from '../session/types';
import { parseXp2pInfo } from '../signaling/ticket';
import type { PeerTicket } from '../signaling/types';
import { StreamPriority } from '../transport/types';
import { frameLinkMessage, LinkMessageReader } from './link-messages';
import type { LinkId } from './peer-types';

export interface PeerLinksHandler {
  onLink(link: LinkId, isUp: boolean): void;
  /** One whole message; it belongs to the receiver. */
  onMessage(link: LinkId, message: Uint8Array): void;
}

interface Link {
  id: LinkId;
  session: Session | null;
  /** Ours: the call that made the session. */
  call: OutgoingCall | null;
  stream: ByteStream | null;
  /** What the stream had no room for, of a message that is begun. */
  rest: Uint8Array | null;
  isParent: boolean;
  /** A whole message came over it. */
  hasSpoken: boolean;
}

/** Nobody answers a link that takes longer: there are other parents. */
const CONNECT_TIMEOUT_MS = 6000;
/** What waits in a link at most; beyond it the peer is told to wait. A second of a good camera. */
const MAX_WAITING_BYTES = 192 * 1024;
/** Children, standbys that look in, and calls of viewers whose pass is refused. */
const MAX_CHILDREN = 48;
/** A child that calls greets within this, the time to find a path included. */
const GREETING_MS = 12_000;
/** For the last words of a link. */
const GOODBYE_MS = 400;

/**
 * Links between this viewer and others: each is a session of its own (session/), with all messages on one stream. Parents
 * are called by their ticket; children call ours.
 */
export class PeerLinks {
  private readonly links = new Map<LinkId, Link>();
  /** Only their last words are still going out. */
  private readonly leaving = new Set<Link>();
  private readonly incoming: IncomingCalls;
  private readonly timers = new Set<TimerId>();
  private lastChild = 0;
  private isClosed = false;

  constructor(
    private readonly meeting: Meeting,
    private readonly clock: Clock,
    private readonly log: Log,
    ticket: PeerTicket,
    private readonly handler: PeerLinksHandler,
  ) {
    const { endpoint, rendezvous, path } = meeting;
    this.incoming = new IncomingCalls(endpoint, clock, log, {
      ticket,
      staticKeyPair: null,
      rendezvous,
      maxViewers: MAX_CHILDREN,
      path: () => path,
      onSession: (session) => this.addChild(session),
      onCountChange: () => undefined,
    });
  }

  /** Calls a parent. `onLink` follows, also when that fails, but never from inside. */
  connect(id: LinkId, xp2pInfo: string): void {
    const link: Link = {
      id,
      session: null,
      call: null,
      stream: null,
      rest: null,
      isParent: true,
      hasSpoken: false,
    };
    this.drop(id);
    this.links.set(id, link);
    const { endpoint, rendezvous, path } = this.meeting;
    try {
      link.call = new OutgoingCall(endpoint, this.clock, this.log, {
        ticket: parseXp2pInfo(xp2pInfo),
        rendezvous,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        path,
        handler: {
          ...this.sessionHandler(link),
          onStream: () => null, // a parent opens none
        },
      });
      link.session = link.call.session;
      link.stream = link.session.openStream(StreamPriority.Live, this.streamHandler(link));
    } catch (error) {
      // Broken tickets, or no more sockets: the tracker's words are from the network, too.
      this.log('warn', `swarm: no call: ${toErrorResult(error, ErrCode.EnvironmentUnsupported).errmsg}`);
      this.later(0, () => this.lose(link));
    }
  }

  /** False, and nothing is sent, while too much waits. The message is copied. */
  send(id: LinkId, message: Uint8Array): boolean {
    const link = this.links.get(id);
    if (!link || !link.stream || link.rest || link.stream.bufferedBytes() > MAX_WAITING_BYTES) return false;
    this.write(link, frameLinkMessage(message));
    return true;
  }

  /** What was sent before goes out; no `onLink` follows. */
  disconnect(id: LinkId): void {
    const link = this.links.get(id);
    if (!link) return;
    this.links.delete(id);
    const { stream } = link;
    if (stream === null || stream.bufferedBytes() === 0) return this.hangUp(link);
    stream.finish();
    this.leaving.add(link);
    this.later(GOODBYE_MS, () => this.hangUp(link));
  }

  /** Ends every link at once; nothing is called any more. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const id of this.timers) this.clock.clearTimer(id);
    this.timers.clear();
    for (const id of [...this.links.keys()]) this.drop(id);
    for (const link of [...this.leaving]) this.hangUp(link);
    this.incoming.close();
  }

  private addChild(session: Session): SessionHandler {
    const id = `child-${++this.lastChild}`;
    const link: Link = {
      id,
      session,
      call: null,
      stream: null,
      rest: null,
      isParent: false,
      hasSpoken: false,
    };
    this.links.set(id, link);
    // Who says nothing would keep a place that others need.
    this.later(GREETING_MS, () => {
      if (!link.hasSpoken) this.lose(link);
    });
    return {
      ...this.sessionHandler(link),
      onStream: (stream) => {
        if (link.stream !== null || !this.links.has(id)) return null; // one is all that a link has
        link.stream = stream;
        return this.streamHandler(link);
      },
    };
  }

  private sessionHandler(link: Link): Omit<SessionHandler, 'onStream'> {
    return {
      onConnected: () => {
        if (this.isPresent(link)) this.handler.onLink(link.id, true);
      },
      onClosed: () => this.lose(link),
    };
  }

  private streamHandler(link: Link): StreamHandler {
    const reader = new LinkMessageReader((message) => {
      link.hasSpoken = true;
      if (this.isPresent(link)) this.handler.onMessage(link.id, message);
    });
    return {
      onData: (bytes) => {
        if (link.stream !== null) link.stream.consume(bytes.length);
        if (!reader.feed(bytes)) this.lose(link);
      },
      onEnd: () => this.lose(link),
      onReset: () => this.lose(link),
      onWritable: () => {
        const { rest } = link;
        link.rest = null;
        if (rest !== null) this.write(link, rest);
      },
    };
  }

  private write(link: Link, bytes: Uint8Array): void {
    const taken = link.stream!.write(bytes);
    if (taken < bytes.length) link.rest = bytes.slice(taken);
  }

  private isPresent(link: Link): boolean {
    return this.links.get(link.id) === link;
  }

  private lose(link: Link): void {
    if (!this.isPresent(link)) return;
    this.drop(link.id);
    this.handler.onLink(link.id, false);
  }

  private drop(id: LinkId): void {
    const link = this.links.get(id);
    this.links.delete(id);
    if (link) this.hangUp(link);
  }

  private hangUp(link: Link): void {
    const { call, session } = link;
    this.leaving.delete(link);
    if (call !== null) call.close(CloseCode.Normal, 'the link ended');
    else if (session !== null) session.close(CloseCode.Normal, 'the link ended');
  }

  private later(delayMs: number, run: () => void): void {
    const id = this.clock.setTimer(() => {
      this.timers.delete(id);
      run();
    }, delayMs);
    this.timers.add(id);
  }
}
