import type { Clock, Port } from '../../p2p-core/port/port';
import { Backoff } from '../../p2p-core/signaling/backoff';
import { Canonicalizer } from '../../p2p-core/swarm/canonicalizer';
import { OriginSource } from '../../p2p-core/origin/origin-source';
import type { TrackerMessage, TrackerRequest } from '../../p2p-core/swarm/tracker-types';
import { withoutSecrets } from '../camera/source-url';
import { OriginEye } from './origin-eye';

export interface AuditOptions {
  /** Streams that are looked at at a time; the others' roots come from viewers. Default 100. */
  maxStreams?: number;
  /**
   * Where an origin is reached from here, such as `http://10.0.0.7:8080`: takes the place of scheme and host, so that the
   * tracker needs none of the viewers' credentials. Default: as the viewers reach it.
   */
  originBase?: string;
}

interface Audit {
  eye: OriginEye;
  source: OriginSource | null;
  timer: unknown;
}

const DEFAULT_MAX_STREAMS = 100;
const HEAD_TIMEOUT_MS = 10_000;

/** The tracker's own connections to origins: one for each stream that has viewers. */
export class Audits {
  private readonly audits = new Map<string, Audit>();

  constructor(
    private readonly port: Pick<Port, 'openHttp' | 'clock' | 'log'>,
    private readonly options: AuditOptions,
    private readonly fillRandom: (bytes: Uint8Array) => void,
    private readonly say: (stream: string, request: TrackerRequest) => void,
  ) {}

  get count(): number {
    return this.audits.size;
  }

  set(stream: string, url: string, isWanted: boolean): void {
    if (!isWanted) return this.stop(stream);
    if (this.audits.has(stream)) return;
    if (this.audits.size >= (this.options.maxStreams ?? DEFAULT_MAX_STREAMS))
      return this.log('warn', 'too many streams to look at: viewers tell the roots of this one', url);
    const { originBase } = this.options;
    const target = originBase === undefined ? url : url.replace(/^https?:\/\/[^/?#]+/i, originBase);
    const eye = new OriginEye((request) => this.say(stream, request));
    const audit: Audit = { eye, source: null, timer: null };
    this.audits.set(stream, audit);
    this.open(stream, audit, target, new Backoff(this.fillRandom));
  }

  onMessage(stream: string, message: TrackerMessage): void {
    this.audits.get(stream)?.eye.onMessage(message);
  }

  stop(stream: string): void {
    const audit = this.audits.get(stream);
    if (audit === undefined) return;
    this.audits.delete(stream);
    if (audit.timer !== null) this.clock.clearTimer(audit.timer as never);
    audit.source?.stop();
    this.say(stream, { kind: 'leave', graceMs: 0 });
  }

  close(): void {
    for (const stream of [...this.audits.keys()]) this.stop(stream);
  }

  private open(stream: string, audit: Audit, url: string, backoff: Backoff): void {
    audit.timer = null;
    const tags = new Canonicalizer(audit.eye);
    const again = (why: string): void => {
      if (this.audits.get(stream) !== audit) return;
      audit.source?.stop();
      audit.source = null;
      audit.eye.onSourceEnd();
      const delayMs = backoff.nextDelayMs();
      this.log('warn', `the origin is lost (${why}), next attempt in ${Math.round(delayMs)} ms`, url);
      audit.timer = this.clock.setTimer(() => this.open(stream, audit, url, backoff), delayMs);
    };
    const source = new OriginSource(
      this.port,
      this.clock,
      { url, headTimeoutMs: HEAD_TIMEOUT_MS, requestLimitMs: Infinity },
      {
        onHead: (status) => {
          if (status !== 200) return again(`status ${status}`);
          this.log('info', 'looking at the origin', url);
        },
        onHeader: (hasVideo, hasAudio) => tags.onHeader(hasVideo, hasAudio),
        onTag: (tag) => {
          backoff.reset();
          tags.onTag(tag);
        },
        onEnd: (_errcode, errmsg) => again(errmsg || 'it ended'),
      },
    );
    audit.source = source;
    if (!source.start()) again('no HTTP here');
  }

  private log(level: 'info' | 'warn', text: string, url: string): void {
    this.port.log(level, `audit of ${withoutSecrets(url)}: ${text}`);
  }

  private get clock(): Clock {
    return this.port.clock;
  }
}
