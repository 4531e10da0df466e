import { concatBytes } from '../../p2p-core/bytes/concat';
import { utf8Encode } from '../../p2p-core/bytes/utf8';
import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { sendError } from './answers';
import { wholeNumber } from './params';
import type { OpenTalkSink, TalkFormat, TalkSink } from './talk-sink';

const FLV_SIGNATURE = [0x46, 0x4c, 0x56];
/** What recorders of mini programs give (the guide's example); the parameters `sample_rate` and `channels` say otherwise. */
const DEFAULT_SAMPLE_RATE_HZ = 8_000;
const MIN_SAMPLE_RATE_HZ = 8_000;
const MAX_SAMPLE_RATE_HZ = 48_000;
const MAX_CHANNELS = 2;
/** 2 h 19 min of 16 kHz, so that nobody fills the disk. */
const MAX_TALK_BYTES = 256 * 1024 * 1024;

export interface TalkReport {
  format: TalkFormat['kind'] | 'none';
  byteCount: number;
  /** The viewer ended it; false when it broke off. */
  isComplete: boolean;
}

/** The loudspeaker of the camera: one viewer talks at a time. */
export class TalkDesk {
  private current: Talk | null = null;

  constructor(
    /** Null for a camera that cannot talk. */
    private readonly openSink: OpenTalkSink | null,
    private readonly onTalk: (report: TalkReport) => void,
  ) {}

  get isSupported(): boolean {
    return this.openSink !== null;
  }

  get isBusy(): boolean {
    return this.current !== null;
  }

  /**
   * Answers `POST /voice`: 200 at once, so that the viewer knows that it is heard, and a JSON body once it has ended.
   * 404 for a camera that cannot talk, 409 while somebody else talks. The parameters `format` (pcm or flv), `sample_rate` and
   * `channels` are ours; apps for other cameras leave them out, and the first bytes tell.
   */
  serve(request: HttpServerRequest, response: HttpServerResponse, params: ReadonlyMap<string, string>): void {
    if (this.openSink === null) return sendError(response, 404, 'this camera cannot talk');
    const pcm = pcmFormatOf(params);
    const format = params.get('format');
    if (pcm === null || (format !== undefined && format !== 'pcm' && format !== 'flv')) {
      return sendError(
        response,
        400,
        'format must be pcm or flv, sample_rate 8000 to 48000, channels 1 or 2',
      );
    }
    if (this.current !== null) return sendError(response, 409, 'somebody else is talking');
    response.setPriority(StreamPriority.Command);
    response.start(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    const talk = new Talk(this.openSink, { pcm, stated: format ?? null }, (report) => {
      this.current = null;
      this.onTalk(report);
    });
    this.current = talk;
    request.onBody = (bytes) => {
      if (!talk.write(bytes)) response.abort();
    };
    request.onBodyEnd = () => {
      const report = talk.close(true);
      if (report === null) return response.abort();
      response.write(
        utf8Encode(JSON.stringify({ status: '0', format: report.format, bytes: report.byteCount })),
      );
      response.end();
    };
    request.onAbort = () => talk.close(false);
  }
}

/** From the first bytes of a viewer's voice to the last. */
class Talk {
  private sink: TalkSink | null = null;
  private format: TalkReport['format'] = 'none';
  private byteCount = 0;
  /** The first bytes, until there are enough to tell the format. */
  private head: Uint8Array = new Uint8Array(0);
  private isOver = false;

  constructor(
    private readonly openSink: OpenTalkSink,
    /** `stated`: what the request says it is. */
    private readonly expected: { pcm: TalkFormat; stated: TalkFormat['kind'] | null },
    private readonly onEnd: (report: TalkReport) => void,
  ) {}

  /** False when it cannot be kept; it has ended then. */
  write(bytes: Uint8Array): boolean {
    if (this.isOver) return false;
    this.byteCount += bytes.length;
    try {
      if (this.byteCount > MAX_TALK_BYTES) throw new Error('the talk is too long');
      if (this.sink !== null) this.sink.write(bytes);
      else {
        this.head = concatBytes(this.head, bytes);
        if (this.head.length >= FLV_SIGNATURE.length) this.open();
      }
      return true;
    } catch {
      this.close(false);
      return false;
    }
  }

  /** Null when it was over already, or what came could not be kept. */
  close(isComplete: boolean): TalkReport | null {
    if (this.isOver) return null;
    this.isOver = true;
    let isKept = true;
    try {
      if (this.sink === null && this.head.length > 0) this.open();
      this.sink?.close();
    } catch {
      isKept = false;
    }
    const report = { format: this.format, byteCount: this.byteCount, isComplete: isComplete && isKept };
    this.onEnd(report);
    return isKept ? report : null;
  }

  private open(): void {
    const { pcm, stated } = this.expected;
    const isFlv =
      stated === null ? FLV_SIGNATURE.every((byte, i) => this.head[i] === byte) : stated === 'flv';
    const format: TalkFormat = isFlv ? { kind: 'flv' } : pcm;
    this.format = format.kind;
    this.sink = this.openSink(format);
    this.sink.write(this.head);
    this.head = new Uint8Array(0);
  }
}

function pcmFormatOf(params: ReadonlyMap<string, string>): TalkFormat | null {
  const sampleRateHz = params.has('sample_rate')
    ? wholeNumber(params.get('sample_rate'))
    : DEFAULT_SAMPLE_RATE_HZ;
  const channelCount = params.has('channels') ? wholeNumber(params.get('channels')) : 1;
  if (sampleRateHz === null || sampleRateHz < MIN_SAMPLE_RATE_HZ || sampleRateHz > MAX_SAMPLE_RATE_HZ)
    return null;
  if (channelCount === null || channelCount < 1 || channelCount > MAX_CHANNELS) return null;
  return { kind: 'pcm', sampleRateHz, channelCount };
}
