import { ErrCode, P2PError, toErrorResult } from '../../p2p-core/errors';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import type { ErrorResult, P2PModule } from '../../p2p-core/index';
import type { PathPolicy } from '../../p2p-core/path/types';
import type { Clock } from '../../p2p-core/port/port';
import { untilAborted } from './command';

export interface RecordingOptions {
  /** Not initialised yet; left destroyed. */
  module: P2PModule;
  clock: Clock;
  xp2pInfo: string;
  quality: string;
  /** Default 'all'. */
  pathPolicy?: PathPolicy;
  login?: { user: string; password: string };
  /** Of the stream's own time; Infinity: until the camera or `signal` ends it. */
  seconds: number;
  signal: AbortSignal;
  /** Whole tags, so that the file is complete wherever it ends. The bytes are the callee's. */
  write(bytes: Uint8Array): void;
  onConnected?(pathKind: string): void;
  onPathChanged?(pathKind: string): void;
}

export interface Recording {
  byteCount: number;
  pictureCount: number;
  /** From the first to the last tag, by the stream's own clock. */
  mediaMs: number;
  /** From the call of the camera to its first byte; null when none came. */
  firstByteMs: number | null;
}

const SERVICE_ID = 'view';

/** Views a camera's live stream through the module's public API. Rejects with `{ errcode, errmsg }`. */
export async function recordLive(options: RecordingOptions): Promise<Recording> {
  const { module, xp2pInfo, quality, pathPolicy = 'all', login } = options;
  try {
    const appParams = login ? { appKey: login.user, appSecretKey: login.password } : {};
    check('init', await module.init({ appParams, pathPolicy }));
    if (options.signal.aborted) return { byteCount: 0, pictureCount: 0, mediaMs: 0, firstByteMs: null };
    const recorder = new Recorder(options);
    const params = `action=live&channel=0&quality=${encodeURIComponent(quality)}`;
    const url = `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?${params}`;
    const msgCallback = recorder.onMessage.bind(recorder);
    check('startP2PService', await module.startP2PService(SERVICE_ID, { url, xp2pInfo }, { msgCallback }));
    const started = module.startStream(SERVICE_ID, { dataCallback: (data) => recorder.onData(data) });
    started.then(
      (res) => {
        if (res !== ErrCode.Ok) recorder.fail(res, 'the camera did not start the stream');
      },
      (error: unknown) =>
        recorder.fail(ErrCode.StreamStartFailed, toErrorResult(error, ErrCode.StreamStartFailed).errmsg),
    );
    await Promise.race([recorder.ended, untilAborted(options.signal)]);
    return recorder.recording;
  } finally {
    module.destroy();
  }
}

class Recorder {
  readonly recording: Recording = { byteCount: 0, pictureCount: 0, mediaMs: 0, firstByteMs: null };
  readonly ended: Promise<void>;
  private settle!: { resolve: () => void; reject: (error: P2PError) => void };
  private readonly startMs: number;
  private firstTagMs: number | null = null;
  private isOver = false;
  private readonly reader = createFlvReader({
    onHeader: (hasVideo, hasAudio) => this.write(flvHeader(hasVideo, hasAudio)),
    onTag: (tag) => {
      if (this.isOver) return;
      if (!tag.isSequenceHeader && tag.type !== FlvTagType.Script) this.measure(tag.type, tag.timestampMs);
      this.write(flvTag(tag.type, tag.timestampMs, tag.data));
      if (this.recording.mediaMs >= this.options.seconds * 1000) this.finish();
    },
  });

  constructor(private readonly options: RecordingOptions) {
    this.startMs = options.clock.nowMs();
    this.ended = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // It may fail before anybody waits for it; who waits later is told all the same.
    this.ended.catch(() => {});
  }

  onMessage(event: string, subtype: string, detail: unknown): void {
    if (event !== 'notify') return;
    if (subtype === 'connected')
      this.options.onConnected?.(String((detail as { pathKind: unknown }).pathKind));
    else if (subtype === 'path')
      this.options.onPathChanged?.(String((detail as { pathKind: unknown }).pathKind));
    else if (subtype === 'eof') this.finish();
    else if (subtype === 'disconnect' || subtype === 'fail') {
      const { errcode, errmsg } = detail as ErrorResult;
      this.fail(errcode, errmsg);
    }
  }

  onData(data: ArrayBuffer): void {
    this.recording.firstByteMs ??= this.options.clock.nowMs() - this.startMs;
    if (!this.reader.feed(new Uint8Array(data))) this.fail(ErrCode.ProtocolViolation, this.reader.error);
  }

  fail(errcode: number, errmsg: string): void {
    this.isOver = true;
    this.settle.reject(new P2PError(errcode as ErrCode, errmsg));
  }

  private finish(): void {
    this.isOver = true;
    this.settle.resolve();
  }

  private write(bytes: Uint8Array): void {
    this.recording.byteCount += bytes.length;
    this.options.write(bytes);
  }

  private measure(type: number, timestampMs: number): void {
    this.firstTagMs ??= timestampMs;
    this.recording.mediaMs = Math.max(this.recording.mediaMs, timestampMs - this.firstTagMs);
    if (type === FlvTagType.Video) this.recording.pictureCount++;
  }
}

function check(call: string, res: number): void {
  if (res === ErrCode.Ok) return;
  const name = Object.entries(ErrCode).find(([, code]) => code === res)?.[0];
  throw new P2PError(res as ErrCode, `${call} failed: ${name ?? 'unknown code'}`);
}
