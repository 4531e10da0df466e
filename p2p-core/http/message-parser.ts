import { BodyDecoder } from './body-decoder';
import type { BodyFraming } from './body-framing';
import { HeadParser } from './head-parser';
import type { HttpProblem } from './problem';
import type { HttpHeaders } from './types';

/** What a parser found. `onComplete` or `onProblem` comes last, once. None may throw; any may call `stop` of the parser. */
export interface MessageSink<Head> {
  onHead(head: Head): void;
  /** Borrowed until the call returns. */
  onBody(bytes: Uint8Array): void;
  /** What a chunk-size line says besides the size. */
  onExtension?(text: string): void;
  onComplete(): void;
  onProblem(problem: HttpProblem): void;
}

/** A start line with its headers, understood; null is an interim response, which another head follows. */
export type InterpretHead<Head> = (
  startLine: string,
  headers: HttpHeaders,
) => { head: Head; framing: BodyFraming } | HttpProblem | null;

/** Enough for a `100 Continue` and a few `103 Early Hints`. */
const MAX_INTERIM_HEADS = 8;

type Phase = 'head' | 'body' | 'over';

/**
 * One HTTP/1.1 message out of a stream of bytes, in pieces of any size. Bytes after the message are ignored: a stream
 * carries one message in each direction.
 */
export class MessageParser<Head> {
  private phase: Phase = 'head';
  private head = new HeadParser();
  private body: BodyDecoder | null = null;
  private interimHeads = 0;

  constructor(
    private readonly interpret: InterpretHead<Head>,
    private readonly sink: MessageSink<Head>,
  ) {}

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.phase === 'head') at = this.readHead(bytes, at);
      else if (this.phase === 'body') at = this.readBody(bytes, at);
      else return;
    }
  }

  /** The other side finished its direction. */
  end(): void {
    if (this.phase === 'over') return;
    if (this.phase === 'body' && this.body!.endsProperly()) this.complete();
    else this.fail('truncated');
  }

  /** No callback follows. */
  stop(): void {
    this.phase = 'over';
    if (this.body !== null) this.body.stop();
  }

  private readHead(bytes: Uint8Array, start: number): number {
    const at = this.head.push(bytes, start);
    const status = this.head.status;
    if (status === 'complete') this.useHead();
    else if (status !== 'reading') this.fail(status === 'too-large' ? 'head-too-large' : 'malformed');
    return at;
  }

  private useHead(): void {
    const result = this.interpret(this.head.startLine, this.head.headers);
    if (result === null) {
      this.head = new HeadParser();
      if (++this.interimHeads > MAX_INTERIM_HEADS) this.fail('malformed');
    } else if (typeof result === 'string') {
      this.fail(result);
    } else {
      this.phase = 'body';
      const { sink } = this;
      this.body = new BodyDecoder(
        result.framing,
        (bytes) => sink.onBody(bytes),
        sink.onExtension ? (text) => sink.onExtension!(text) : null,
      );
      this.sink.onHead(result.head);
      if (this.body.status === 'complete') this.complete();
    }
  }

  private readBody(bytes: Uint8Array, start: number): number {
    const body = this.body!;
    const at = body.push(bytes, start);
    if (body.status === 'complete') this.complete();
    else if (body.status === 'malformed') this.fail('malformed');
    return at;
  }

  private complete(): void {
    this.phase = 'over';
    this.sink.onComplete();
  }

  private fail(problem: HttpProblem): void {
    this.phase = 'over';
    this.sink.onProblem(problem);
  }
}
