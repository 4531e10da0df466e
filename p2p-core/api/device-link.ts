import { openExchange } from '../http/client';
import type { HttpExchange, HttpResponseHandler } from '../http/types';
import type { Clock, Log } from '../port/port';
import type { Endpoint, PathOptions } from '../session/endpoint';
import { OutgoingCall } from '../session/outgoing-call';
import type { CallSteps } from '../session/outgoing-call';
import { CloseCode } from '../session/peer-session';
import type { SessionPath } from '../session/types';
import type { LogSwitches } from './log-switches';
import type { PeerTicket, Rendezvous } from '../signaling/types';
import { StreamPriority } from '../transport/types';
import type { TransportStats } from '../transport/types';

export interface LinkListener {
  onConnected(path: SessionPath): void;
  /** The packets go over a path of another kind now. */
  onPathChanged(path: SessionPath): void;
  /** Once; the link is of no use any more. */
  onLost(errcode: number, errmsg: string): void;
}

export interface DeviceLinkOptions {
  endpoint: Endpoint;
  clock: Clock;
  log: Log;
  ticket: PeerTicket;
  rendezvous: Rendezvous;
  connectTimeoutMs: number;
  path: PathOptions;
  switches: LogSwitches;
  /** The link ended, by loss or because nobody uses it: forget it and give the rendezvous back. Once. */
  onEnd(): void;
}

/**
 * The session with one device, shared by every service of that device: two players, talk, commands and downloads are
 * streams of one session (the guide allows one connection to a device).
 */
export class DeviceLink {
  private readonly listeners = new Set<LinkListener>();
  private readonly call: OutgoingCall;
  private isOver = false;

  constructor(private readonly options: DeviceLinkOptions) {
    const { endpoint, clock, log, ticket, rendezvous, connectTimeoutMs, path } = options;
    this.call = new OutgoingCall(endpoint, clock, log, {
      ticket,
      rendezvous,
      connectTimeoutMs,
      path,
      handler: {
        onConnected: (connected) => {
          this.options.switches.say(
            'net',
            `connected: ${connected.kind}, round trip ${Math.round(connected.rttMs)} ms`,
          );
          for (const listener of [...this.listeners]) listener.onConnected(connected);
        },
        onPathChanged: ({ kind, rttMs }) => {
          this.options.switches.say('net', `path changed: ${kind}, round trip ${Math.round(rttMs)} ms`);
          for (const listener of [...this.listeners]) listener.onPathChanged({ kind, rttMs });
        },
        onStream: () => null, // a camera opens no streams
        onClosed: (errcode, errmsg) => this.onClosed(errcode, errmsg),
      },
    });
  }

  get path(): SessionPath | null {
    return this.call.session.path;
  }

  get isConnected(): boolean {
    return this.call.session.state === 'connected';
  }

  /** It is over, though its services may not have heard of that yet. */
  get isLost(): boolean {
    return this.call.session.state === 'closed';
  }

  /** Null before the keys exist. */
  get transportStats(): TransportStats | null {
    return this.call.session.stats();
  }

  get steps(): CallSteps {
    return this.call.steps;
  }

  retain(listener: LinkListener): void {
    this.listeners.add(listener);
  }

  /** The last one out closes the session. */
  release(listener: LinkListener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0 || this.isOver) return;
    this.isOver = true;
    this.call.close(CloseCode.Normal, 'the viewer left');
    this.options.onEnd();
  }

  /** One HTTP exchange on a stream of its own; sent with the first flight when the session is still connecting. */
  get(target: string, priority: number, handler: HttpResponseHandler): HttpExchange {
    return this.request('GET', target, priority, handler);
  }

  /** As `get`, with a body that follows; for talk. */
  post(target: string, handler: HttpResponseHandler): HttpExchange {
    return this.request('POST', target, StreamPriority.Talk, handler);
  }

  private request(
    method: string,
    target: string,
    priority: number,
    handler: HttpResponseHandler,
  ): HttpExchange {
    return openExchange(
      (streamHandler) => this.call.session.openStream(priority, streamHandler),
      // A '#' of the app is part of a value (raw JSON in a command, say), never the start of a fragment.
      { method, target: target.replace(/#/g, '%23'), hasBody: method === 'POST' },
      this.options.switches.traceRequest(method, target, handler),
    );
  }

  private onClosed(errcode: number, errmsg: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.options.switches.say('net', `the link is lost: ${errcode} ${errmsg}`);
    this.options.onEnd();
    for (const listener of [...this.listeners]) listener.onLost(errcode, errmsg);
    this.listeners.clear();
  }
}
