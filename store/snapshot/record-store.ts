import { action, makeObservable, observable } from 'mobx-miniprogram';
import type { Environment } from '../environment';
import { EventQueue } from '../event-queue';
import { NamedTimers } from '../named-timers';
import { BlockFile } from './block-file';
import type { FilePort } from './block-file';
import { LiveRecorder } from './live-recorder';
import { FlvMuxer } from './flv-muxer';
import { Mp4Muxer } from './mp4-muxer';
import { INITIAL_RECORD_STATE, recordStep } from './record-step';
import { MAX_RECORD_BYTES, hasRoom } from './recording-muxer';
import type { RecordFormat, RecordingMuxer } from './recording-muxer';
import type { RecordEffect, RecordEnd, RecordEvent, RecordPhase, RecordState } from './record-step';

const PROGRESS_MS = 1000;

export interface RecordEmissionMap {
  recordStateChange: { recordState: RecordPhase };
  /** The file is complete. */
  recordSaved: {
    filePath: string;
    fileBytes: number;
    durationMs: number;
    end: RecordEnd;
    format: RecordFormat;
    /** MP4 cannot hold the camera's sound (G.711, say): the film is silent. */
    isSoundLeftOut: boolean;
  };
  recordError: { errMsg: string };
}
export type RecordEmission = {
  [Name in keyof RecordEmissionMap]: { name: Name; detail: RecordEmissionMap[Name] };
}[keyof RecordEmissionMap];

export interface RecordStoreOptions {
  environment: Environment;
  files: FilePort;
  /** A path for each new file. */
  newPath: (format: RecordFormat) => string;
  /** Asked for each new recording; default: FLV. Albums take MP4 only. */
  format?: () => RecordFormat;
  /** At most MAX_RECORD_BYTES. */
  maxBytes?: number;
  emit: (emission: RecordEmission) => void;
}

interface OpenFile {
  path: string;
  file: BlockFile;
  format: RecordFormat;
  muxer: RecordingMuxer;
}

/** Records what a player plays. `tap` has to be set on the player before it pulls. `destroy` it with its component. */
export class RecordStore {
  state: RecordState = INITIAL_RECORD_STATE;
  readonly tap = new LiveRecorder();

  private readonly timers: NamedTimers<'progress'>;
  private open: OpenFile | null = null;
  private readonly queue = new EventQueue<RecordEvent, RecordEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: RecordStoreOptions) {
    this.timers = new NamedTimers(options.environment);
    makeObservable<RecordStore, 'setState'>(this, { state: observable.ref, setState: action });
  }

  /** Begins with the next key frame; nothing while one runs. */
  start(): void {
    this.queue.dispatch({ type: 'start' });
  }

  stop(): void {
    this.queue.dispatch({ type: 'stop' });
  }

  /** A recording that runs is given up, and its file removed. Nothing is emitted afterwards. */
  destroy(): void {
    this.queue.dispatch({ type: 'destroy' });
  }

  private step(event: RecordEvent): readonly RecordEffect[] {
    const [state, effects] = recordStep(this.state, event);
    if (state !== this.state) this.setState(state);
    return effects;
  }

  private run(effect: RecordEffect): void {
    const { emit } = this.options;
    switch (effect.run) {
      case 'open':
        return this.openFile(effect.epoch);
      case 'take':
        return this.take(effect.epoch);
      case 'watch':
        this.timers.arm('progress', PROGRESS_MS, () => {
          const { durationMs } = this.tap;
          this.queue.dispatch({ type: 'progress', epoch: effect.epoch, durationMs });
        });
        return;
      case 'close':
        return this.close(effect.epoch, effect.keeps);
      case 'emitState':
        return emit({ name: 'recordStateChange', detail: { recordState: this.state.phase } });
      case 'emitSaved':
        return this.emitSaved(effect.end);
      case 'emitError':
        return emit({ name: 'recordError', detail: { errMsg: effect.errmsg } });
    }
  }

  private openFile(epoch: number): void {
    const { files, newPath, format: formatNow, environment } = this.options;
    const format = formatNow ? formatNow() : 'flv';
    const path = newPath(format);
    files.open(path, (handle, errmsg) => {
      if (handle !== null) {
        const file = new BlockFile(handle, (cause) =>
          this.queue.dispatch({ type: 'failed', epoch, errmsg: cause }),
        );
        const muxer = format === 'mp4' ? new Mp4Muxer(file, environment.wallMs()) : new FlvMuxer(file);
        this.open = { path, file, format, muxer };
      }
      this.queue.dispatch({ type: 'opened', epoch, errmsg: handle === null ? errmsg || 'no file' : '' });
    });
  }

  private take(epoch: number): void {
    const { file, muxer } = this.open!;
    const maxBytes = Math.min(this.options.maxBytes || MAX_RECORD_BYTES, MAX_RECORD_BYTES);
    this.tap.begin({
      muxer,
      mayAdd: (tagBytes) => {
        if (hasRoom(muxer, file, tagBytes, maxBytes)) return true;
        this.tap.end();
        this.queue.dispatch({ type: 'limit', epoch });
        return false;
      },
      onBegun: () => this.queue.dispatch({ type: 'begun', epoch }),
    });
  }

  private close(epoch: number, keeps: boolean): void {
    const { open } = this;
    this.timers.clearAll();
    this.tap.end();
    const closed = (lost: string): void => this.queue.dispatch({ type: 'closed', epoch, lost });
    if (open === null) return closed('');
    const { file, format, muxer, path } = open;
    const end = (noFile: string): void =>
      file.finish(() => {
        const lost = noFile || (keeps && format === 'mp4' && file.isBroken ? 'the file broke off' : '');
        if (!keeps || lost !== '') {
          this.options.files.remove(path);
          this.open = null;
        }
        closed(lost);
      });
    file.beginEnd();
    const noFile = keeps ? muxer.finish() : '';
    file.drain(() => {
      if (!keeps || !file.isBroken) return end(noFile);
      // A full disk takes no more, but what is on it can be written over.
      file.rewind(muxer.cut(file.diskBytes));
      end(muxer.finish());
    });
  }

  private emitSaved(end: RecordEnd): void {
    const { open } = this;
    const { emit } = this.options;
    this.open = null;
    if (open === null) return;
    const { path: filePath, file, format, muxer } = open;
    const { isSoundLeftOut } = muxer;
    const durationMs = muxer.cutMs || this.tap.durationMs;
    const detail = {
      filePath,
      fileBytes: Math.max(file.byteCount, file.diskBytes),
      durationMs,
      end,
      format,
      isSoundLeftOut,
    };
    emit({ name: 'recordSaved', detail });
  }

  private setState(state: RecordState): void {
    this.state = state;
  }
}
